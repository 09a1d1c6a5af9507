package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// oldSchemas is how many versions of the schema there were before the present one.
const oldSchemas = 6

// oldColumns are the columns of tables that have more since version 4.
var oldColumns = map[string]string{
	"tallies": `provider, workspace, app, model, status, error_type, cause, limiter, calls, rate_limited, overloaded, errors, retries, input, output,
		cache_read, write_5m, write_1h, retry_delay, cost`,
}

// olden makes a database of an earlier version with what is in a present one.
func olden(t *testing.T, db *DB, version int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.db")
	all, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", path+"?_auto_vacuum=incremental&_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1) // ATTACH is of a connection
	run := func(statement string, args ...any) {
		t.Helper()
		if _, err := raw.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, text := range all[:version] {
		run(text)
	}
	run(fmt.Sprintf("PRAGMA user_version = %d", version))
	run(fmt.Sprintf("ATTACH '%s' AS new", db.path))
	tables := []string{"meta", "names", "scopes", "calls", "minutes", "tallies", "latest_readings", "positions", "line_counts", "source_activity"}
	if version > 3 {
		tables = append(tables, "hours")
	}
	if version == 4 || version == 5 {
		tables = append(tables, "days")
	}
	for _, table := range tables {
		columns := "*"
		if of := oldColumns[table]; of != "" && version < 4 {
			columns = of
		}
		run("DELETE FROM " + table)
		run(fmt.Sprintf("INSERT INTO %s SELECT %s FROM new.%s", table, columns, table))
	}
	run("DETACH new")
	if version == 6 {
		oldDays(t, db, run)
	}
	if version <= 3 {
		oldHours(t, db, run)
	}
	oldKeys(t, db, run, version)
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// eachRow calls a function for each stored call.
func eachRow(t *testing.T, db *DB, fn func(id int64, r row, c claude.Call, extra []key)) {
	t.Helper()
	err := each(t.Context(), db.reader, func(scan scanFunc) error {
		var d rowDest
		if err := d.scan(scan); err != nil {
			return err
		}
		r := d.row()
		c, extra, err := r.call(t.Context(), d.id, dictionary{db, db.reader})
		fn(d.id, r, c, extra)
		return err
	}, "SELECT id, "+callColumns+" FROM calls")
	if err != nil {
		t.Fatal(err)
	}
}

// oldHours writes sums by hour and user, as they were kept until version 3.
func oldHours(t *testing.T, db *DB, run func(string, ...any)) {
	t.Helper()
	hours := map[rollupKey]sums{}
	causes := map[int64]string{}
	eachRow(t, db, func(_ int64, r row, c claude.Call, _ []key) {
		g := r.group()
		k := rollupKey{c.Time.Unix() / 3600, g.scope, g.user, int64(c.Status), g.cause}
		have := hours[k]
		for i, n := range sumsOf(&c) {
			have[i] += n
		}
		hours[k], causes[g.cause] = have, string(c.Cause)
	})
	for k, s := range hours {
		values := []any{k.start, k.scope, k.user, k.status, causes[k.cause]}
		for _, n := range s {
			values = append(values, n)
		}
		run("INSERT INTO hours VALUES (?"+strings.Repeat(", ?", 4+len(s))+")", values...)
	}
}

// oldDays writes sums by day as version 6 kept them: what some calls add waits in parts, what the others came to has its row.
func oldDays(t *testing.T, db *DB, run func(string, ...any)) {
	t.Helper()
	var all rollup
	all.reset()
	causes, n := map[int64]string{}, 0
	write := func(table string, row *sumRow, sketch []byte) {
		values := []any{row.start, row.scope, row.user, row.status, causes[row.cause]}
		for _, n := range row.sums {
			values = append(values, n)
		}
		run("INSERT INTO "+table+" VALUES (?"+strings.Repeat(", ?", 5+len(sums{}))+")", append(values, sketch)...)
	}
	eachRow(t, db, func(_ int64, r row, c claude.Call, _ []key) {
		g, s := r.group(), sumsOf(&c)
		k := rollupKey{c.Time.Unix() / 86400, g.scope, g.user, int64(c.Status), g.cause}
		causes[g.cause] = string(c.Cause)
		d, timed := c.DurationSeconds.Get()
		if n++; n%3 != 0 {
			if all.add(k, &s); timed {
				all.sample(binOf(d), 1)
			}
			return
		}
		var sketch []byte
		if timed {
			sketch = appendBins(nil, []int{binOf(d)})
		}
		write("day_parts", &sumRow{rollupKey: k, sums: s}, sketch)
	})
	for _, row := range all.changed() {
		var s sketch
		s.gain(&all, row)
		write("day_rows", row, s.encode(nil))
	}
}

// oldKeys writes keys as versions until 4 kept them: one row for each, and since version 2 in runs whose entries were longer.
func oldKeys(t *testing.T, db *DB, run func(string, ...any), version int) {
	t.Helper()
	runs := map[int64][]keyEntry{}
	eachRow(t, db, func(id int64, _ row, c claude.Call, extra []key) {
		slot := slotOf(&c)
		for _, k := range append(db.keys.keysOf(nil, &c, ""), extra...) {
			if version == 1 {
				run("INSERT INTO call_keys VALUES (?, ?, ?)", slot, k.hash, id-firstRow(slot))
			}
			runs[slot] = append(runs[slot], keyEntry{uint64(k.hash) >> (64 - oldHashBits), uint64(id-firstRow(slot)) << 1})
		}
	})
	if version == 1 {
		return
	}
	for slot, entries := range runs {
		slices.SortFunc(entries, compareEntries)
		id, parts := slot+2, uint64(len(entries)+329)/330
		run("INSERT INTO key_runs (id, slot, keys, parts) VALUES (?, ?, ?, ?)", id, slot, len(entries), parts)
		for n := range parts {
			block := []byte{}
			for _, e := range entries {
				if part(e.hash, parts, oldHashBits) == n {
					block = appendOld(block, e, slot)
				}
			}
			run("INSERT INTO key_blocks VALUES (?, ?)", uint64(id)<<partShift|n, block)
		}
	}
}

// appendOld appends an entry as it was written until version 4.
func appendOld(b []byte, e keyEntry, slot int64) []byte {
	f := formOf(oldForm, slot)
	for i := range f.hash {
		b = append(b, byte(e.hash>>(8*(f.hash-1-i))))
	}
	for i := range f.call {
		b = append(b, byte(e.call>>(8*(f.call-1-i))))
	}
	return b
}

// withoutSketches are rows of sums without what old databases don't know.
func withoutSketches(rows map[string]rolled) map[string]sums {
	all := map[string]sums{}
	for k, r := range rows {
		all[k] = r.Sums
	}
	return all
}

// What every earlier version stored is there and works: calls, sums, counters and keys.
func TestMigrations(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	calls := sightings(rnd, 400)
	for i := range 900 { // more than a block of keys of one day
		calls = append(calls, claude.Call{
			Time: noon, RequestID: fmt.Sprint("req_day", i), MessageID: fmt.Sprint("msg_day", i), DurationSeconds: claude.Some(float64(i%40) / 2),
			Status: []int{200, 429, 529}[i%3], Cause: []claude.Cause{"", claude.CauseBare, claude.CauseOverloaded}[i%3], User: fmt.Sprint("u", i%11),
		})
	}
	for i := range 40 {
		calls = append(calls, claude.Call{Undated: true, RequestID: fmt.Sprint("req_undated", i)})
	}
	now := open(t)
	commitCalls(t, now, calls...)
	want := dumpOf(t, now)
	for version := 1; version <= oldSchemas; version++ {
		t.Run(fmt.Sprint("from version ", version), func(t *testing.T) { checkMigrated(t, olden(t, now, version), version, want, calls) })
	}
}

func checkMigrated(t *testing.T, path string, version int, want dump, calls []claude.Call) {
	t.Helper()
	db := openAt(t, path, noon)
	got := dumpOf(t, db)
	if diff := gocmp.Diff(want.Calls, got.Calls); diff != "" {
		t.Fatalf("calls differ (-want +got):\n%s", diff)
	}
	for table, rows := range recount(got.Calls) {
		if have := rollupRows(t, db, table); version > 3 && !maps.Equal(have, rows) {
			t.Errorf("%s differ from a recount, or their sketches (-want +got):\n%s", table, gocmp.Diff(rows, have))
		}
		if have := withoutSketches(rollupRows(t, db, table)); !maps.Equal(have, withoutSketches(rows)) {
			t.Errorf("%s differ from a recount (-want +got):\n%s", table, gocmp.Diff(withoutSketches(rows), have))
		}
	}
	if got.Tokens != want.Tokens {
		t.Errorf("counters stand at %+v; want %+v", got.Tokens, want.Tokens)
	}
	checkKeys(t, db)
	if fresh, merged, rows := daySums(t, db); version > 3 && (fresh+merged != 0 || rows != len(recount(got.Calls)["days"])) {
		t.Errorf("%d and, merged, %d sums by day wait, and %d have rows; want a row for each", fresh, merged, rows)
	}
	if version < 4 {
		checkNothingOld(t, db)
	}
	for i, ch := range commitCalls(t, db, calls...) {
		if ch.New {
			t.Fatalf("call %d, %s %s, is new; want it known", i, calls[i].RequestID, calls[i].MessageID)
		}
	}
	late := claude.Call{Time: noon, RequestID: "req_late", User: "u1", Status: 200, DurationSeconds: claude.Some(3.0)}
	if ch := commitCalls(t, db, late)[0]; !ch.New {
		t.Error("a new call is known")
	}
	if diff := gocmp.Diff(len(want.Calls)+1, len(allCalls(t, db))); diff != "" {
		t.Errorf("calls after all were seen again and one came (-want +got):\n%s", diff)
	}
	if version < 4 {
		checkSketchesGoOn(t, db)
	}
}

// checkNothingOld checks that what was kept another way before version 4 is gone, and that calls from then have no sketches.
func checkNothingOld(t *testing.T, db *DB) {
	t.Helper()
	var old int
	const query = "SELECT (SELECT count(*) FROM sqlite_schema WHERE name IN ('call_keys', 'hours_of_all', 'day_parts')) + (SELECT count(*) FROM days WHERE sketch IS NOT NULL)"
	if err := db.reader.QueryRowContext(t.Context(), query).Scan(&old); err != nil || old != 0 {
		t.Errorf("%d old tables, or sketches of calls that had none, %v; want none", old, err)
	}
}

// checkSketchesGoOn checks that a sum from before there were sketches has that of the calls since.
func checkSketchesGoOn(t *testing.T, db *DB) {
	t.Helper()
	var calls int64
	var text []byte
	err := db.reader.QueryRowContext(context.Background(), "SELECT calls, sketch FROM hours WHERE sketch IS NOT NULL").Scan(&calls, &text)
	var s sketch
	if err == nil {
		err = s.addStored(text)
	}
	if got := s.quantile(0.5).Or(0); err != nil || calls < 2 || got < 2.94 || got > 3.06 {
		t.Errorf("%d calls with a median of %g s, %v; want some, and 3 s of the one since", calls, got, err)
	}
}
