package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func TestMergeCases(t *testing.T) {
	r := func(c claude.Call) claude.Call { c.RequestID = "req_1"; return c }
	m := func(c claude.Call) claude.Call { c.MessageID = "msg_1"; return c }
	at := func(d time.Duration) claude.Call { return claude.Call{Time: noon.Add(d), Usage: usage(10, 5)} }
	undated := claude.Call{Time: noon, Undated: true, Usage: usage(10, 5)}
	side := m(at(0))
	side.RequestID, side.Sidechain = "req_2", true
	other := m(at(0))
	other.RequestID = "req_2"
	tests := []struct {
		name  string
		calls []claude.Call
		want  int
	}{
		{"same request", []claude.Call{r(at(0)), r(at(0))}, 1},
		{"same message, one without request", []claude.Call{r(m(at(0))), m(at(0))}, 1},
		{"same message, other request", []claude.Call{r(m(at(0))), other}, 2},
		{"same message, side chain", []claude.Call{r(m(at(0))), side}, 1},
		{"linked by a third", []claude.Call{r(at(0)), m(at(0)), r(m(at(0)))}, 1},
		{"no ids", []claude.Call{at(0), at(0)}, 2},
		{"local time, a day apart", []claude.Call{r(at(0)), r(at(24 * time.Hour))}, 1},
		{"same id days apart", []claude.Call{r(at(0)), r(at(-72 * time.Hour))}, 2},
		{"undated first", []claude.Call{r(undated), r(at(-90 * 24 * time.Hour))}, 1},
		{"undated last", []claude.Call{r(at(-90 * 24 * time.Hour)), r(undated)}, 1},
		{"ambiguous message does not join two requests", []claude.Call{r(m(at(0))), other, m(at(0))}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			together, apart := open(t), open(t)
			commitCalls(t, together, tt.calls...)
			for _, c := range tt.calls {
				commitCalls(t, apart, c)
			}
			for name, db := range map[string]*DB{"in one batch": together, "in many": apart} {
				if got := len(allCalls(t, db)); got != tt.want {
					t.Errorf("%s: %d calls; want %d", name, got, tt.want)
				}
				checkRollups(t, db)
			}
		})
	}
}

func TestSecondSightingGivesDifference(t *testing.T) {
	db := open(t)
	first := claude.Call{Time: noon, RequestID: "req_1", Status: 200}
	commitCalls(t, db, first)
	second := first
	second.Model, second.Usage = "claude-sonnet-5", usage(100, 7)
	ch := commitCalls(t, db, second)[0]
	if ch.New || !ch.Live || ch.Before.Usage.Known() || ch.After.Usage != second.Usage || ch.After.Status != 200 {
		t.Errorf("change of the second sighting = %+v", ch)
	}
	if ch := commitCalls(t, db, first)[0]; !ch.Same() {
		t.Errorf("change of the third sighting = %+v; want the same before and after", ch)
	}
	tallies, err := db.Tallies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sum claude.Tally
	for _, x := range tallies {
		sum.Add(x)
	}
	if sum.Calls != 1 || sum.Tokens.Input != 100 {
		t.Errorf("tallies sum = %+v; want 1 call, 100 input tokens", sum)
	}
	sources, err := db.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []claude.SourceActivity{{Source: "test", Calls: 1, Duplicates: 2, First: noon, Last: noon}}
	if diff := gocmp.Diff(want, sources); diff != "" {
		t.Errorf("sources differ (-want +got):\n%s", diff)
	}
}

func TestHistoryIsNotLive(t *testing.T) {
	db := open(t)
	old := commitCalls(t, db, claude.Call{Time: noon.Add(-time.Hour - time.Millisecond), RequestID: "req_1", Usage: usage(1, 1)})[0]
	young := commitCalls(t, db, claude.Call{Time: noon.Add(-time.Hour), RequestID: "req_2", Usage: usage(1, 1)})[0]
	if old.Live || !young.Live {
		t.Errorf("live = %t just outside the window, %t just inside; want false, true", old.Live, young.Live)
	}
	tallies, err := db.Tallies(t.Context())
	if err != nil || len(tallies) != 1 || tallies[0].Calls != 1 {
		t.Errorf("Tallies() = %+v, %v; want the live call only", tallies, err)
	}
}

