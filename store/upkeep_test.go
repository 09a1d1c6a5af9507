package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// aged commits one call for each of the last days, some of them with a second call in the same minute.
func aged(t *testing.T, db *DB, days int) {
	t.Helper()
	var calls []claude.Call
	for i := range days {
		for k := range 1 + i%2 {
			calls = append(calls, claude.Call{
				Time: noon.AddDate(0, 0, -i).Add(time.Duration(k) * time.Second), RequestID: fmt.Sprintf("req_%d_%d", i, k),
				App: fmt.Sprint("app", i%3), Usage: usage(10, 1),
			})
		}
	}
	commitCalls(t, db, calls...)
}

// total is what a table's calls add up to.
func total(t *testing.T, db *DB, table string) (n int64) {
	t.Helper()
	if err := db.reader.QueryRowContext(t.Context(), "SELECT coalesce(sum(calls), 0) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPrune checks that what is too old goes, that hours keep all, and that a call still within the retention is known again.
func TestPrune(t *testing.T) {
	db := open(t)
	aged(t, db, 200)
	all := total(t, db, "hours")
	p, err := db.Prune(t.Context(), Retention{Calls: 30 * 24 * time.Hour, Minutes: 90 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	// Days 31 to 199 are more than 30 days old: half of them have two calls. Day 30's call is kept: it is just that old.
	left := allCalls(t, db)
	if n, _ := db.Calls(t.Context()); p.Calls != all-n || int(n) != len(left) || n != 31+15 {
		t.Errorf("Prune took %d of %d calls and left %d (%d counted); want 46", p.Calls, all, len(left), n)
	}
	if got := total(t, db, "minutes"); got != 91+45 {
		t.Errorf("minutes add up to %d calls; want 136", got)
	}
	if got := total(t, db, "hours"); got != all {
		t.Errorf("hours add up to %d calls; want all %d", got, all)
	}
	if ch := commitCalls(t, db, left[0]); ch[0].New {
		t.Error("a call within the retention is new again after pruning")
	}
	if again, err := db.Prune(t.Context(), Retention{Calls: 30 * 24 * time.Hour}); err != nil || again != (Pruned{}) {
		t.Errorf("second Prune = %+v, %v; want nothing", again, err)
	}
}

// TestPruneGivesSpaceBack checks that the file gets smaller.
func TestPruneGivesSpaceBack(t *testing.T) {
	db := open(t)
	for i := range 20 {
		var calls []claude.Call
		for k := range 500 {
			calls = append(calls, claude.Call{Time: noon.AddDate(0, 0, -60).Add(time.Duration(i*500+k) * time.Second), RequestID: fmt.Sprint("req_", i, "_", k)})
		}
		commitCalls(t, db, calls...)
	}
	pages := func() (n int64) {
		if err := db.reader.QueryRowContext(t.Context(), "SELECT page_count FROM pragma_page_count").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := pages()
	if _, err := db.Prune(t.Context(), Retention{Calls: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if after := pages(); after > before*3/4 {
		t.Errorf("%d pages before pruning 10,000 calls and %d after; want a quarter gone", before, after)
	}
	if free, err := db.freePages(t.Context()); err != nil || free > 2 {
		t.Errorf("%d free pages are kept, %v; want them given back", free, err)
	}
}

// TestPruneEndsWithItsContext checks that an end between two steps is no error and leaves a whole database.
func TestPruneEndsWithItsContext(t *testing.T) {
	db := open(t)
	aged(t, db, 50)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Prune(ctx, Retention{Calls: time.Hour}); err != nil {
		t.Errorf("Prune with an ended context = %v; want nil", err)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBackup checks that a copy is whole, is for its owner only, is made while others write, and overwrites nothing.
func TestBackup(t *testing.T) {
	db := open(t)
	aged(t, db, 100)
	dir := t.TempDir()
	to := filepath.Join(dir, "copy.db")
	wrote := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 20 && err == nil; i++ {
			_, err = db.Commit(t.Context(), collector.Batch{Source: "test", Calls: []claude.Call{{Time: noon, RequestID: fmt.Sprint("req_late_", i)}}})
		}
		wrote <- err
	}()
	if err := db.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if err := <-wrote; err != nil {
		t.Errorf("commit beside a backup: %v", err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the copy = %v, %v; want 0600", info.Mode(), err)
	}
	copied := openAt(t, to, noon)
	if n, err := copied.Calls(t.Context()); err != nil || n < 150 || int(n) != len(allCalls(t, copied)) {
		t.Errorf("the copy has %d calls, %v; want 150 and those that were committed meanwhile", n, err)
	}
	if err := copied.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Backup(t.Context(), to); !errors.Is(err, ErrExists) {
		t.Errorf("Backup over a file = %v; want ErrExists", err)
	}
	if err := db.Backup(t.Context(), filepath.Join(dir, "none", "copy.db")); err == nil {
		t.Error("Backup into a missing directory = nil; want an error")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("parts are left behind: %v", left)
	}
}

// TestVerify checks that damage is found, and that only an unclean end asks for looking.
func TestVerify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := openAt(t, path, noon)
	aged(t, db, 500)
	if err := db.Verify(t.Context()); err != nil || db.Unclean() {
		t.Fatalf("Verify = %v, unclean %t; want a sound new database", err, db.Unclean())
	}
	// The copy is what a kill leaves: a write-ahead log beside the database.
	killed := filepath.Join(t.TempDir(), "killed.db")
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(killed+end, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	after := openAt(t, killed, noon)
	if err := after.Verify(t.Context()); err != nil || !after.Unclean() {
		t.Errorf("after a kill: Verify = %v, unclean %t; want sound and unclean", err, after.Unclean())
	}

	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	damage(t, copied)
	broken, err := Open(t.Context(), Options{Path: copied, ReadOnly: true})
	if err != nil {
		return // so damaged that it is refused
	}
	defer broken.Close() //nolint:errcheck // it is broken
	if err := broken.Verify(t.Context()); err == nil {
		t.Error("Verify of a damaged database = nil; want an error")
	}
}

// damage overwrites the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := make([]byte, info.Size()/2)
	for i := range junk {
		junk[i] = 0xa5
	}
	if _, err := f.WriteAt(junk, info.Size()/4); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
