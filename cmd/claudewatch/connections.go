package main

import (
	"errors"
	"net"
	"sync"
	"time"
)

// maxConnections is how many connections are served at once; others wait in the system's queue. Each takes some 20 kB.
const maxConnections = 1024

// limitedListener hands out so many connections at a time.
type limitedListener struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newLimitedListener(l net.Listener, connections int) *limitedListener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, connections), closed: make(chan struct{})}
}

// Accept waits until there is room before it takes a connection.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return newCountedConn(conn, sync.OnceFunc(func() { <-l.slots })), nil
}

// Close ends a waiting Accept too.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// countedConn makes room when it is closed.
type countedConn struct {
	net.Conn
	free        func()
	read, write deadline
}

func newCountedConn(conn net.Conn, free func()) *countedConn {
	c := &countedConn{Conn: conn, free: free}
	c.read.arm, c.write.arm = conn.SetReadDeadline, conn.SetWriteDeadline
	return c
}

// Read implements net.Conn.
func (c *countedConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if n > 0 || !c.read.early(err) {
			return n, err
		}
	}
}

// Write implements net.Conn.
func (c *countedConn) Write(b []byte) (int, error) {
	for done := 0; ; {
		n, err := c.Conn.Write(b[done:])
		if done += n; !c.write.early(err) {
			return done, err
		}
	}
}

// SetReadDeadline implements net.Conn.
func (c *countedConn) SetReadDeadline(t time.Time) error { return c.read.set(t) }

// SetWriteDeadline implements net.Conn.
func (c *countedConn) SetWriteDeadline(t time.Time) error { return c.write.set(t) }

// SetDeadline implements net.Conn.
func (c *countedConn) SetDeadline(t time.Time) error {
	return errors.Join(c.read.set(t), c.write.set(t))
}

func (c *countedConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