func TestRecordKeyIdentifiesCallsWithoutIDs(t *testing.T) {
	db := open(t)
	b := collector.Batch{Source: "a", Calls: []claude.Call{{Time: noon}, {Time: noon}}, Keys: []string{"inode 7 at 0", "inode 7 at 90"}}
	for i := range 3 {
		changes, err := db.Commit(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if got := changes[0].New && changes[1].New; got != (i == 0) {
			t.Errorf("commit %d: new = %t", i, got)
		}
	}
	// A later sighting by id moves the call to another time; the record must still be known there.
	b.Calls[0].Undated = true
	b.Calls[0].RequestID, b.Keys[0] = "req_1", "inode 7 at 180"
	if _, err := db.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	commitCalls(t, db, claude.Call{Time: noon.Add(-48 * time.Hour), RequestID: "req_1"})
	b.Calls[0].RequestID = ""
	changes, err := db.Commit(t.Context(), b)
	if err != nil || changes[0].New {
		t.Errorf("record of a moved call: change %+v, %v; want no new call", changes, err)
	}
	checkRollups(t, db)
}

// sightings returns what logs may show of n calls: headers without usage, usage without headers, transcripts with the message
// only, side chains under another request id, records without a time.
func sightings(rnd *rand.Rand, n int) []claude.Call {
	var all []claude.Call
	for i := range n {
		at := noon.Add(-time.Duration(rnd.IntN(3*24*3600)) * time.Second)
		if rnd.IntN(3) == 0 {
			at = noon.Add(-time.Duration(rnd.IntN(3000)) * time.Second)
		}
		base := claude.Call{Time: at, Model: "claude-sonnet-5", App: fmt.Sprint("app", i%3)}
		id, msg := fmt.Sprint("req_", i), fmt.Sprint("msg_", i)
		headers, tokens, both := base, base, base
		headers.RequestID, headers.Status = id, 200
		headers.Readings = []claude.Reading{{Limiter: "requests", Remaining: claude.Some(int64(i)), Reset: at.Add(time.Second)}}
		tokens.MessageID, tokens.Usage, tokens.User = msg, usage(int64(100+i), int64(i)), fmt.Sprint("u", i%5)
		both.RequestID, both.MessageID, both.DurationSeconds, both.CostUSD = id, msg, claude.Some(1.5), claude.Some(0.003)
		partial, side, undated := tokens, tokens, headers
		partial.Usage = usage(int64(100+i), int64(i)/2)
		side.RequestID, side.Sidechain = fmt.Sprint("req_side", i), true
		undated.Time, undated.Undated = noon, true
		for _, c := range []claude.Call{headers, tokens, partial, side, undated} {
			for range rnd.IntN(3) {
				all = append(all, c)
			}
		}
		all = append(all, both)
	}
	return all
}

func TestOrderAndBatchesDoNotMatter(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		all := sightings(rnd, 40)
		var want dump
		for round := range 4 {
			db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
			for rest := all; len(rest) > 0; {
				n := min(len(rest), 1+rnd.IntN(60))
				commitCalls(t, db, rest[:n]...)
				rest = rest[n:]
			}
			checkRollups(t, db)
			got := dumpOf(t, db)
			if round == 0 {
				want = got
			} else if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, round %d differs (-first +this):\n%s", seed, round, diff)
			}
			if len(got.Calls) != 40 {
				t.Fatalf("seed %d: %d calls; want 40", seed, len(got.Calls))
			}
			all = slices.Clone(all)
			rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
	}
}

func TestCommitsAtTheSameTime(t *testing.T) {
	db := open(t)
	const workers, batches = 4, 8
	errs := make(chan error, workers)
	var fresh atomic.Int64
	for w := range workers {
		go func() {
			errs <- func() error {
				for i := range batches {
					b := collector.Batch{Source: fmt.Sprint("source", w)}
					for n := range 50 { // half of each batch is in the other workers' batches too
						b.Calls = append(b.Calls, claude.Call{Time: noon, RequestID: fmt.Sprint("req_", i, "_", n, "_", n%2*w), User: fmt.Sprint(n)})
					}
					changes, err := db.Commit(context.Background(), b)
					if err != nil {
						return err
					}
					for _, ch := range changes {
						if ch.New {
							fresh.Add(1)
						}
					}
					if err := db.Recent(context.Background(), noon, func(claude.Call) error { return nil }); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range workers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	const want = batches * (25 + 25*workers)
	if got := len(allCalls(t, db)); got != want || fresh.Load() != want {
		t.Errorf("%d calls stored, %d were new; want %d of each", got, fresh.Load(), want)
	}
	checkRollups(t, db)
}
