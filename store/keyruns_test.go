package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// keyModel is what runs of one partition must answer: which calls have a key now.
type keyModel map[uint64]map[uint64]bool

// change makes random entries that give keys to calls and take some away that were given, and does the same to the model.
func (m keyModel) change(rnd *rand.Rand, slot int64, n int) []keyEntry {
	var all []keyEntry
	for range n {
		h := rnd.Uint64() >> (64 - hashBits)
		if rnd.IntN(4) == 0 {
			h = rnd.Uint64N(50) << 25 // the same again and again
		}
		call := rnd.Uint64N(1<<39) | 1
		if slot == undatedSlot {
			call = rnd.Uint64N(1<<55) | 1
		}
		for have := range m[h] {
			if rnd.IntN(2) == 0 && !slices.Contains(all, keyEntry{h, have << 1}) {
				all = append(all, keyEntry{h, have<<1 | 1})
				delete(m[h], have)
			}
			break
		}
		if m[h] == nil {
			m[h] = map[uint64]bool{}
		}
		if !m[h][call] && !slices.Contains(all, keyEntry{h, call<<1 | 1}) {
			m[h][call] = true
			all = append(all, keyEntry{h, call << 1})
		}
	}
	slices.SortFunc(all, compareEntries)
	return all
}

// found asks a database for hashes and returns the calls that have each.
func found(c *commit, slot int64, hashes []uint64) (keyModel, error) {
	hashes = slices.Clone(hashes)
	for i := range hashes {
		hashes[i] <<= 64 - hashBits
	}
	slices.Sort(hashes)
	all, err := c.lookUp(slot, slices.Compact(hashes), nil)
	got := keyModel{}
	for _, e := range all {
		if e.call&1 != 0 {
			return nil, fmt.Errorf("hash %x was taken from call %d, which did not have it", e.hash, e.call>>1)
		}
		if got[e.hash] == nil {
			got[e.hash] = map[uint64]bool{}
		}
		got[e.hash][e.call>>1] = true
	}
	return got, err
}

