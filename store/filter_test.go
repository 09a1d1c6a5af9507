package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func TestFilterNeverMissesAKey(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var f keyFilter
	var keys []uint64
	words := 0
	for range 100_000 {
		k := rnd.Uint64() >> (64 - hashBits)
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
	}
	wrong := 0
	for range 100_000 {
		if f.mayHave(rnd.Uint64() >> (64 - hashBits)) {
			wrong++
		}
	}
	t.Logf("%d of 100000", wrong)
	if wrong > 100 {
		t.Errorf("%d of 100000 unknown keys may be there; want 0.1 %% at most", wrong)
	}
}

func TestFiltersKeepToTheirLimit(t *testing.T) {
	s := newSlots(map[int64][]keyRun{7: {{id: 3, keys: 1, parts: 1}}})
	s.limit = 2 * firstLayer
	for slot := range int64(5) {
		s.clock++
		s.add(10+slot, []keyEntry{{hash: uint64(slot)}})
		s.add(7, []keyEntry{{hash: uint64(slot)}})
	}
	filters := 0
	for id, p := range s.all {
		if p.filter != nil {
			filters++
			if id < 13 {
				t.Errorf("partition %d still has a filter; want the latest two", id)
			}
		}
	}
	if filters != 2 || len(s.all) != 6 || s.words != 2*firstLayer {
		t.Errorf("%d filters of %d words for %d partitions; want 2 of %d for 6", filters, s.words, len(s.all), 2*firstLayer)
	}
}

// The filters of one transaction may take more together, up to their own limit.
func TestFiltersInUseMayTakeMore(t *testing.T) {
	s := newSlots(nil)
	s.limit = firstLayer
	s.clock++
	for slot := range int64(2 * filtersInUse) {
		s.add(slot, []keyEntry{{hash: 1}})
		if want := min(int(slot)+1, filtersInUse) * firstLayer; s.words != want {
			t.Errorf("%d partitions in use: filters of %d words; want %d", slot+1, s.words, want)
		}
	}
	s.clock++
	s.add(100, []keyEntry{{hash: 1}})
	if s.words != firstLayer || s.all[100].filter == nil {
		t.Errorf("filters of %d words are left for the next transaction, its own: %t; want %d, its own", s.words, s.all[100].filter != nil, firstLayer)
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

// wantedOf returns how many keys of calls with these request ids are looked for.
func wantedOf(t *testing.T, db *DB, ids ...string) (n int) {
	t.Helper()
	err := db.write(t.Context(), "test", func(ctx context.Context, tx *sql.Tx) error {
		var b collector.Batch
		for _, id := range ids {
			b.Calls = append(b.Calls, claude.Call{Time: noon, RequestID: id})
		}
		c := db.newCommit(ctx, tx)
		wanted, err := c.wanted(c.sightingsOf([]collector.Batch{b}, make([][]claude.Change, 1)))
		for _, of := range wanted {
			n += len(of.hashes)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The filters know what is stored at once, and again after a restart.
func TestUnknownKeysAreNotLookedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var known, unknown []string
	for i := range 200 {
		known, unknown = append(known, fmt.Sprint("req_", i)), append(unknown, fmt.Sprint("req_other", i))
	}
	for _, when := range []string{"at once", "after a restart"} {
		db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range known {
			commitCalls(t, db, claude.Call{Time: noon, RequestID: id})
		}
		if n := wantedOf(t, db, known...); n != len(known) {
			t.Errorf("%s: %d keys wanted of %d known calls; want all", when, n, len(known))
		}
		if n := wantedOf(t, db, unknown...); n > len(unknown)/20 {
			t.Errorf("%s: %d keys wanted of %d unknown calls; want next to none", when, n, len(unknown))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
