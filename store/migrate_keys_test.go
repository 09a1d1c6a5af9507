package store

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

// keep is a key as schema 1 kept it.
type keep struct {
	slot, hash, call int64
}

// oldDatabase stores calls and then turns the database into one of schema 1.
func oldDatabase(t *testing.T, path string, calls []claude.Call) {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	commitCalls(t, db, calls...)
	var kept []keep
	err = each(t.Context(), db.reader, func(scan scanFunc) error {
		var d rowDest
		if err := d.scan(scan); err != nil {
			return err
		}
		r := d.row()
		c, extra, err := r.call(t.Context(), d.id, dictionary{db, db.reader})
		for _, k := range append(keysOf(nil, db.salt, &c, ""), extra...) {
			kept = append(kept, keep{slotOf(&c), k.hash, d.id - firstRow(slotOf(&c))})
		}
		return err
	}, "SELECT id, "+callColumns+" FROM calls")
	if err != nil {
		t.Fatal(err)
	}
	all, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "old.db")
	raw, err := sql.Open("sqlite3", old+"?_auto_vacuum=incremental&_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	statements := []string{all[0], "PRAGMA user_version = 1", fmt.Sprintf("ATTACH '%s' AS new", path)}
	for _, table := range []string{"meta", "names", "scopes", "calls", "minutes", "hours", "source_activity"} {
		statements = append(statements, "DELETE FROM "+table, fmt.Sprintf("INSERT INTO %s SELECT * FROM new.%s", table, table))
	}
	for _, s := range statements {
		if _, err := raw.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	for _, k := range kept {
		if _, err := raw.ExecContext(t.Context(), "INSERT INTO call_keys VALUES (?, ?, ?)", k.slot, k.hash, k.call); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []string{"DETACH new", "VACUUM"} {
		if _, err := raw.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	removeAll(t, path)
	rename(t, old, path)
}

// A database of schema 1 knows all its calls after the conversion, those without a time, and those with a key that their ids don't
// give, too.
func TestKeysOfSchema1AreConverted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	rnd := rand.New(rand.NewPCG(7, 7))
	calls := sightings(rnd, 400)
	for i := range 900 { // more than a block of one day
		calls = append(calls, claude.Call{Time: noon, RequestID: fmt.Sprint("req_day", i), MessageID: fmt.Sprint("msg_day", i)})
	}
	for i := range 40 {
		calls = append(calls, claude.Call{Undated: true, RequestID: fmt.Sprint("req_undated", i)})
	}
	oldDatabase(t, path, calls)
	db := openAt(t, path, noon)
	checkRollups(t, db)
	var tables int
	if err := db.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE name = 'call_keys'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables of the old keys, %v; want none", tables, err)
	}
	before := allCalls(t, db)
	for i, ch := range commitCalls(t, db, calls...) {
		if ch.New {
			t.Fatalf("call %d, %s %s, is new; want it known", i, calls[i].RequestID, calls[i].MessageID)
		}
	}
	if after := allCalls(t, db); len(after) != len(before) {
		t.Errorf("%d calls after all were seen again; want %d", len(after), len(before))
	}
	checkRollups(t, db)
}
