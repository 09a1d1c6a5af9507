package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// partCalls are calls of so many users, as many as a transaction may have whose sums by day wait.
func partCalls(batch, users int) []claude.Call {
	calls := make([]claude.Call, users)
	for i := range calls {
		calls[i] = claude.Call{
			Time: noon.Add(time.Duration(batch) * time.Second), RequestID: fmt.Sprint("req_", batch, "_", i), User: fmt.Sprint("u", (batch*7+i)%400),
			Model: "claude-x", App: "shop", Usage: usage(int64(i+1), int64(batch)), CostUSD: claude.Some(0.5),
		}
		if i%3 > 0 {
			calls[i].DurationSeconds = claude.Some(float64(i%40+1) / 8)
		}
	}
	return calls
}

// daySums returns how many sums by day wait, and how many have their row.
func daySums(t *testing.T, db *DB) (waiting, rows int) {
	t.Helper()
	err := db.reader.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM day_parts), (SELECT count(*) FROM day_rows)").Scan(&waiting, &rows)
	if err != nil {
		t.Fatal(err)
	}
	return waiting, rows
}

// wantParts wants so many to wait, as the database says and as the next transaction will believe.
func wantParts(t *testing.T, db *DB, want int) {
	t.Helper()
	if got, _ := daySums(t, db); got != want {
		t.Errorf("%d sums by day wait; want %d", got, want)
	}
	if known := db.kept.parts; known.known && known.n != want {
		t.Errorf("%d sums by day are believed to wait; want %d", known.n, want)
	}
}

// What small transactions add to the sums by day waits, counts at once for whoever asks, and is added to the rows in the end.
func TestSumsByDayWait(t *testing.T) {
	db := open(t)
	for batch := range 3 {
		commitCalls(t, db, partCalls(batch, 5)...)
	}
	wantParts(t, db, 15)
	if _, rows := daySums(t, db); rows != 0 {
		t.Errorf("%d sums by day have rows after small transactions; want 0", rows)
	}
	checkRollups(t, db)
	spent, err := db.Spent(t.Context(), alerts.ByUser, noon.AddDate(0, 0, -1), 100)
	if err != nil || len(spent) != 15 || spent[0].Tokens != 5+2 || spent[0].USD != 0.5 {
		t.Errorf("Spent() = %+v, %v; want what each of 15 users spent", spent, err)
	}
	rep, err := db.Report(t.Context(), ReportQuery{By: []Dimension{ByUser}, Latency: true})
	if err != nil || len(rep.Rows) != 15 || rep.Total.Calls != 15 {
		t.Errorf("Report() = %d rows, total %+v, %v; want 15 users", len(rep.Rows), rep.Total, err)
	}
	commitCalls(t, db, partCalls(3, partRows+1)...) // writes its rows at once and leaves alone what waits
	wantParts(t, db, 15)
	checkRollups(t, db)
	for batch := 4; ; batch++ {
		before, _ := daySums(t, db)
		commitCalls(t, db, partCalls(batch, partRows)...)
		if before+partRows > waitingMost {
			break
		}
		wantParts(t, db, before+partRows)
	}
	wantParts(t, db, 0)
	if _, rows := daySums(t, db); rows != 400 {
		t.Errorf("%d sums by day have rows; want one for each of 400 users", rows)
	}
	checkRollups(t, db)
}

// A call that turns out to be another user's leaves a sum that may wait still.
func TestCallLeavesASumThatWaits(t *testing.T) {
	db := open(t)
	calls := partCalls(1, 4)
	late := calls[1]
	calls[1].User, calls[2].DurationSeconds = "", claude.Opt[float64]{}
	commitCalls(t, db, calls...)
	wantParts(t, db, 4)
	more := claude.Call{Time: calls[0].Time, RequestID: calls[0].RequestID, Usage: usage(900, 900)} // counts in the same rows
	commitCalls(t, db, more)
	wantParts(t, db, 5)
	checkRollups(t, db)
	commitCalls(t, db, late)
	wantParts(t, db, 0)
	checkRollups(t, db)
	if n := rollupRows(t, db, "days"); len(n) != 4 {
		t.Errorf("sums by day = %d rows; want 4, as nothing is left of the unknown user", len(n))
	}
	slower := claude.Call{Time: calls[3].Time, RequestID: calls[3].RequestID, DurationSeconds: claude.Some(77.0)}
	commitCalls(t, db, slower)
	checkRollups(t, db)
}

// A transaction that is rolled back takes along what it left waiting, and a new process knows what the last one left.
func TestWaitingSumsAfterRollbackAndRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	calls := partCalls(1, 6)
	late := calls[3]
	calls[3].User = ""
	commitCalls(t, db, calls...)
	for batch := 2; batch < 4; batch++ {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.write(ctx, "test", func(ctx context.Context, tx *sql.Tx) error {
			return saveAndCancel(ctx, db, tx, collector.Batch{Source: "test", Calls: partCalls(batch, 9)}, cancel)
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled commit = %v; want %v", err, context.Canceled)
		}
	}
	checkRollups(t, db)
	commitCalls(t, db, partCalls(4, 3)...)
	wantParts(t, db, 9)
	checkRollups(t, db)
	wantCounted(t, db, 9)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, path, noon)
	commitCalls(t, db, partCalls(5, 2)...)
	wantParts(t, db, 11)
	commitCalls(t, db, late) // takes from a sum that waits since before the restart
	wantParts(t, db, 0)
	checkRollups(t, db)
	wantCounted(t, db, 11)
}

// wantCounted wants the counters and the source to have counted so many calls.
func wantCounted(t *testing.T, db *DB, want int64) {
	t.Helper()
	tallies, err := db.Tallies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sum claude.Tally
	for _, x := range tallies {
		sum.Add(x)
	}
	sources, err := db.Sources(t.Context())
	if err != nil || len(sources) != 1 || sources[0].Calls != want || sum.Calls != want {
		t.Errorf("Tallies() = %+v, Sources() = %+v, %v; want %d calls", sum, sources, err, want)
	}
}
