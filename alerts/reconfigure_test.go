package alerts

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// reconfigured starts a deliverer whose receivers can be changed.
func reconfigured(t *testing.T, s Outbox, receivers ...Receiver) (*Deliverer, func()) {
	t.Helper()
	d, err := NewDeliverer(DelivererOptions{Store: s, Receivers: receivers})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return d, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run() = %v; want nil", err)
		}
	}
}

func TestRemovedReceiverIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, chat, pager := newMemory(), newChannel("chat"), newChannel("pager")
		pager.fail = func(int) (bool, error) { return false, &SendError{Reason: "status 500"} }
		d, stop := reconfigured(t, s, chat, pager)
		tell(t, s, "e1", Firing, 1, "chat", "pager")
		pass(time.Minute)
		if err := d.SetReceivers([]Receiver{chat}, nil, nil); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if got := s.delivery("pager"); !got.Dead || got.LastError != "receiver removed" {
			t.Errorf("delivery of the removed receiver = %+v; want it dead, receiver removed", got)
		}
		if got := s.delivery("chat"); got.Delivered != 1 || got.Dead {
			t.Errorf("delivery of the other = %+v; want it delivered", got)
		}
		_, before := pager.shown()
		tell(t, s, "e1", Resolved, 3, "chat", "pager")
		pass(10 * time.Minute)
		if _, after := pager.shown(); after != before {
			t.Errorf("the removed receiver was sent %d messages more; want none", after-before)
		}
		stop()
		checkChannel(t, chat, 0)
	})
}

func TestReceiverWithTheSameNameGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, broken, mended := newMemory(), newChannel("chat"), newChannel("chat")
		broken.fail = func(int) (bool, error) { return false, &SendError{Reason: "status 500"} }
		d, stop := reconfigured(t, s, broken)
		defer stop()
		tell(t, s, "e1", Firing, 1, "chat")
		pass(5 * time.Minute) // it waits longer and longer
		links := []Link{{Name: "page", URL: "https://example.org/"}}
		if err := d.SetReceivers([]Receiver{mended}, nil, links); err != nil {
			t.Fatal(err)
		}
		pass(lastRetry)
		if got := s.delivery("chat"); got.Delivered != 1 {
			t.Errorf("delivery = %+v; want it told by the new receiver", got)
		}
		if messages, _ := mended.shown(); len(messages) != 1 {
			t.Errorf("the new receiver shows %d messages; want 1", len(messages))
		}
		if got := d.said.Load().links; len(got) != 1 || got[0] != links[0] {
			t.Errorf("links = %v; want %v", got, links)
		}
		if err := d.SetReceivers([]Receiver{mended, broken}, nil, nil); err == nil {
			t.Error("SetReceivers with two of a name = nil; want an error")
		}
	})
}

// A receiver that is removed in the middle of a send ends with it, and what it was told is kept.
func TestRemovedInTheMiddleOfASend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, slow := newMemory(), newChannel("chat")
		slow.onTaken = func() { <-time.After(5 * time.Second) }
		d, stop := reconfigured(t, s, slow)
		defer stop()
		tell(t, s, "e1", Firing, 1, "chat")
		d.Wake()
		pass(time.Second)
		if err := d.SetReceivers(nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if got := s.delivery("chat"); got.Delivered != 1 || got.Dead {
			t.Errorf("delivery = %+v; want what was under way delivered", got)
		}
	})
}
