package alerts

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// posted is a message as a channel shows it.
type posted struct {
	state     State
	revision  int64
	maybeSent bool
	late      bool
	edits     int
	repeat    bool // it was marked as a possible repeat when it was posted
}

// channel is a receiver that can go wrong the ways a real one does.
type channel struct {
	name string

	mu       sync.Mutex // protects what follows
	messages map[string]*posted
	sends    []time.Time
	fail     func(n int) (taken bool, err error) // for the nth send, from 1; a nil func or error is fine
	hang     time.Duration
	onTaken  func()
	lost     bool // nothing leaves the agent any more
}

func (c *channel) Name() string { return c.name }

// carry takes a send to the channel as well as it works. It reports whether the send gets there; the error is what the agent hears.
func (c *channel) carry(ctx context.Context, at time.Time) (taken bool, err error) {
	c.mu.Lock()
	c.sends = append(c.sends, at)
	n, hang := len(c.sends), c.hang
	c.mu.Unlock()
	if hang > 0 {
		select {
		case <-time.After(hang):
		case <-ctx.Done():
			return false, fmt.Errorf("post: %w", ctx.Err())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.lost:
		return false, context.Canceled
	case c.fail == nil:
		return true, nil
	}
	taken, err = c.fail(n)
	return taken || err == nil, err
}

func (c *channel) Send(ctx context.Context, m Message, prev Ref) (Ref, error) {
	taken, err := c.carry(ctx, m.Now)
	c.mu.Lock()
	defer c.mu.Unlock()
	ref := prev
	if taken {
		if prev == (Ref{}) {
			ref = Ref{Channel: c.name, ID: fmt.Sprint(len(c.messages) + 1)}
			c.messages[ref.ID] = &posted{repeat: m.MaybeSent}
		} else if c.messages[ref.ID] == nil {
			return Ref{}, &SendError{Reason: "message_not_found", Gone: true}
		}
		p := c.messages[ref.ID]
		if prev != (Ref{}) {
			p.edits++
		}
		p.state, p.revision, p.maybeSent, p.late = m.Alert.State, m.Alert.Revision, m.MaybeSent, m.Late
		if c.onTaken != nil {
			c.onTaken()
		}
	}
	return ref, err
}

func (c *channel) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// shown returns the messages of the channel and how many sends it took.
func (c *channel) shown() (map[string]posted, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]posted{}
	for id, p := range c.messages {
		all[id] = *p
	}
	return all, len(c.sends)
}

func newChannel(name string) *channel { return &channel{name: name, messages: map[string]*posted{}} }

// tell makes a revision of one episode due for the receivers.
func tell(t *testing.T, s *memory, episode string, state State, revision int64, receivers ...string) {
	t.Helper()
	a := Alert{
		Fingerprint: "fp-" + episode, Episode: episode, Rule: "limit_usage_high", Severity: Warning, State: state,
		Revision: revision, FiredAt: time.Now(), Facts: Facts{Title: "input tokens at 86 %"},
	}
	s.mu.Lock()
	if old, ok := s.episodes[episode]; ok {
		a.FiredAt, a.ResolvedAt = old.FiredAt, old.ResolvedAt
	}
	s.mu.Unlock()
	if state == Resolved {
		a.ResolvedAt = time.Now()
	}
	if err := s.SaveAlerts(t.Context(), []Changed{{Alert: a, Receivers: receivers}}); err != nil {
		t.Fatal(err)
	}
}

// running starts a deliverer and returns how to wake and how to stop it.
func running(t *testing.T, s Outbox, receivers ...Receiver) (wake, stop func()) {
	t.Helper()
	d, err := NewDeliverer(DelivererOptions{Store: s, Receivers: receivers})
	if err != nil {
		t.Fatal(err)
	}
	return d.Wake, run(t, d)
}

// run runs a deliverer until it is stopped.
func run(t *testing.T, d *Deliverer) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run() = %v; want nil", err)
		}
	}
}

// pass lets simulated time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
