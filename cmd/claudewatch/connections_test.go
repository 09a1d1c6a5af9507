package main

import (
	"errors"
	"net"
	"testing"
)

func TestLimitedListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newLimitedListener(inner, 2)
	defer l.Close() //nolint:errcheck // it is closed below
	var taken []net.Conn
	for range 2 {
		client, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close() //nolint:errcheck // only to connect
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, conn)
	}
	third, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close() //nolint:errcheck // only to connect
	accepted := make(chan error)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			err = conn.Close()
		}
		accepted <- err
	}()
	select {
	case err := <-accepted:
		t.Fatalf("a third connection beside two = %v; want it to wait", err)
	default:
	}
	if n := len(l.slots); n != 2 {
		t.Errorf("slots taken = %d; want 2", n)
	}
	taken[0].Close() //nolint:errcheck // it was not used
	taken[0].Close() //nolint:errcheck // twice makes room once
	if err := <-accepted; err != nil {
		t.Errorf("the third connection = %v; want nil", err)
	}
	go func() { // one slot is left; the next Accept but one waits for room
		conn, err := l.Accept()
		if err == nil {
			err = conn.Close()
		}
		accepted <- err
	}()
	if err := l.Close(); err != nil {
		t.Errorf("Close() = %v; want nil", err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept() of a closed listener = %v; want net.ErrClosed", err)
	}
}
