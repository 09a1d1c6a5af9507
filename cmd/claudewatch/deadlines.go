package main

import (
	"errors"
	"os"
	"sync"
	"time"
)

// deadline is a connection's deadline of one direction. The server sets it several times for each request, each time to a later one, and
// each time the runtime would move a timer. This one leaves the timer where it is until it has run out, and only then looks what is wanted.
type deadline struct {
	arm func(time.Time) error // sets the connection's own deadline

	mu     sync.Mutex // guards both below
	wanted time.Time  // zero for none
	armed  time.Time  // not later than wanted; zero for none
}

// set makes t the deadline, zero for none.
func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = t
	if t.IsZero() || !d.armed.IsZero() && !t.Before(d.armed) {
		return nil
	}
	d.armed = t
	return d.arm(t)
}

// early reports whether an error is only that of the connection's own deadline, before the one that is wanted. Then that is set, and
// what has failed can be tried again.
func (d *deadline) early(err error) bool {
	if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.wanted.IsZero() && !time.Now().Before(d.wanted) {
		return false
	}
	d.armed = d.wanted
	return d.arm(d.wanted) == nil
}
