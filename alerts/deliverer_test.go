package alerts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDeliveryFaults takes one episode through each fault at each of its moments.
func TestDeliveryFaults(t *testing.T) {
	transient := &SendError{Reason: "status 500"}
	faults := map[string]struct {
		fail    func(n int) (bool, error) // n counts sends since the moment
		crash   bool
		repeats int // marked ones that are allowed, for a new message
	}{
		"up":                 {},
		"down for a while":   {fail: func(n int) (bool, error) { return false, failUpTo(n, 5, transient) }},
		"unknown error":      {fail: func(n int) (bool, error) { return false, failUpTo(n, 2, errors.New("boom")) }},
		"rate limited":       {fail: func(n int) (bool, error) { return false, failUpTo(n, 2, &SendError{RetryAfter: 20 * time.Second}) }},
		"taken, no answer":   {fail: func(n int) (bool, error) { return true, failUpTo(n, 1, context.DeadlineExceeded) }, repeats: 1},
		"lost, no answer":    {fail: func(n int) (bool, error) { return false, failUpTo(n, 1, context.DeadlineExceeded) }, repeats: 1},
		"crash after a send": {crash: true, repeats: 1},
	}
	for name, f := range faults {
		for moment := range 3 {
			t.Run(fmt.Sprintf("%s at %s", name, []string{"fire", "edit", "resolve"}[moment]), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, c := newMemory(), newChannel("chat")
					wake, stop := running(t, s, c)
					for i, state := range []State{Firing, Firing, Resolved} {
						if i == moment {
							already := len(c.sends)
							c.set(func() {
								if f.fail != nil {
									c.fail = func(n int) (bool, error) { return f.fail(n - already) }
								}
								if f.crash {
									c.onTaken = func() { s.breaks(true) }
								}
							})
						}
						tell(t, s, "e1", state, int64(i+1), "chat")
						wake()
						if i == moment && f.crash {
							pass(time.Second)
							stop()
							s.breaks(false)
							c.set(func() { c.onTaken = nil })
							wake, stop = running(t, s, c)
						}
						pass(3 * time.Minute)
					}
					stop()
					checkChannel(t, c, f.repeats)
					if d := s.delivery("chat"); d.Delivered != 3 || d.Dead || !d.SendingSince.IsZero() || d.Attempts != 0 {
						t.Errorf("delivery = %+v; want all of it delivered", d)
					}
				})
			})
		}
	}
}

func failUpTo(n, last int, err error) error {
	if n <= last {
		return err
	}
	return nil
}

// checkChannel wants one message that ends resolved, and what is more than one marked as a possible repeat.
func checkChannel(t *testing.T, c *channel, repeats int) {
	t.Helper()
	messages, sends := c.shown()
	resolved := 0
	for _, p := range messages {
		if p.state == Resolved && p.revision == 3 {
			resolved++
		}
	}
	if resolved != 1 || len(messages) > 1+repeats || sends > 9 {
		t.Errorf("channel shows %+v after %d sends; want one resolved message, at most %d repeats, no flood", messages, sends, repeats)
	}
}

func TestRepeatIsMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		c.fail = func(n int) (bool, error) { return true, failUpTo(n, 1, context.DeadlineExceeded) }
		_, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Minute)
		stop()
		messages, _ := c.shown()
		if messages["1"].maybeSent || !messages["2"].maybeSent {
			t.Errorf("messages = %+v; want the second marked as a possible repeat", messages)
		}
	})
}

func TestOutageEndsInOneMessagePerEpisode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		c.fail = func(int) (bool, error) { return false, &SendError{Reason: "status 503"} }
		wake, stop := running(t, s, c)
		for i := range 20 { // fired and resolved, again and again, for two hours
			episode := fmt.Sprintf("e%d", i)
			tell(t, s, episode, Firing, 1, "chat")
			wake()
			pass(time.Minute)
			tell(t, s, episode, Firing, 2, "chat")
			pass(time.Minute)
			tell(t, s, episode, Resolved, 3, "chat")
			pass(4 * time.Minute)
		}
		_, during := c.shown()
		if during > 100 {
			t.Errorf("%d tries in two hours of outage; want no hammering", during)
		}
		c.set(func() { c.fail = nil })
		pass(30 * time.Minute)
		stop()
		messages, sends := c.shown()
		if len(messages) != 20 || sends-during != 20 {
			t.Errorf("%d messages in %d sends after the outage; want 20 in 20", len(messages), sends-during)
		}
		for id, p := range messages {
			if p.state != Resolved || !p.late || p.edits != 0 {
				t.Errorf("message %s = %+v; want one late resolved message", id, p)
			}
		}
	})
}

func TestOldNewsIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		tell(t, s, "e1", Resolved, 2, "chat")
		pass(7 * time.Hour)
		_, stop := running(t, s, c)
		pass(time.Minute)
		stop()
		if messages, sends := c.shown(); sends != 0 || !s.delivery("chat").Dead {
			t.Errorf("after 7 hours: messages %v in %d sends; want none, and the delivery given up", messages, sends)
		}
	})
}

func TestPendingAgainIsStillResolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		tell(t, s, "e1", Resolved, 2, "chat")
		tell(t, s, "e1", Pending, 2, "chat")
		_, stop := running(t, s, c)
		pass(time.Minute)
		stop()
		if messages, _ := c.shown(); messages["1"].state != Resolved {
			t.Errorf("messages = %+v; want it resolved: nobody should hear of what is pending", messages)
		}
	})
}

func TestRedMessageTurnsGreenHoweverLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		_, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Minute)
		c.set(func() { c.fail = func(int) (bool, error) { return false, &SendError{Reason: "status 503"} } })
		tell(t, s, "e1", Resolved, 2, "chat")
		pass(24 * time.Hour)
		c.set(func() { c.fail = nil })
		pass(10 * time.Minute)
		stop()
		if messages, _ := c.shown(); len(messages) != 1 || messages["1"].state != Resolved {
			t.Errorf("messages after a day's outage = %+v; want the one resolved", messages)
		}
	})
}

func TestPermanentErrorIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		c.fail = func(int) (bool, error) { return false, &SendError{Reason: "invalid_auth", Permanent: true} }
		results := map[string]int{}
		d, err := NewDeliverer(DelivererOptions{Store: s, Receivers: []Receiver{c}, OnResult: func(_, result string, _ time.Time) { results[result]++ }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		tell(t, s, "e1", Firing, 1, "chat")
		if err := d.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if _, sends := c.shown(); sends != 1 || !s.delivery("chat").Dead || s.delivery("chat").LastError != "invalid_auth" {
			t.Errorf("%d sends, delivery %+v; want one, and given up", sends, s.delivery("chat"))
		}
		if want := map[string]int{ResultFailed: 1}; !maps.Equal(results, want) {
			t.Errorf("results = %v; want %v", results, want)
		}
	})
}

func TestDeletedMessageIsPostedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		_, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(10 * time.Second)
		c.set(func() { delete(c.messages, "1"); c.messages["x"] = &posted{} })
		tell(t, s, "e1", Firing, 2, "chat")
		pass(time.Minute)
		stop()
		if messages, _ := c.shown(); messages["2"].revision != 2 {
			t.Errorf("messages = %+v; want revision 2 posted anew", messages)
		}
	})
}

func TestSlowReceiverHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, slow, fast := newMemory(), newChannel("slow"), newChannel("fast")
		slow.hang = 10 * time.Second
		wake, stop := running(t, s, slow, fast)
		pass(time.Second)
		start := time.Now()
		tell(t, s, "e1", Firing, 1, "slow", "fast")
		wake()
		pass(time.Millisecond)
		tell(t, s, "e2", Firing, 1, "slow", "fast")
		wake()
		pass(time.Millisecond)
		if _, sends := fast.shown(); sends != 2 || fast.sends[1].Sub(start) > 10*time.Millisecond {
			t.Errorf("%d sends to the fast receiver %v after they were due; want 2 at once", sends, fast.sends)
		}
		if _, sends := slow.shown(); sends != 1 {
			t.Errorf("%d sends to the slow receiver at once; want 1 at a time", sends)
		}
		pass(25 * time.Second)
		stop()
		if messages, _ := slow.shown(); len(messages) != 2 {
			t.Errorf("slow receiver shows %v; want both", messages)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		for i := range 20 {
			tell(t, s, fmt.Sprintf("e%d", i), Firing, 1, "chat")
		}
		start := time.Now()
		_, stop := running(t, s, c)
		pass(time.Minute)
		stop()
		took := c.sends[len(c.sends)-1].Sub(start)
		if len(c.sends) != 20 || took < 15*time.Second || took > 20*time.Second {
			t.Errorf("%d messages in %v; want 20 at about one a second", len(c.sends), took)
		}
	})
}

func TestRateLimitIsObeyedForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		c.fail = func(n int) (bool, error) { return false, failUpTo(n, 1, &SendError{RetryAfter: time.Minute}) }
		wake, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		wake()
		pass(time.Second)
		tell(t, s, "e2", Firing, 1, "chat")
		wake()
		pass(58 * time.Second)
		if _, sends := c.shown(); sends != 1 {
			t.Errorf("%d sends within retry-after; want 1", sends)
		}
		pass(10 * time.Second)
		stop()
		if messages, _ := c.shown(); len(messages) != 2 {
			t.Errorf("messages after retry-after = %v; want both", messages)
		}
	})
}

func TestUnmarkedIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &unmarkable{memory: newMemory()}, newChannel("chat")
		tell(t, s.memory, "e1", Firing, 1, "chat")
		_, stop := running(t, s, c)
		pass(time.Minute)
		stop()
		if _, sends := c.shown(); sends != 0 {
			t.Errorf("%d sends that could not be marked; want none", sends)
		}
	})
}

// unmarkable is a store that can be read and not written.
type unmarkable struct{ *memory }

func (*unmarkable) SaveDelivery(context.Context, Delivery) error { return errBroken }

func TestShutdownWaitsForASend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		c.hang = 2 * time.Second
		wake, stop := running(t, s, c)
		tell(t, s, "e1", Firing, 1, "chat")
		wake()
		pass(time.Second)
		stop()
		if d := s.delivery("chat"); d.Delivered != 1 {
			t.Errorf("delivery after a shutdown in the middle = %+v; want it done", d)
		}
	})
}

func TestDelivererLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChannel("chat")
		e := newEngine(t, s, func(o *EngineOptions) { o.Receivers = []Route{{Name: "chat"}} })
		wake, stop := running(t, s, c)
		pass(time.Second)
		start := time.Now()
		evaluate(t, e, start, level(0.8))
		wake()
		pass(time.Millisecond)
		stop()
		if _, sends := c.shown(); sends != 1 || c.sends[0].Sub(start) > time.Millisecond {
			t.Errorf("%d sends at %v; want one at once", sends, c.sends)
		}
	})
}

func TestNewDeliverer(t *testing.T) {
	if _, err := NewDeliverer(DelivererOptions{}); err == nil {
		t.Error("NewDeliverer without a store = nil; want an error")
	}
	twice := DelivererOptions{Store: newMemory(), Receivers: []Receiver{newChannel("a"), newChannel("a")}}
	if _, err := NewDeliverer(twice); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("NewDeliverer with a name twice = %v; want an error that names it", err)
	}
}
