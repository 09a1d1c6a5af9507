package main

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// timedConn counts how often its deadlines are set.
type timedConn struct {
	net.Conn
	set int
}

func (c *timedConn) SetReadDeadline(t time.Time) error {
	c.set++
	return c.Conn.SetReadDeadline(t)
}

func (c *timedConn) SetWriteDeadline(t time.Time) error {
	c.set++
	return c.Conn.SetWriteDeadline(t)
}

// withConn runs a test with a connection whose other end is silent, on a clock of its own.
func withConn(t *testing.T, test func(t *testing.T, c *countedConn, inner *timedConn, other net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer near.Close() //nolint:errcheck // it is in memory
		defer far.Close()  //nolint:errcheck // the same
		inner := &timedConn{Conn: near}
		test(t, newCountedConn(inner, func() {}), inner, far)
	})
}

// failsAfter wants a read or a write to meet its deadline after just that time.
func failsAfter(t *testing.T, want time.Duration, do func([]byte) (int, error)) {
	t.Helper()
	begin := time.Now()
	if n, err := do(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != want {
		t.Errorf("after %v: %d bytes, %v; want none and %v after %v", time.Since(begin), n, err, os.ErrDeadlineExceeded, want)
	}
}

// Deadlines that move on do not move the timer, and the last one counts.
func TestDeadlinesThatMoveOn(t *testing.T) {
	withConn(t, func(t *testing.T, c *countedConn, inner *timedConn, _ net.Conn) {
		for _, set := range []func(time.Time) error{c.SetReadDeadline, c.SetWriteDeadline} {
			for i := range 20 {
				if err := set(time.Now().Add(time.Duration(10+i) * time.Second)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if inner.set != 2 {
			t.Errorf("deadlines were set %d times; want once each", inner.set)
		}
		failsAfter(t, 29*time.Second, c.Read)
		failsAfter(t, 0, c.Write)
		failsAfter(t, 0, c.Read)
		if err := c.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
			t.Fatal(err)
		}
		failsAfter(t, 3*time.Second, c.Write)
		if err := c.SetWriteDeadline(time.Now().Add(2 * time.Second)); err != nil {
			t.Fatal(err)
		}
		failsAfter(t, 2*time.Second, c.Write)
	})
}

// An earlier deadline counts at once, for a read that waits too: so the server ends its look for a sender that goes away. Without
// a deadline all waits.
func TestDeadlinesThatMoveBack(t *testing.T) {
	withConn(t, func(t *testing.T, c *countedConn, _ *timedConn, other net.Conn) {
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		go func() {
			<-time.After(time.Second)
			_ = c.SetReadDeadline(time.Unix(1, 0))
		}()
		failsAfter(t, time.Second, c.Read)
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		go func() {
			<-time.After(time.Hour)
			_, _ = other.Write([]byte("x"))
		}()
		begin := time.Now()
		if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil || time.Since(begin) != time.Hour {
			t.Errorf("Read() without a deadline = %d, %v after %v; want a byte after an hour", n, err, time.Since(begin))
		}
	})
}

// A write that the timer stops halfway goes on where it was.
func TestWriteGoesOn(t *testing.T) {
	withConn(t, func(t *testing.T, c *countedConn, _ *timedConn, other net.Conn) {
		for _, d := range []time.Duration{time.Second, time.Minute} {
			if err := c.SetWriteDeadline(time.Now().Add(d)); err != nil {
				t.Fatal(err)
			}
		}
		got := make(chan string, 1)
		go func() {
			text := ""
			for b := make([]byte, 2); len(text) < 6; <-time.After(700 * time.Millisecond) {
				n, err := other.Read(b)
				if text += string(b[:n]); err != nil {
					break
				}
			}
			got <- text
		}()
		if n, err := c.Write([]byte("abcdef")); n != 6 || err != nil {
			t.Errorf("Write() = %d, %v; want all 6 bytes", n, err)
		}
		if text := <-got; text != "abcdef" {
			t.Errorf("the other end got %q; want abcdef", text)
		}
	})
}
