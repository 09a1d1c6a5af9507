package webhook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func TestPauseOfASender(t *testing.T) {
	s := &sender{}
	now := testNow
	var got []time.Duration
	for _, pause := range []time.Duration{time.Hour, 5, 3, 0, 2, 9} {
		now = now.Add(pause)
		got = append(got, s.came(now))
		now = now.Add(time.Second) // until the answer
		s.leaves(now)
	}
	// Before the first there was no answer, before the second no pause; one of nothing is known.
	if diff := cmp.Diff([]time.Duration{0, 0, 5, 3, 2, 9}, got); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	var unknown *sender
	unknown.leaves(now)
	if got := unknown.came(now); got != 0 {
		t.Errorf("pause of an unknown sender = %v; want 0", got)
	}
}

type sinkFunc func(context.Context, collector.Batch) ([]claude.Change, error)

func (f sinkFunc) Commit(ctx context.Context, b collector.Batch) ([]claude.Change, error) {
	return f(ctx, b)
}

// Each connection has its own pauses, and one is measured from the answer on and not from the request.
func TestSinkIsToldHowPromptASenderIs(t *testing.T) {
	now := testNow
	r := newRig(t, func(o *Options) {
		o.Now = func() time.Time { return now }
	})
	r.h.opts.Sink = sinkFunc(func(ctx context.Context, b collector.Batch) ([]claude.Change, error) {
		now = now.Add(time.Minute)
		return r.sink.Commit(ctx, b)
	})
	one, other := ConnContext(t.Context(), nil), ConnContext(t.Context(), nil)
	for _, came := range []struct {
		over  context.Context
		after time.Duration
	}{{one, 0}, {one, 7}, {other, 0}, {one, 5}, {one, 4}} {
		now = now.Add(came.after)
		req := httptest.NewRequestWithContext(came.over, http.MethodPost, "/v1/calls", strings.NewReader("call a"))
		w := httptest.NewRecorder()
		r.h.ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			t.Fatalf("answer = %d %s; want 200", w.Code, w.Body)
		}
	}
	r.post("call a") // over a connection that is unknown
	var got []time.Duration
	for _, b := range r.sink.batches {
		got = append(got, b.Pause)
	}
	want := []time.Duration{0, 0, 0, time.Minute + 5, time.Minute + 5, 0} // the other's minute is a pause to the one
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pauses that the sink is told (-want +got):\n%s", diff)
	}
}

// Requests share what ends their waiting, and none waits too short, nor much longer.
func TestPatience(t *testing.T) {
	const wait = 16 * time.Second
	synctest.Test(t, func(t *testing.T) {
		p := patience{wait: wait}
		begin := time.Now()
		first := p.from(begin)
		<-time.After(time.Second - 1)
		if p.from(time.Now()) != first {
			t.Error("one within a sixteenth of the time has a channel of its own; want the first one's")
		}
		<-time.After(1)
		second := p.from(time.Now())
		if second == first {
			t.Error("one that came a sixteenth later has the first one's channel; want another")
		}
		<-first
		if got := time.Since(begin); got != wait+time.Second {
			t.Errorf("time of the first = %v; want %v", got, wait+time.Second)
		}
		<-second
		if got := time.Since(begin); got != wait+2*time.Second {
			t.Errorf("time of the second = %v; want %v", got, wait+2*time.Second)
		}
		select {
		case <-p.from(begin): // the clock was set back
			t.Error("one that comes after all have ended has waited already; want a channel that is open")
		default:
		}
	})
}
