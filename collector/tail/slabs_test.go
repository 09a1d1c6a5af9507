package tail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func TestSlabs(t *testing.T) {
	var s slabs
	s.put(make([]claude.Call, 0, 10)) // no slab
	first := append(s.get(), claude.Call{RequestID: "a"})
	if cap(first) != slabCalls {
		t.Fatalf("get() has room for %d calls; want %d", cap(first), slabCalls)
	}
	s.put(first)
	if again := s.get(); len(again) != 0 || &again[:1][0] != &first[0] {
		t.Error("get() after put() is another slab, or not empty; want the same one, empty")
	} else if id := again[:1][0].RequestID; id != "" {
		t.Errorf("get() after put() = a slab that keeps the call %s in memory; want none", id)
	}
	for range queueDepth + 5 {
		s.put(make([]claude.Call, 0, slabCalls))
	}
	if n := len(s.free); n != queueDepth+1 {
		t.Errorf("%d slabs are kept; want %d", n, queueDepth+1)
	}
	if s.drop(); s.free != nil {
		t.Error("slabs are left after drop()")
	}
}

// slowSink keeps the ids of a batch before and after other batches had time to be read, so that a slice that is used again too early shows.
type slowSink struct {
	mu     sync.Mutex // protects all below
	ids    []string
	sizes  []int
	spoilt int
}

func (s *slowSink) Commit(_ context.Context, b collector.Batch) ([]claude.Change, error) {
	before := idsOf(b.Calls)
	var busy strings.Builder
	for i := range 20_000 { // time for the reading side, whatever the machine does
		fmt.Fprint(&busy, i)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(before, idsOf(b.Calls)) {
		s.spoilt++
	}
	s.ids, s.sizes = append(s.ids, before...), append(s.sizes, len(b.Calls))
	return make([]claude.Change, len(b.Calls)), nil
}

func idsOf(calls []claude.Call) []string {
	ids := make([]string, len(calls))
	for i := range calls {
		ids[i] = calls[i].RequestID
	}
	return ids
}

func TestSlabsAreNotUsedWhileTheirBatchIsStored(t *testing.T) {
	for _, files := range []int{1, 3} {
		r := newRig(t, "*.log")
		sink := &slowSink{}
		r.opts.Sink, r.opts.Poll = sink, 10*time.Millisecond
		want := map[string][]string{}
		for i := range files {
			name := string(rune('a' + i))
			want[name] = r.backlog(name+".log", 40_000/files)
		}
		stop := r.run(t.Context())
		await(t, "reading all lines", func() bool {
			sink.mu.Lock()
			defer sink.mu.Unlock()
			return len(sink.ids) >= 40_000/files*files
		})
		stop()
		if sink.spoilt > 0 {
			t.Errorf("%d files: %d batches changed while they were stored", files, sink.spoilt)
		}
		for name, ids := range want {
			got := slices.DeleteFunc(slices.Clone(sink.ids), func(id string) bool { return !strings.HasPrefix(id, name+".log-") })
			if diff := cmp.Diff(ids, got); diff != "" {
				t.Errorf("%d files: calls of %s (-want +got):\n%.2000s", files, name, diff)
			}
		}
		if most := slices.Max(sink.sizes); most > slabCalls {
			t.Errorf("%d files: a batch of %d calls; want at most %d", files, most, slabCalls)
		}
		if n := len(sink.sizes); n > 40_000/maxCalls*2 {
			t.Errorf("%d files: %d batches for 40,000 calls; want full ones", files, n)
		}
	}
}