// Runs answer as a map would, whatever their sizes, after merges, rollbacks and restarts.
func TestRunsAnswerLikeAMap(t *testing.T) {
	for _, shape := range []struct{ slot, maxRun int }{{20_526, maxRun}, {20_526, 40}, {undatedSlot, maxRun}} {
		slot := int64(shape.slot)
		rnd := rand.New(rand.NewPCG(3, uint64(slot)))
		path := filepath.Join(t.TempDir(), "test.db")
		model, most := keyModel{}, 0
		for session := range 3 {
			db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			db.slots.maxRun = shape.maxRun
			for step := range 40 {
				fails := step%9 == 8
				next := keyModel{}
				for h, calls := range model {
					next[h] = maps.Clone(calls)
				}
				err := addEntries(t.Context(), db, slot, next.change(rnd, slot, 1+rnd.IntN(1<<rnd.IntN(9))), fails)
				if fails != (err != nil) {
					t.Fatalf("session %d, step %d: %v; want an error: %t", session, step, err, fails)
				}
				if !fails {
					model = next
				}
				most = max(most, len(db.slots.all[slot].runs))
			}
			checkModel(t, db, slot, model, rnd)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if most < fanOut || most > 6*fanOut && shape.maxRun == maxRun {
			t.Errorf("partition %d: %d runs at most; want some, and some merged", slot, most)
		}
	}
}

// addEntries adds a run in a transaction of its own, which may fail at its end.
func addEntries(ctx context.Context, db *DB, slot int64, entries []keyEntry, fail bool) error {
	var c *commit
	return db.writeThen(ctx, "test", func(ctx context.Context, tx *sql.Tx) error {
		c = db.newCommit(ctx, tx)
		if err := db.slots.begin(ctx, tx); err != nil {
			return err
		}
		db.slots.add(slot, entries)
		if len(entries) > 0 {
			if err := c.addRun(slot, entries); err != nil {
				return err
			}
		}
		if fail {
			return fmt.Errorf("enough")
		}
		return nil
	}, func() { c.committed() })
}

func checkModel(t *testing.T, db *DB, slot int64, model keyModel, rnd *rand.Rand) {
	t.Helper()
	want, hashes := keyModel{}, []uint64(nil)
	for h, calls := range model {
		if hashes = append(hashes, h); len(calls) > 0 {
			want[h] = calls
		}
	}
	for range 500 {
		hashes = append(hashes, rnd.Uint64()>>(64-hashBits))
	}
	err := db.write(t.Context(), "test", func(ctx context.Context, tx *sql.Tx) error {
		c := db.newCommit(ctx, tx)
		if err := db.slots.begin(ctx, tx); err != nil {
			return err
		}
		got, err := found(c, slot, hashes)
		if !maps.EqualFunc(got, want, maps.Equal) {
			t.Errorf("partition %d: %d hashes are found; want %d, or others", slot, len(got), len(want))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, slot := range []int64{0, undatedSlot} {
		form, bits := formOf(presentForm, slot), 40+16*int(-slot)
		for range 1000 {
			want := keyEntry{rnd.Uint64() >> (64 - hashBits), rnd.Uint64() >> (64 - bits)}
			if got := form.at(form.append(nil, want), 0); got != want {
				t.Fatalf("at(append(%+v)) = %+v; want it back", want, got)
			}
			parts := 1 + rnd.Uint64N(1<<partShift)
			if p := part(want.hash, parts, hashBits); p >= parts {
				t.Fatalf("part(%x, %d) = %d; want less", want.hash, parts, p)
			}
		}
	}
}

// However many keys come, a look-up asks few runs, and no run and no merge is large.
func TestKeysSinkAsTheyAreMerged(t *testing.T) {
	const keys, batch, most = 120_000, 200, 400
	db := open(t)
	db.slots.maxRun = most
	rnd := rand.New(rand.NewPCG(9, 9))
	model := keyModel{}
	for range keys / batch {
		entries := make([]keyEntry, batch)
		for i := range entries {
			entries[i] = keyEntry{rnd.Uint64() >> (64 - hashBits), rnd.Uint64N(1<<39) << 1}
			if model[entries[i].hash] == nil {
				model[entries[i].hash] = map[uint64]bool{}
			}
			model[entries[i].hash][entries[i].call>>1] = true
		}
		slices.SortFunc(entries, compareEntries)
		if err := addEntries(t.Context(), db, 20_526, entries, false); err != nil {
			t.Fatal(err)
		}
	}
	depth, largest, asked := 0, int64(0), 0
	runs := db.slots.all[20_526].runs
	for _, r := range runs {
		depth, largest = max(depth, r.node.depth()), max(largest, r.keys)
	}
	for range 100 {
		n, h := 0, []uint64{rnd.Uint64()}
		for _, r := range runs {
			n += len(r.node.within(h))
		}
		asked = max(asked, n)
	}
	if depth < 2 || largest > most || asked > 6*fanOut {
		t.Errorf("%d runs of %d keys at most, %d nodes deep, %d of them asked for a key; want %d keys at most, 2 deep, %d asked at most", len(runs), largest, depth, asked, most, 6*fanOut)
	}
	t.Logf("%d runs, %d deep, %d asked for a key", len(runs), depth, asked)
	checkModel(t, db, 20_526, model, rnd)
}

// A commit that fails late has written and merged keys. They are gone, and what was there before is still known.
func TestFailedCommitLeavesKeysAlone(t *testing.T) {
	db := open(t)
	call := func(i int) claude.Call { return claude.Call{Time: noon, RequestID: fmt.Sprint("req_", i)} }
	for i := range 3 * fanOut { // the next would be merged
		commitCalls(t, db, call(i))
		b := batchOf(call(1000 + i))
		ctx, cancel := context.WithCancel(t.Context())
		err := db.write(ctx, "test", func(wctx context.Context, tx *sql.Tx) error {
			err := saveAndCancel(wctx, db, tx, b, cancel)
			return err
		})
		if err == nil {
			t.Fatal("a cancelled commit worked")
		}
	}
	for i := range 3 * fanOut {
		if ch := commitCalls(t, db, call(i))[0]; ch.New {
			t.Errorf("call %d is new after failed commits; want it known", i)
		}
		if ch := commitCalls(t, db, call(1000+i))[0]; !ch.New {
			t.Errorf("call %d of a failed commit is known", 1000+i)
		}
	}
	checkRollups(t, db)
}

// Keys that were taken from their calls go when their runs are merged.
func TestMergesForgetWhatWasTaken(t *testing.T) {
	db := open(t)
	for i := range uint64(fanOut) {
		var entries []keyEntry
		for h := range uint64(10) {
			entries = append(entries, keyEntry{h << 25, (i/2*10+h)<<1 | i&1}) // given in one run, taken in the next
		}
		if err := addEntries(t.Context(), db, 20_526, entries, false); err != nil {
			t.Fatal(err)
		}
	}
	if keys := storedKeys(t, db); len(keys) != 0 || len(db.slots.all[20_526].runs) != 0 {
		t.Errorf("%d keys, runs %v; want none", len(keys), db.slots.all[20_526].runs)
	}
}

// After a transaction whose end is not known, the runs are those that the database has.
func TestRunsAreReadAgain(t *testing.T) {
	db := open(t)
	commitCalls(t, db, full())
	for _, p := range db.slots.all {
		p.runs = nil
	}
	db.slots.open = true
	if ch := commitCalls(t, db, full())[0]; ch.New {
		t.Error("a stored call is new; want it known")
	}
}

// Runs of the form before version 5 are found, and merged with present ones into such.
func TestOldRunsAreMerged(t *testing.T) {
	db := open(t)
	const slot = 20_526
	rnd := rand.New(rand.NewPCG(8, 8))
	model := keyModel{}
	const query = "INSERT INTO key_runs (id, slot, keys, parts) VALUES (?1, ?2, 2000, 7)"
	if _, err := db.writer.ExecContext(t.Context(), query, 1, slot); err != nil {
		t.Fatal(err)
	}
	blocks := make([][]byte, 7)
	for range 2000 {
		old := keyEntry{rnd.Uint64() >> (64 - oldHashBits), rnd.Uint64N(1<<43) << 1}
		e := keyEntry{old.hash >> (oldHashBits - hashBits), old.call >> 1 >> idBits << 1}
		if model[e.hash] != nil {
			continue
		}
		model[e.hash] = map[uint64]bool{e.call >> 1: true}
		n := part(old.hash, 7, oldHashBits)
		blocks[n] = appendOld(blocks[n], old, slot)
	}
	for n, block := range blocks {
		if _, err := db.writer.ExecContext(t.Context(), "INSERT INTO key_blocks VALUES (?, ?)", 1<<partShift|n, sortBlock(block)); err != nil {
			t.Fatal(err)
		}
	}
	db.slots.open = true
	checkModel(t, db, slot, model, rnd)
	for range fanOut - 1 {
		if err := addEntries(t.Context(), db, slot, model.change(rnd, slot, 1000), false); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range db.slots.all[slot].runs {
		if r.form == oldForm {
			t.Errorf("run %+v is of the old form; want it merged", r)
		}
	}
	checkModel(t, db, slot, model, rnd)
}

// sortBlock sorts the entries of an old block.
func sortBlock(block []byte) []byte {
	const size = 11
	return slices.Concat(slices.SortedFunc(slices.Chunk(block, size), bytes.Compare)...)
}

// The same batches give the same runs, also one that is of several days.
func TestRunsComeOutTheSame(t *testing.T) {
	runsOf := func() map[int64][]keyRun {
		db := open(t)
		for i := range 5 {
			var calls []claude.Call
			for day := range 6 {
				calls = append(calls, claude.Call{Time: noon.AddDate(0, 0, day), RequestID: fmt.Sprint("req_", i, day)})
			}
			commitCalls(t, db, calls...)
		}
		runs, err := readRuns(t.Context(), db.reader)
		if err != nil {
			t.Fatal(err)
		}
		return runs
	}
	if diff := gocmp.Diff(runsOf(), runsOf(), gocmp.AllowUnexported(keyRun{})); diff != "" {
		t.Errorf("runs differ between two databases (-one +other):\n%s", diff)
	}
}
