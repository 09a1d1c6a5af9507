package store

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// openRaw opens a database with a few pages of cache, so that transactions write to the log before they end and write pages again.
func openRaw(t *testing.T, path, params string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(&connector{"file:" + path + "?_journal_mode=WAL&" + params, sqlite3.SQLiteDriver{}})
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() }) // some are closed already
	return db
}

// sumOf returns what the table adds up to, after a check of the whole file.
func sumOf(t *testing.T, db *sql.DB) (sum int64) {
	t.Helper()
	var ok string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Fatalf("integrity_check = %q, %v; want ok", ok, err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT ifnull(sum(n), 0) FROM t").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// crashed opens a copy of the files as they are now, as a process would that comes after a kill.
func crashed(t *testing.T, path string) *sql.DB {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+end, data, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	return openRaw(t, copied, "")
}

// What is committed is in the log at once, for other connections and after a kill, and nothing else is, however the log is written: by
// transactions that are larger than the cache and write pages again, that are rolled back, and after checkpoints.
func TestGatheredLog(t *testing.T) {
	for _, synchronous := range []string{"FULL", "NORMAL", "OFF"} {
		t.Run(synchronous, func(t *testing.T) {
			if err := registerWAL(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "test.db")
			w := openRaw(t, path, "_cache_size=12&_txlock=immediate&vfs="+gatheringVFS+"&_synchronous="+synchronous)
			if _, err := w.ExecContext(t.Context(), "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, text TEXT); PRAGMA wal_autocheckpoint = 300"); err != nil {
				t.Fatal(err)
			}
			r := openRaw(t, path, "_query_only=true")
			rnd := rand.New(rand.NewPCG(5, 5))
			var want int64
			for i := range 60 {
				commit := rnd.IntN(4) > 0
				sum := writeRows(t, w, rnd, commit)
				if commit {
					want = sum
				}
				if got := sumOf(t, r); got != want {
					t.Fatalf("sum after transaction %d, committed: %t, for another connection = %d; want %d", i, commit, got, want)
				}
				if i%6 == 0 {
					if got := sumOf(t, crashed(t, path)); got != want {
						t.Fatalf("sum after transaction %d, committed: %t, and a kill = %d; want %d", i, commit, got, want)
					}
				}
			}
		})
	}
}

// writeRows changes rows in one transaction, over and over, and returns what the table adds up to in it.
func writeRows(t *testing.T, w *sql.DB, rnd *rand.Rand, commit bool) (sum int64) {
	t.Helper()
	tx, err := w.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 1 + rnd.IntN(400) {
		text := fmt.Sprintf("%0*d", 100+rnd.IntN(900), 0)
		if _, err := tx.ExecContext(t.Context(), "INSERT OR REPLACE INTO t VALUES (?, ?, ?)", rnd.IntN(300), rnd.IntN(1000), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.QueryRowContext(t.Context(), "SELECT sum(n) FROM t").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	end := tx.Rollback
	if commit {
		end = tx.Commit
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	return sum
}
