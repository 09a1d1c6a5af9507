package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// execSQL runs statements on a database file from outside of the store.
func execSQL(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// openErr opens a database that can't be opened and returns why.
func openErr(t *testing.T, opt Options) error {
	t.Helper()
	opt.BusyTimeout = 20 * time.Millisecond
	db, err := Open(t.Context(), opt)
	if err == nil {
		t.Fatalf("Open(%+v) worked; want an error", opt)
	}
	if db != nil {
		t.Errorf("Open gave both a database and the error %v", err)
	}
	if opt.Path != "" && !strings.Contains(err.Error(), opt.Path) {
		t.Errorf("error %q does not name the path", err)
	}
	return err
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := filepath.Join(t.TempDir(), "a", "b?c #d%41") // characters that mean something in a URI
	path := filepath.Join(dir, "test.db")
	db := openAt(t, path, noon)
	commitCalls(t, db, full())
	want := map[string]os.FileMode{"": 0o700, "test.db": 0o600, "test.db-wal": 0o600, "test.db-shm": 0o600, "test.db.lock": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("mode of %q = %o; want %o", name, info.Mode().Perm(), mode)
		}
	}
	if db.Bytes() < 4096 {
		t.Errorf("Bytes() = %d; want at least a page", db.Bytes())
	}
}

func TestLooseModeIsTightened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	openAt(t, path, noon)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != fileMode {
		t.Errorf("mode = %v, %v; want 0600", info.Mode(), err)
	}
}

func TestSettings(t *testing.T) {
	db := open(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "auto_vacuum": "2", "busy_timeout": "50", "wal_autocheckpoint": "4000"} {
		var got string
		if err := db.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("PRAGMA %s = %s, %v; want %s", pragma, got, err, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "other.db")
	execSQL(t, foreign, "CREATE TABLE t (a)")
	tests := []struct {
		name string
		opt  Options
		want error
	}{
		{"no path", Options{}, nil},
		{"negative window", Options{Path: text, LiveWindow: -1}, nil},
		{"directory", Options{Path: dir}, nil},
		{"directory on the way is a file", Options{Path: filepath.Join(text, "x.db")}, nil},
		{"text", Options{Path: text}, ErrForeign},
		{"another program's", Options{Path: foreign}, ErrForeign},
		{"missing, read-only", Options{Path: filepath.Join(dir, "none.db"), ReadOnly: true}, os.ErrNotExist},
		{"another program's, read-only", Options{Path: foreign, ReadOnly: true}, ErrForeign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := openErr(t, tt.opt); tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Open error = %v; want %v", err, tt.want)
			}
		})
	}
	if data, err := os.ReadFile(text); err != nil || string(data) != strings.Repeat("no database\n", 100) {
		t.Errorf("the text was changed: %v", err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := openAtOnce(t, path); err != nil {
		t.Fatal(err)
	}
	execSQL(t, path, "PRAGMA user_version = 99")
	for _, readOnly := range []bool{false, true} {
		err := openErr(t, Options{Path: path, ReadOnly: readOnly})
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), "knows 7") {
			t.Errorf("Open error = %v; want %v with both versions", err, ErrNewer)
		}
	}
	execSQL(t, path, "PRAGMA user_version = 0")
	if err := openErr(t, Options{Path: path, ReadOnly: true}); !strings.Contains(err.Error(), "older") {
		t.Errorf("Open of an older database to read = %v; want a word about its version", err)
	}
}

func openAtOnce(t *testing.T, path string) error {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		return err
	}
	return db.Close()
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // a test's end
	if err := apply(t.Context(), db, "CREATE TABLE a (b); CREATE TABLE a (b);", 1); err == nil {
		t.Fatal("a broken migration worked")
	}
	if v, err := version(t.Context(), db); v != 0 || err != nil {
		t.Errorf("version after a broken migration = %d, %v; want an empty database", v, err)
	}
}

func TestSecondAgentIsRefused(t *testing.T) {
	db := open(t)
	if err := openErr(t, Options{Path: db.path}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "other agent") {
		t.Errorf("Open of a database in use = %v; want %v and what to do", err, ErrLocked)
	}
	commitCalls(t, db, full())
	reader, err := Open(t.Context(), Options{Path: db.path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close() //nolint:errcheck // a test's end
	if n := len(allCalls(t, reader)); n != 1 {
		t.Errorf("a reader beside the agent sees %d calls; want 1", n)
	}
	if err := reader.Check(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Check of a reader = %v; want %v", err, ErrReadOnly)
	}
}

func TestBusyThenGoesOn(t *testing.T) {
	db := open(t)
	other, err := sql.Open("sqlite3", db.path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // a test's end
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Commit(t.Context(), batchOf(full()))
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), db.path) {
		t.Errorf("Commit beside another writer = %v; want %v with the path", err, ErrLocked)
	}
	if err := db.Check(t.Context()); !errors.Is(err, ErrLocked) {
		t.Errorf("Check beside another writer = %v; want %v", err, ErrLocked)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if ch := commitCalls(t, db, full())[0]; !ch.New {
		t.Errorf("commit after the other writer ended: %+v; want a new call", ch)
	}
}

func TestDiskFullKeepsNothingAndGoesOn(t *testing.T) {
	db := open(t)
	commitCalls(t, db, claude.Call{Time: noon, RequestID: "req_before", User: "before"})
	limit := func(pages string) {
		if _, err := db.writer.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("45") // the tables alone take nearly that
	calls := make([]claude.Call, 1500)
	for i := range calls {
		calls[i] = claude.Call{Time: noon, RequestID: fmt.Sprint("req_", i), User: fmt.Sprint("u", i), Model: fmt.Sprint("m", i%9)}
	}
	if _, err := db.Commit(t.Context(), batchOf(calls...)); !errors.Is(err, ErrFull) {
		t.Fatalf("Commit to a full disk = %v; want %v", err, ErrFull)
	}
	if n := len(allCalls(t, db)); n != 1 {
		t.Errorf("%d calls after a failed commit; want the 1 from before", n)
	}
	limit("100000")
	for i, ch := range commitCalls(t, db, calls...) {
		if !ch.New {
			t.Fatalf("call %d of the repeated batch is not new", i)
		}
	}
	checkRollups(t, db)
	for _, c := range allCalls(t, db)[:5] {
		if c.RequestID != "req_before" && c.User != "u"+strings.TrimPrefix(c.RequestID, "req_") {
			t.Errorf("call %s has the user %s: an id of the failed commit was kept", c.RequestID, c.User)
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCancelledCommitKeepsNothing(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := db.write(ctx, "test", func(wctx context.Context, tx *sql.Tx) error {
		c := db.newCommit(wctx, tx)
		b := []collector.Batch{batchOf(full())}
		changes, err := c.link(wctx, b)
		if err != nil {
			return err
		}
		if err := c.save(wctx, b, changes); err != nil {
			return err
		}
		cancel() // in the middle: everything is written, nothing is committed
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled commit = %v; want %v", err, context.Canceled)
	}
	if n, err := db.Calls(t.Context()); n != 0 || err != nil {
		t.Errorf("Calls() = %d, %v after a cancelled commit; want 0", n, err)
	}
	if ch := commitCalls(t, db, full())[0]; !ch.New {
		t.Errorf("the call of the cancelled commit is known")
	}
	checkRollups(t, db)
}

func TestReadOnlyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := openAtOnce(t, path); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path, noon)
	if _, err := db.writer.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Commit(t.Context(), batchOf(full())); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Commit to a read-only database = %v; want %v", err, ErrReadOnly)
	}
}
