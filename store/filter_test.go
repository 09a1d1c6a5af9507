package store

import (
	"math/rand/v2"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

func TestFilterNeverMissesAKey(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var f keyFilter
	var keys []int64
	words := 0
	for range 100_000 {
		k := int64(rnd.Uint64())
		keys = append(keys, k)
		words += f.add(k)
	}
	if len(f.layers) < 3 || words != f.words() {
		t.Errorf("%d layers of %d words after growing by %d; want 3 or more, and all words counted", len(f.layers), f.words(), words)
	}
	for _, k := range keys {
		if !f.mayHave(k) {
			t.Fatalf("key %x is denied", k)
		}
		if f.add(k) != 0 {
			t.Fatalf("the filter grew for the known key %x", k)
		}
	}
	wrong := 0
	for range 100_000 {
		if f.mayHave(int64(rnd.Uint64())) {
			wrong++
		}
	}
	if wrong > 5000 {
		t.Errorf("%d of 100000 unknown keys may be there; want 5 %% at most", wrong)
	}
}

func TestFiltersKeepToTheirLimit(t *testing.T) {
	s := newSlots([]int64{7})
	s.limit = 2 * firstLayer
	for slot := range int64(5) {
		s.add([]slottedKey{{slot: 10 + slot, hash: slot}, {slot: 7, hash: slot}})
	}
	filters := 0
	for slot, f := range s.all {
		if f != nil {
			filters++
			if slot < 13 {
				t.Errorf("partition %d still has a filter; want the latest two", slot)
			}
		}
	}
	if filters != 2 || len(s.all) != 6 || s.words != 2*firstLayer {
		t.Errorf("%d filters of %d words for %d partitions; want 2 of %d for 6", filters, s.words, len(s.all), 2*firstLayer)
	}
}

// What is known of keys must not change what is stored: with filters, without, and with those of a few partitions only.
func TestFiltersDoNotMatter(t *testing.T) {
	for _, limit := range []int{maxFilters, 0, firstLayer} {
		rnd := rand.New(rand.NewPCG(5, 5))
		db := open(t)
		db.slots.limit = limit
		for rest := sightings(rnd, 60); len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(40))
			commitCalls(t, db, rest[:n]...)
			rest = rest[n:]
		}
		if got := len(allCalls(t, db)); got != 60 {
			t.Errorf("limit %d: %d calls; want 60", limit, got)
		}
		checkRollups(t, db)
	}
}

func TestUnknownKeysAreNotLookedFor(t *testing.T) {
	db := open(t)
	commitCalls(t, db, claude.Call{Time: noon, RequestID: "req_1"})
	look := func(id string) int {
		call := claude.Call{Time: noon, RequestID: id}
		n := 0
		for _, hashes := range db.slots.wanted([]claude.Call{call}, [][]key{keysOf(db.salt, &call, "")}) {
			n += len(hashes)
		}
		return n
	}
	if known := look("req_1"); known != 1 {
		t.Errorf("%d keys wanted for a known call; want 1", known)
	}
	unknown := 0
	for _, id := range []string{"req_2", "req_3", "req_4", "req_5"} {
		unknown += look(id)
	}
	if unknown == 4 {
		t.Error("all unknown keys are wanted; want next to none")
	}
}
