package tail

import (
	"context"
	"sync"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// An overflow says that events were lost: names may have changed, so the next step must look for them.
func TestOverflowOfTheEventQueue(t *testing.T) {
	r := newRig(t, "*.log")
	r.start().poll()
	events, overflows, wake := make(chan fsnotify.Event), make(chan error), make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { r.tailer.drain(ctx, events, overflows, wake) })
	events <- fsnotify.Event{Name: r.path("a.log"), Op: fsnotify.Write}
	<-wake
	if news := r.tailer.news.take(); !news.of(r.path("a.log")) || news.of(r.path("b.log")) {
		t.Errorf("told of %v; want a.log alone", news.names)
	}
	r.calls("new.log", "a").poll().want() // the glob is not due, and a write is no reason to look
	overflows <- fsnotify.ErrEventOverflow
	<-wake
	if news := r.tailer.news.take(); !news.of(r.path("b.log")) {
		t.Error("after an overflow a file is not told of; want all")
	}
	r.poll()
	r.must(r.tailer.closeDue(ctx, r.now, true))
	r.want("a")
	cancel()
	wg.Wait()
}
