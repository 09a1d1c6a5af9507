package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// Keys of undated calls go with their calls, those of later ones stay, also over several blocks and runs.
func TestPruneTakesKeysOfUndatedCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	const perDay, days = 900, 3
	for day := range days {
		db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon.AddDate(0, 0, day) }})
		if err != nil {
			t.Fatal(err)
		}
		for part := range 3 {
			var calls []claude.Call
			for i := range perDay / 3 {
				calls = append(calls, claude.Call{RequestID: fmt.Sprintf("req_%d_%d", day, part*perDay/3+i)})
			}
			commitCalls(t, db, calls...)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon.AddDate(0, 0, days) }})
	if err != nil {
		t.Fatal(err)
	}
	p, err := db.Prune(t.Context(), Retention{Calls: 60 * time.Hour})
	if err != nil || p.Calls != perDay {
		t.Fatalf("Prune = %+v, %v; want the %d calls of the first day taken", p, err, perDay)
	}
	checkKeys(t, db)
	for day := range days {
		ch := commitCalls(t, db, claude.Call{RequestID: fmt.Sprintf("req_%d_7", day)})[0]
		if want := day == 0; ch.New != want {
			t.Errorf("an undated call of day %d is new: %t; want %t", day, ch.New, want)
		}
	}
	checkKeys(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	later := openAt(t, path, noon.AddDate(1, 0, 0))
	if _, err := later.Prune(t.Context(), Retention{Calls: time.Hour}); err != nil {
		t.Fatal(err)
	}
	var runs, blocks int
	if err := later.reader.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM key_runs), (SELECT count(*) FROM key_blocks)").Scan(&runs, &blocks); err != nil || runs+blocks != 0 {
		t.Errorf("%d runs and %d blocks of keys are left of no calls, %v; want none", runs, blocks, err)
	}
}

// Intake goes on while the store is pruned: commits fall between the steps, nothing of them is lost, and sums by hour and day keep all.
func TestIntakeGoesOnWhilePruning(t *testing.T) {
	db := open(t)
	old := make([]claude.Call, 0, 12_000)
	for i := range cap(old) {
		old = append(old, claude.Call{
			Time: noon.AddDate(0, 0, -60).Add(time.Duration(i) * time.Second), RequestID: fmt.Sprint("req_old_", i), User: fmt.Sprint("u", i%9), Usage: usage(1, 1),
		})
	}
	commitCalls(t, db, old...)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_, err := db.Prune(ctx, Retention{Calls: 24 * time.Hour, Minutes: 48 * time.Hour})
		done <- err
	}()
	fresh, between := 0, 0
	for pruning := true; pruning; fresh++ {
		commitCalls(t, db, claude.Call{Time: noon, RequestID: fmt.Sprint("req_new_", fresh), Usage: usage(1, 1)})
		if n, err := db.Calls(t.Context()); err != nil {
			t.Fatal(err)
		} else if rest := int(n) - fresh - 1; rest > 0 && rest < len(old) {
			between++
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			pruning = false
		default:
		}
	}
	if between == 0 {
		t.Errorf("no commit of %d fell between two steps of pruning; want some", fresh)
	}
	if n := len(allCalls(t, db)); n != fresh {
		t.Errorf("%d calls are left; want the %d new ones", n, fresh)
	}
	for table, want := range map[string]int64{"minutes": int64(fresh), "hours": int64(fresh + len(old)), "days": int64(fresh + len(old))} {
		if got := total(t, db, table); got != want {
			t.Errorf("%s add up to %d calls; want %d", table, got, want)
		}
	}
	checkKeys(t, db)
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A call that comes for a minute that was pruned begins it anew: sums that are known from an earlier commit are not.
func TestLateCallAfterPruning(t *testing.T) {
	db := open(t)
	at := noon.AddDate(0, 0, -60)
	for i := range 3 {
		commitCalls(t, db, claude.Call{Time: at, RequestID: fmt.Sprint("req_", i)})
	}
	if _, err := db.Prune(t.Context(), Retention{Minutes: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	commitCalls(t, db, claude.Call{Time: at, RequestID: "req_late"})
	if minutes, hours := total(t, db, "minutes"), total(t, db, "hours"); minutes != 1 || hours != 4 {
		t.Errorf("minutes add up to %d calls, hours to %d; want 1 and 4", minutes, hours)
	}
}

// Positions of files that are gone for long are taken out, and no others.
func TestPrunePositions(t *testing.T) {
	db := open(t)
	dir := t.TempDir()
	there := filepath.Join(dir, "there.log")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	long, lately := noon.AddDate(0, 0, -91), noon.AddDate(0, 0, -89)
	b := collector.Batch{Source: "test", Positions: []collector.Position{
		{ID: "gone", Path: filepath.Join(dir, "gone.log"), UpdatedAt: long},
		{ID: "gone lately", Path: filepath.Join(dir, "gone.log"), UpdatedAt: lately},
		{ID: "not mounted", Path: filepath.Join(dir, "mnt", "app.log"), UpdatedAt: long},
		{ID: "stdin", Path: "-", UpdatedAt: long},
		{ID: "there", Path: there, UpdatedAt: long},
	}}
	if _, err := db.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Prune(t.Context(), Retention{}); err != nil {
		t.Fatal(err)
	}
	positions, err := db.Positions(t.Context())
	var left []string
	for _, p := range positions {
		left = append(left, p.ID)
	}
	if diff := gocmp.Diff([]string{"gone lately", "not mounted", "stdin", "there"}, left); diff != "" || err != nil {
		t.Errorf("positions after pruning, %v (-want +got):\n%s", err, diff)
	}
}
