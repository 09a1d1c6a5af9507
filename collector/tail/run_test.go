package tail

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// run runs the real loop with the real clock until the test ends.
func (r *rig) run(ctx context.Context) (stop func()) {
	r.t.Helper()
	r.opts.Now = nil
	r.opts.Logger = slog.New(slog.DiscardHandler)
	r.opts.Sources[0].NewDecoder = func() collector.Decoder { return &scriptDecoder{} }
	tailer, err := New(r.opts)
	r.must(err)
	r.tailer = tailer
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := tailer.Run(ctx); err != nil {
			r.t.Errorf("Run() = %v; want nil", err)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// await polls a real system until it is as it should be.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s did not come about", what)
		}
	}
}

func TestRunWithAndWithoutNotifications(t *testing.T) {
	for _, notify := range []bool{true, false} {
		t.Run(fmt.Sprint(notify), func(t *testing.T) {
			r := newRig(t, "app.log*")
			r.opts.Notify = notify
			r.opts.Poll = 20 * time.Millisecond
			if notify {
				r.opts.Poll, r.opts.Rescan = time.Hour, time.Hour // only a wake-up can bring the line
			}
			stop := r.run(t.Context())
			defer stop()
			await(t, "watching", func() bool {
				r.calls("app.log", "a")
				return len(r.sink.stored()) > 0
			})
			r.rename("app.log", "app.log.1")
			r.calls("app.log.1", "b").calls("app.log", "c")
			await(t, "reading both files", func() bool {
				ids := r.sink.stored()
				return slices.Contains(ids, "b") && slices.Contains(ids, "c")
			})
		})
	}
}

func TestRunUnderRotation(t *testing.T) {
	r := newRig(t, "app.log*")
	r.opts.Poll, r.opts.Rescan, r.opts.Notify = 10*time.Millisecond, 50*time.Millisecond, true
	stop := r.run(t.Context())
	defer stop()
	var want []string
	for gen := range 8 {
		for i := range 300 {
			id := fmt.Sprintf("g%d-%d", gen, i)
			r.calls("app.log", id)
			want = append(want, id)
		}
		for n := gen; n > 0; n-- {
			r.rename(fmt.Sprintf("app.log.%d", n), fmt.Sprintf("app.log.%d", n+1))
		}
		r.rename("app.log", "app.log.1")
	}
	await(t, "reading all lines", func() bool { return len(r.sink.stored()) >= len(want) })
	stop()
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
}

func TestSinkFailsForAWhile(t *testing.T) {
	r := newRig(t, "app.log")
	var log strings.Builder
	tries := 0
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r.sink.fail = func() error {
			if tries++; time.Since(start) < time.Minute {
				return errDisk
			}
			return nil
		}
		c := collector.Committer{Sink: r.sink, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := c.Commit(t.Context(), collector.Batch{Source: "test"}); err != nil {
			t.Fatalf("Commit() = %v; want nil", err)
		}
		if took := time.Since(start); took > time.Minute+6*time.Second {
			t.Errorf("commit took %s; want at most 5 s more than the minute that the disk was full", took)
		}
	})
	if tries < 10 || tries > 30 {
		t.Errorf("tries in a minute = %d; want 10 to 30", tries)
	}
	if n := strings.Count(log.String(), "disk full"); n != 1 {
		t.Errorf("log tells of the error %d times; want 1:\n%s", n, log.String())
	}
	if !strings.Contains(log.String(), "storing again") {
		t.Errorf("log does not say that storing works again:\n%s", log.String())
	}
}

func TestRunWaitsForTheSinkAndDropsNothing(t *testing.T) {
	r := newRig(t, "*.log")
	var mu sync.Mutex // protects broken
	broken := true
	r.sink.fail = func() error {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return errDisk
		}
		return nil
	}
	var want, lines []string
	for i := range 12_000 { // more than the queue and a batch hold
		want = append(want, fmt.Sprint(i))
		lines = append(lines, callLine(fmt.Sprint(i)))
	}
	r.append("app.log", strings.Join(lines, ""))
	stop := r.run(t.Context())
	defer stop()
	await(t, "a lag", func() bool { return r.tailer.Status()[0].LagBytes > 0 })
	mu.Lock()
	broken = false
	mu.Unlock()
	await(t, "reading all lines", func() bool { return len(r.sink.stored()) >= len(want) })
	if diff := cmp.Diff(want, r.sink.stored()); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
	for _, b := range r.sink.batches {
		if len(b.Calls) > 2*maxCalls {
			t.Errorf("batch of %d calls; want at most %d", len(b.Calls), 2*maxCalls)
		}
	}
}

func TestFilesTakeTurns(t *testing.T) {
	r := newRig(t, "*.log")
	var lines []string
	for i := range 12_000 {
		lines = append(lines, callLine(fmt.Sprintf("big%d", i)))
	}
	r.append("big.log", strings.Join(lines, "")).append("small.log", strings.Repeat(callLine("small"), 1)).start().pass(time.Second)
	at := slices.Index(r.sink.stored(), "small")
	if at < 0 || at > 5000 {
		t.Errorf("the call of the small file came as number %d; want it within the first 5000", at)
	}
}
