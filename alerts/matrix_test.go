package alerts

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// killPoints are the moments of a send at which an agent may die.
func killPoints() []string {
	return []string{"before the mark", "after the mark", "after the send", "after the commit"}
}

// mortal is a store whose agent dies at a point of a delivery: from then on nothing that it does is kept.
type mortal struct {
	*memory

	mu    sync.Mutex // protects what follows
	saves int        // that are still kept; below 0 for all
	dead  bool
}

func (m *mortal) SaveDelivery(ctx context.Context, d Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.saves == 0 {
		m.dead = true
	}
	if m.dead {
		return errBroken
	}
	m.saves--
	return m.memory.SaveDelivery(ctx, d)
}

func (m *mortal) DueDeliveries(ctx context.Context, now time.Time) ([]Due, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errBroken
	}
	return m.memory.DueDeliveries(ctx, now)
}

// dieAfter arms the death at a number of writes.
func (m *mortal) dieAfter(kept int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saves = kept
}

// doom arms the death.
func (m *mortal) doom(point string, c *chat) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch point {
	case "before the mark":
		m.saves = 0
	case "after the mark": // the request never leaves
		m.saves = 1
		c.set(func() { c.lost = true })
	case "after the send":
		m.saves = 1
	default:
		m.saves = 2
	}
}

// slacks are the states that the channel may be in while all this happens, each until it is made well again.
func slacks() map[string]func(c *chat) {
	broken := func(taken bool, err error) func(c *chat) {
		return func(c *chat) { c.fail = func(int) (bool, error) { return taken, err } }
	}
	halfOpen := func(taken bool) func(c *chat) {
		return func(c *chat) {
			broken(taken, context.DeadlineExceeded)(c)
			c.findErr = context.DeadlineExceeded
		}
	}
	return map[string]func(c *chat){
		"up":               func(*chat) {},
		"down":             broken(false, &SendError{Reason: "connection refused"}),
		"slow":             func(c *chat) { c.hang = 8 * time.Second },
		"429":              broken(false, &SendError{Reason: "rate limited", RetryAfter: 20 * time.Second}),
		"5xx":              broken(false, &SendError{Reason: "status 503"}),
		"half-open, taken": halfOpen(true),
		"half-open, lost":  halfOpen(false),
	}
}

// TestFaultMatrix kills the agent at each point of each send, under each state of the channel: nothing is lost, and there is at most
// one repeat, which is marked.
func TestFaultMatrix(t *testing.T) {
	for name, sicken := range slacks() {
		for moment, what := range []string{"fire", "edit", "resolve"} {
			for _, point := range killPoints() {
				t.Run(fmt.Sprintf("%s, killed %s of the %s", name, point, what), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { matrixCase(t, sicken, moment, point) })
				})
			}
		}
	}
}

func matrixCase(t *testing.T, sicken func(c *chat), moment int, point string) {
	s, c := newMemory(), newChat()
	m := &mortal{memory: s, saves: -1}
	wake, stop := running(t, m, c)
	for i, state := range []State{Firing, Firing, Resolved} {
		if i == moment {
			c.set(func() { sicken(c) })
			m.doom(point, c)
		}
		tell(t, s, "e1", state, int64(i+1), "chat")
		wake()
		pass(90 * time.Second)
		if i == moment {
			stop()
			c.set(func() { c.lost = false })
			wake, stop = running(t, s, c)
			pass(2 * time.Minute)
			c.set(func() { c.fail, c.findErr, c.hang = nil, nil, 0 })
			pass(10 * time.Minute)
		}
	}
	pass(10 * time.Minute)
	stop()
	messages, _ := c.shown()
	resolved, marked := 0, 0
	for _, p := range messages {
		if p.state == Resolved && p.revision == 3 {
			resolved++
		}
		if p.repeat {
			marked++
		}
	}
	if resolved != 1 || len(messages) > 2 || len(messages) == 2 && marked != 1 {
		t.Errorf("messages = %+v; want one resolved, and at most one more of which one is marked as a repeat", messages)
	}
	if d := s.delivery("chat"); d.Delivered != 3 || d.Dead || !d.SendingSince.IsZero() {
		t.Errorf("delivery = %+v; want all of it delivered", d)
	}
}

// Two hours without the channel, while 50 alerts fire and some of them end: afterwards there is one message for each at most, single or
// shared, and no more in a minute than the channel takes.
func TestOutageOverFiftyEpisodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		c.fail = func(int) (bool, error) { return false, &SendError{Reason: "status 503"} }
		wake, stop := running(t, s, c)
		for i := range 50 {
			episode := fmt.Sprintf("e%02d", i)
			tell(t, s, episode, Firing, 1, "chat")
			wake()
			pass(time.Minute)
			tell(t, s, episode, Firing, 2, "chat")
			if i%2 == 0 {
				tell(t, s, episode, Resolved, 3, "chat")
			}
			pass(84 * time.Second)
		}
		_, during := c.shown()
		c.set(func() { c.fail = nil })
		pass(30 * time.Minute)
		stop()
		messages, sends := c.shown()
		listed := c.rolls[len(c.rolls)-1]
		if len(messages)+len(listed) != 50 || len(messages) != postBudget || sends-during != postBudget+len(c.rolls) || len(c.rolls) > 5 {
			t.Errorf("%d single messages in %d sends, %d in a list with %d versions; want each of 50 once", len(messages), sends-during, len(listed), len(c.rolls))
		}
		for _, d := range s.deliveries {
			if d.Delivered != d.Desired {
				t.Errorf("delivery %+v; want it delivered", d)
			}
		}
	})
}
