package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// someBatches deals calls out to batches of three sources, each with a position and counts.
func someBatches(rnd *rand.Rand, calls []claude.Call) []collector.Batch {
	var all []collector.Batch
	for len(calls) > 0 {
		n := min(len(calls), 1+rnd.IntN(30))
		source := fmt.Sprint("source", rnd.IntN(3))
		all = append(all, collector.Batch{
			Source: source, Calls: calls[:n],
			Positions: []collector.Position{{ID: source, Source: source, Offset: int64(len(all))}},
			Counts:    []collector.Count{{Source: source, Kind: collector.CountLines, N: int64(n)}},
		})
		calls = calls[n:]
	}
	return all
}

// everything is what batches leave in a database.
func everything(t *testing.T, db *DB) []any {
	t.Helper()
	checkRollups(t, db)
	positions, err := db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts, err := db.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sources, err := db.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	readings, err := db.Observations(t.Context(), noon.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return []any{dumpOf(t, db), positions, counts, sources, readings}
}

// Batches in one transaction change what they change one after the other, also where a call is in several of them.
func TestCommitAllIsCommitInOrder(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		batches := someBatches(rnd, sightings(rnd, 40))
		apart, together := open(t), open(t)
		var want, got [][]claude.Change
		for _, b := range batches {
			changes, err := apart.Commit(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, changes)
		}
		for part := range slices.Chunk(batches, 4) {
			changes, err := together.CommitAll(t.Context(), part)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, changes...)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d: changes differ (-one by one +together):\n%s", seed, diff)
		}
		if diff := gocmp.Diff(everything(t, apart), everything(t, together)); diff != "" {
			t.Errorf("seed %d: databases differ (-one by one +together):\n%s", seed, diff)
		}
	}
}

func TestCommitAllKeepsAllOrNothing(t *testing.T) {
	db := open(t)
	if changes, err := db.CommitAll(t.Context(), nil); len(changes) != 0 || err != nil {
		t.Errorf("CommitAll of nothing = %v, %v; want nothing", changes, err)
	}
	good, bad := batchOf(full()), batchOf(claude.Call{Time: noon})
	good.Positions = []collector.Position{{ID: "file", Offset: 7}}
	bad.Keys = []string{"one", "too many"}
	if _, err := db.CommitAll(t.Context(), []collector.Batch{good, bad}); err == nil {
		t.Error("CommitAll of a batch with a key too many worked")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.CommitAll(ctx, []collector.Batch{good}); err == nil {
		t.Error("CommitAll after a cancellation worked")
	}
	positions, err := db.Positions(t.Context())
	if calls := allCalls(t, db); len(calls) != 0 || len(positions) != 0 || err != nil {
		t.Errorf("%d calls, %d positions, %v after failed commits; want none", len(calls), len(positions), err)
	}
}
