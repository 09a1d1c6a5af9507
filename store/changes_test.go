package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// backlog is a batch that is large enough for a slab. Its calls are sightings of those of every batch with the same name.
func backlog(name string, n int) collector.Batch {
	b := collector.Batch{Source: "log", Calls: make([]claude.Call, n), Unanswered: true}
	for i := range b.Calls {
		b.Calls[i] = claude.Call{Time: noon, RequestID: fmt.Sprintf("req_%s_%d", name, i), Model: "claude-opus-5", Status: 200, Usage: usage(1, int64(n))}
	}
	return b
}

// Changes that were given back are written over, all of them: nothing of an earlier transaction shows in a later one.
func TestReuseLeavesNothingOfEarlierChanges(t *testing.T) {
	used, plain := open(t), open(t)
	batches := []collector.Batch{
		backlog("a", leastSlab+50), backlog("b", leastSlab), backlog("a", leastSlab+20), backlog("c", leastSlab+90), backlog("c", leastSlab+1),
	}
	var last []claude.Change
	slabs := 0
	for i, b := range batches {
		got, err := used.Commit(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		want, err := plain.Commit(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("batch %d, changes in memory that was used before (-new memory +used):\n%s", i, diff)
		}
		if last != nil && &last[0] == &got[0] {
			slabs++
		}
		last = got
		used.Reuse(got)
	}
	if want := len(batches) - 1; slabs != want {
		t.Errorf("%d of %d transactions took what the one before gave back; want %d", slabs, len(batches), want)
	}
}

// An answered batch has changes of its own, and small batches let go of what is kept.
func TestSlabsAreForTheBacklogAlone(t *testing.T) {
	db := open(t)
	commit := func(b collector.Batch) []claude.Change {
		t.Helper()
		changes, err := db.Commit(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	first := commit(backlog("a", leastSlab))
	db.Reuse(first)
	asked := backlog("b", leastSlab)
	asked.Unanswered = false
	if got := commit(asked); &got[0] == &first[0] {
		t.Error("an answered batch got changes that a later transaction may write over")
	}
	for i := range calmBatches {
		if len(db.spare.free) != 1 {
			t.Fatalf("%d slabs kept after %d small batches; want 1", len(db.spare.free), i)
		}
		commit(backlog(fmt.Sprint("small", i), 1))
	}
	if len(db.spare.free) != 0 {
		t.Errorf("%d slabs kept after %d small batches; want none", len(db.spare.free), calmBatches)
	}
	for range maxSlabs + 1 {
		db.Reuse(make([]claude.Change, slabCalls))
	}
	db.Reuse(make([]claude.Change, 1)) // no slab
	if len(db.spare.free) != maxSlabs {
		t.Errorf("%d slabs kept; want %d", len(db.spare.free), maxSlabs)
	}
}
