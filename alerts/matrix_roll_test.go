package alerts

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestFaultMatrixOfTheSharedMessage is TestFaultMatrix for alerts beyond the channel's budget, which share a message: in a channel that
// can edit and in one that posts each change. Each kill point is a number of writes to the store that are kept.
func TestFaultMatrixOfTheSharedMessage(t *testing.T) {
	for name := range slacks() {
		for moment, what := range []string{"first", "second", "resolve"} {
			for kept := range 5 {
				for _, posts := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, killed after %d writes of the %s, posting %v", name, kept, what, posts), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { rollCase(t, name, moment, kept, posts) })
					})
				}
			}
		}
	}
}

func rollCase(t *testing.T, name string, moment, kept int, posts bool) {
	s, c := newMemory(), newChat()
	c.posts = posts
	m := &mortal{memory: s, saves: -1}
	wake, stop := running(t, m, c)
	for i := range postBudget {
		tell(t, s, fmt.Sprintf("e%02d", i), Firing, 1, "chat")
	}
	wake()
	pass(2 * time.Minute)
	for i, step := range []struct {
		episode  string
		state    State
		revision int64
	}{{"first", Firing, 1}, {"second", Firing, 1}, {"first", Resolved, 2}} {
		if i == moment {
			c.set(func() { slacks()[name](c) })
			m.dieAfter(kept)
		}
		tell(t, s, step.episode, step.state, step.revision, "chat")
		wake()
		pass(90 * time.Second)
		if i == moment {
			stop()
			wake, stop = running(t, s, c)
			pass(2 * time.Minute)
			c.set(func() { c.fail, c.findErr, c.hang = nil, nil, 0 })
			pass(10 * time.Minute)
		}
	}
	pass(10 * time.Minute)
	stop()
	repeats := 0
	for _, line := range []string{"first warning", "second warning", "first resolved"} {
		times := c.lines[line]
		if len(times) == 0 && line != "first warning" { // which may be over before the channel is well
			t.Errorf("%s was never listed", line)
		}
		for _, marked := range times[min(1, len(times)):] {
			if repeats++; !marked {
				t.Errorf("%s was listed again, not marked as a repeat: %v", line, times)
			}
		}
	}
	// Nobody can look what got through where a message can't be found and no answer comes: each try may be a repeat, one in five minutes.
	if repeats > 2 && (!posts || name != "half-open, taken") {
		t.Errorf("lines = %v; want each once, and one message repeated at most", c.lines)
	}
	for _, d := range s.deliveries {
		if d.Delivered != d.Desired || d.Dead || !d.SendingSince.IsZero() {
			t.Errorf("delivery = %+v; want it delivered", d)
		}
	}
}

// A shared message that got through unheard is found and edited, not posted again.
func TestEarlierSharedMessageIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newMemory(), newChat()
		wake, stop := running(t, s, c)
		for i := range postBudget {
			tell(t, s, fmt.Sprintf("e%02d", i), Firing, 1, "chat")
		}
		wake()
		pass(2 * time.Minute)
		list := Ref{Channel: "chat", ID: "roll-1"}
		c.set(func() {
			c.fail = func(int) (bool, error) { return true, context.DeadlineExceeded }
			c.found = map[string]Ref{RollKey("first"): list}
		})
		tell(t, s, "first", Firing, 1, "chat")
		wake()
		pass(time.Second)
		c.set(func() { c.fail = nil })
		pass(time.Minute)
		tell(t, s, "second", Firing, 1, "chat")
		pass(10 * time.Minute)
		stop()
		if len(c.lines["first warning"]) != 1 || len(c.lines["second warning"]) != 1 || c.lines["second warning"][0] {
			t.Errorf("lines = %v; want the first list found and the second alert put into it, unmarked", c.lines)
		}
		for _, d := range s.deliveries {
			if d.Rolled && (d.Ref != list || d.Delivered != d.Desired) {
				t.Errorf("delivery = %+v; want it in %v", d, list)
			}
		}
	})
}
