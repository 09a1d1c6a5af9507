package alerts

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// refusing is a channel that takes nothing, for good.
func refusing(name string) *channel {
	c := newChannel(name)
	c.fail = func(int) (bool, error) { return false, &SendError{Reason: "invalid_auth", Permanent: true} }
	return c
}

func fallingBack(t *testing.T, s Outbox, fallbacks map[string]string, receivers ...Receiver) (stop func()) {
	t.Helper()
	d, err := NewDeliverer(DelivererOptions{Store: s, Receivers: receivers, Fallbacks: fallbacks})
	if err != nil {
		t.Fatal(err)
	}
	return run(t, d)
}

func TestFallbackIsToldWhatAReceiverCannotBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, chat, pager := newMemory(), refusing("chat"), newChannel("pager")
		stop := fallingBack(t, s, map[string]string{"chat": "pager"}, chat, pager)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Minute)
		if messages, sends := pager.shown(); len(messages) != 1 || sends != 1 || messages["1"].state != Firing {
			t.Errorf("the fallback shows %v after %d sends; want the alert, firing", messages, sends)
		}
		tell(t, s, "e1", Resolved, 2, "chat")
		pass(10 * time.Minute)
		stop()
		if messages, _ := pager.shown(); len(messages) != 1 || messages["1"].state != Resolved {
			t.Errorf("the fallback shows %v; want the alert's end in the same message", messages)
		}
		if _, sends := chat.shown(); sends != 1 {
			t.Errorf("%d sends to the receiver that refused for good; want 1", sends)
		}
	})
}

// A fallback is for what can't be mended by waiting, and only for that.
func TestFallbackIsNotToldOfAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, chat, pager := newMemory(), newChannel("chat"), newChannel("pager")
		chat.fail = func(int) (bool, error) { return false, &SendError{Reason: "status 503"} }
		stop := fallingBack(t, s, map[string]string{"chat": "pager"}, chat, pager)
		tell(t, s, "e1", Firing, 1, "chat")
		pass(time.Hour)
		stop()
		if _, sends := pager.shown(); sends != 0 {
			t.Errorf("%d sends to the fallback in an outage; want none", sends)
		}
	})
}

// Each of two that stand in for each other is tried once.
func TestFallbacksDoNotGoRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a, b := newMemory(), refusing("a"), refusing("b")
		stop := fallingBack(t, s, map[string]string{"a": "b", "b": "a"}, a, b)
		tell(t, s, "e1", Firing, 1, "a")
		pass(time.Hour)
		stop()
		_, toA := a.shown()
		_, toB := b.shown()
		if toA != 1 || toB != 1 {
			t.Errorf("%d and %d sends; want one each", toA, toB)
		}
	})
}

func TestFallbackThatThereIsNot(t *testing.T) {
	for _, to := range []string{"chat", "nobody"} {
		o := DelivererOptions{Store: newMemory(), Receivers: []Receiver{newChannel("chat")}, Fallbacks: map[string]string{"chat": to}}
		if _, err := NewDeliverer(o); err == nil || !strings.Contains(err.Error(), to) {
			t.Errorf("NewDeliverer with the fallback %s = %v; want an error that names it", to, err)
		}
	}
}
