package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// partCalls are calls of so many users, of 400 in all.
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

// daySums returns how many sums by day wait, in blocks that are merged or not, and how many have their row.
func daySums(t *testing.T, db *DB) (fresh, merged, rows int) {
	t.Helper()
	const query = "SELECT ifnull(sum(iif(id >= 0, parts, 0)), 0), ifnull(sum(iif(id < 0, parts, 0)), 0), (SELECT count(*) FROM day_rows) FROM day_blocks"
	if err := db.reader.QueryRowContext(t.Context(), query).Scan(&fresh, &merged, &rows); err != nil {
		t.Fatal(err)
	}
	return fresh, merged, rows
}

// wantWaiting wants so many sums by day to wait, as the database says and as the next transaction will believe.
func wantWaiting(t *testing.T, db *DB, fresh, merged int) {
	t.Helper()
	if f, m, _ := daySums(t, db); f != fresh || m != merged {
		t.Errorf("%d and, merged, %d sums by day wait; want %d and %d", f, m, fresh, merged)
	}
	rows := db.waits.rows
	if known := db.kept.waiting; known.known && !db.kept.open && (known.parts != fresh || known.merged != (merged+rows-1)/rows) {
		t.Errorf("believed to wait: %+v; want %d parts and %d merged", known, fresh, merged)
	}
}

// What transactions add to the sums by day waits, and counts at once for whoever asks.
func TestSumsByDayWait(t *testing.T) {
	db := open(t)
	for batch := range 3 {
		commitCalls(t, db, partCalls(batch, 5)...)
	}
	wantWaiting(t, db, 15, 0)
	if _, _, rows := daySums(t, db); rows != 0 {
		t.Errorf("%d sums by day have rows; want 0", rows)
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
}

// When many wait, they are merged, and then each transaction adds some to the rows.
func TestWaitingSumsAreSettledInSteps(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits waitLimits
	}{
		{"parts", waitLimits{parts: 900, blocks: 1000, rows: 150}},
		{"blocks", waitLimits{parts: 100_000, blocks: 3, rows: 150}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := open(t)
			db.waits = tt.limits
			for batch := range 3 {
				commitCalls(t, db, partCalls(batch, 300)...)
				wantWaiting(t, db, 300*(batch+1), 0)
			}
			commitCalls(t, db, partCalls(3, 100)...) // the users are 0 to 313
			for i, merged := range []int{314, 300, 150, 0} {
				wantWaiting(t, db, 2*i, merged)
				if _, _, rows := daySums(t, db); rows != 314-merged {
					t.Errorf("%d sums by day have rows; want %d", rows, 314-merged)
				}
				checkRollups(t, db)
				commitCalls(t, db, partCalls(4+i, 2)...)
			}
		})
	}
}

// Transactions that add faster than steps settle have all settled at once.
func TestLargeTransactionsSettleAll(t *testing.T) {
	db := open(t)
	db.waits = waitLimits{parts: 500, blocks: 1000, rows: 10}
	for batch := range 3 {
		commitCalls(t, db, partCalls(batch, 300)...)
	}
	wantWaiting(t, db, 300, 300)
	commitCalls(t, db, partCalls(3, 300)...)
	wantWaiting(t, db, 0, 0)
	checkRollups(t, db)
}

// A block that is damaged is found by Verify, and stops what would add it to the rows: nothing is lost of the others.
func TestDamagedBlock(t *testing.T) {
	for name, damage := range map[string]string{
		"cut":          "UPDATE day_blocks SET sums = substr(sums, 1, length(sums) - 1) WHERE id = 1",
		"a part short": "UPDATE day_blocks SET parts = parts + 1 WHERE id = 1",
		"no block":     "UPDATE day_blocks SET sums = 'text' WHERE id = 1",
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			for batch := range 3 {
				commitCalls(t, db, partCalls(batch, 5)...)
			}
			if err := db.Verify(t.Context()); err != nil {
				t.Fatalf("Verify() of blocks that are whole = %v; want nil", err)
			}
			if _, err := db.writer.ExecContext(t.Context(), damage); err != nil {
				t.Fatal(err)
			}
			if err := db.Verify(t.Context()); !errors.Is(err, ErrDamaged) {
				t.Errorf("Verify() = %v; want %v", err, ErrDamaged)
			}
			if name == "a part short" {
				return // whoever adds it does not count
			}
			if _, err := db.Report(t.Context(), ReportQuery{By: []Dimension{ByUser}}); !isCorrupt(err) {
				t.Errorf("Report() = %v; want the database to be malformed", err)
			}
			db.waits = waitLimits{parts: 15, blocks: 1000, rows: 10}
			_, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: partCalls(3, 5)})
			if !errors.Is(err, errBlock) {
				t.Errorf("Commit() that merges it = %v; want %v", err, errBlock)
			}
			wantWaiting(t, db, 15, 0)
			db.waits = waitLimits{parts: 1000, blocks: 1000, rows: 10}
			commitCalls(t, db, partCalls(3, 5)...)
			wantWaiting(t, db, 20, 0)
		})
	}
}

// Whoever asks for sums of some days makes SQLite, and the table that unpacks blocks, look at the day first.
func TestDaysAreLookedUpByDay(t *testing.T) {
	db := open(t)
	for _, query := range []string{
		"SELECT calls, sketch FROM days WHERE start >= ?1 AND start < ?2 AND scope IN (1, 2) AND ifnull(user, 0) = 3",
		"SELECT count(*) FROM days WHERE start >= ?1 AND start < ?2",
		"SELECT calls FROM " + tableWaiting.source + " WHERE start >= ?1 AND start < ?2 UNION ALL SELECT calls FROM day_rows WHERE start >= ?1 AND start < ?2",
	} {
		var plan []string
		err := each(t.Context(), db.reader, func(scan scanFunc) error {
			var id, parent, unused int
			var text string
			err := scan(&id, &parent, &unused, &text)
			plan = append(plan, text)
			return err
		}, "EXPLAIN QUERY PLAN "+query, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(plan, "\n")
		if !strings.Contains(all, "SEARCH day_rows USING PRIMARY KEY (start>? AND start<?)") || !strings.Contains(all, "VIRTUAL TABLE INDEX 3:") {
			t.Errorf("the plan of %s is\n%s\nwant both to be looked up by start", query, all)
		}
	}
}

// A call that turns out to be another user's leaves a sum that may wait still.
func TestCallLeavesASumThatWaits(t *testing.T) {
	db := open(t)
	calls := partCalls(1, 4)
	late := calls[1]
	calls[1].User, calls[2].DurationSeconds = "", claude.Opt[float64]{}
	commitCalls(t, db, calls...)
	wantWaiting(t, db, 4, 0)
	more := claude.Call{Time: calls[0].Time, RequestID: calls[0].RequestID, Usage: usage(900, 900)} // counts in the same rows
	commitCalls(t, db, more)
	wantWaiting(t, db, 5, 0)
	checkRollups(t, db)
	commitCalls(t, db, late)
	wantWaiting(t, db, 0, 0)
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
	wantWaiting(t, db, 9, 0)
	checkRollups(t, db)
	wantCounted(t, db, 9)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, path, noon)
	commitCalls(t, db, partCalls(5, 2)...)
	wantWaiting(t, db, 11, 0)
	commitCalls(t, db, late) // takes from a sum that waits since before the restart
	wantWaiting(t, db, 0, 0)
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
