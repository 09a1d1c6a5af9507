package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func openAt(t testing.TB, path string, now time.Time) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return now }, BusyTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func open(t testing.TB) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
}

func commitCalls(t testing.TB, db *DB, calls ...claude.Call) []claude.Change {
	t.Helper()
	changes, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: calls})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != len(calls) {
		t.Fatalf("Commit of %d calls gave %d changes", len(calls), len(changes))
	}
	return changes
}

func allCalls(t testing.TB, db *DB) []claude.Call {
	t.Helper()
	var all []claude.Call
	err := db.Recent(t.Context(), time.Time{}.AddDate(1970, 0, 0), func(c claude.Call) error {
		all = append(all, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func usage(in, out int64) claude.Usage {
	return claude.Usage{InputTokens: claude.Some(in), OutputTokens: claude.Some(out)}
}

// full returns a call in which every field is set.
func full() claude.Call {
	c := claude.Call{
		Time: noon.Add(-10*time.Minute + 123*time.Millisecond), RequestID: "req_011CZAY8xAbCdEfGhIjKlMnO", MessageID: "msg_not/base64 url",
		Provider: "anthropic", Organization: "org-1", Workspace: "wrkspc_1", App: "checkout", User: "u-17",
		Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 429, ErrorType: "rate_limit_error", ErrorCode: "ramp_limit_exceeded",
		Cause: claude.CauseAcceleration, RegainAt: noon.AddDate(0, 1, 0), ServerTime: noon.Add(-10 * time.Minute),
		DurationSeconds: claude.Some(0.8123456789), FirstTokenSeconds: claude.Some(0.25), Stream: claude.Some(false),
		Retry: claude.Some[int64](2), RetryAfterSeconds: claude.Some(12.5), CostUSD: claude.Some(0.0319), Source: "/var/log/shop/app.log",
		Readings: []claude.Reading{
			{Limiter: "input_tokens", Limit: claude.Some[int64](2_000_000), Remaining: claude.Some[int64](1_999_000), Reset: noon.Add(-9 * time.Minute)},
			{Limiter: "output_tokens", Remaining: claude.Some[int64](0), Status: "rejected"},
			{Limiter: "unified_5h", Utilization: claude.Some(0.42), Status: "allowed", Reset: time.Unix(0, 0).UTC()},
			{Limiter: "unified_7d", Utilization: claude.Some(1.0 / 3), Reset: noon.Add(time.Hour + 7)},
		},
	}
	for i, name := range []string{
		"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "ephemeral_5m_input_tokens",
		"ephemeral_1h_input_tokens", "thinking_tokens", "web_search_requests", "web_fetch_requests",
	} {
		c.Usage.Set(name, int64(i)) // the first is a known 0
	}
	c.Usage.ServiceTier, c.Usage.Speed, c.Usage.InferenceGeo = "standard", "fast", "us"
	c.Usage.Iterations = `[{"type":"message","input_tokens":7,"output_tokens":3},{"type":"compaction","input_tokens":900,"output_tokens":50}]`
	return c
}

func TestCallComesBackAsItWas(t *testing.T) {
	db := open(t)
	bare := claude.Call{Time: noon, RequestID: "req_bare"}
	undated := claude.Call{Time: noon.Add(time.Second), Undated: true, Sidechain: true, MessageID: "msg_1", Stream: claude.Some(true)}
	want := []claude.Call{full(), bare, undated}
	commitCalls(t, db, want...)
	if diff := gocmp.Diff(want, allCalls(t, db)); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	if n, err := db.Calls(t.Context()); n != 3 || err != nil {
		t.Errorf("Calls() = %d, %v; want 3", n, err)
	}
}

func TestRecentPagesInOrder(t *testing.T) {
	db := open(t)
	const n = 2*pageSize + 3
	calls := make([]claude.Call, n)
	for i := range calls {
		calls[i] = claude.Call{Time: noon.Add(-time.Duration(i) * time.Second)} // no ids: all of them new
	}
	commitCalls(t, db, calls...)
	var got []time.Time
	since := noon.Add(-(n - 2) * time.Second)
	if err := db.Recent(t.Context(), since, func(c claude.Call) error { got = append(got, c.Time); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != n-1 || !slices.IsSortedFunc(got, time.Time.Compare) || !got[0].Equal(since) {
		t.Errorf("Recent(%s) gave %d calls from %s; want %d in order", since, len(got), got[0], n-1)
	}
	want := fmt.Errorf("enough")
	if err := db.Recent(t.Context(), since, func(claude.Call) error { return want }); err != want { //nolint:errorlint // must come back as it is
		t.Errorf("Recent error = %v; want %v", err, want)
	}
}

func TestManyCallsInOneMillisecond(t *testing.T) {
	db := open(t)
	for range 3 {
		calls := make([]claude.Call, 2000)
		for i := range calls {
			calls[i] = claude.Call{Time: noon}
		}
		commitCalls(t, db, calls...)
	}
	if n := len(allCalls(t, db)); n != 6000 {
		t.Errorf("%d calls kept; want 6000", n)
	}
}

// dump is what must not depend on the order in which sightings came.
type dump struct {
	Calls                []claude.Call
	Minutes, Hours, Days map[string]rolled
	Tokens               claude.Tokens
}

func dumpOf(t testing.TB, db *DB) dump {
	t.Helper()
	d := dump{Calls: allCalls(t, db), Minutes: rollupRows(t, db, "minutes"), Hours: rollupRows(t, db, "hours"), Days: rollupRows(t, db, "days")}
	slices.SortFunc(d.Calls, func(a, b claude.Call) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.RequestID, b.RequestID), cmp.Compare(a.MessageID, b.MessageID))
	})
	for i := range d.Calls {
		slices.SortFunc(d.Calls[i].Readings, func(a, b claude.Reading) int { return cmp.Compare(a.Limiter, b.Limiter) })
	}
	tallies, err := db.Tallies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sum claude.Tally
	for _, x := range tallies {
		sum.Add(x)
	}
	d.Tokens = sum.Tokens
	return d
}

// rolled is what a row of sums holds.
type rolled struct {
	Sums   sums
	Sketch string // in one part
}

// canonical returns a stored sketch in one part.
func canonical(stored []byte) (string, error) {
	var s sketch
	err := s.addStored(stored)
	return string(s.encode(nil)), err
}

func rollupRows(t testing.TB, db *DB, table string) map[string]rolled {
	t.Helper()
	columns, join := map[string][2]string{
		"minutes": {"NULL", "r.user"}, "hours": {"sketch", "0"}, "days": {"sketch", "r.user"},
	}[table], ""
	join = " r JOIN scopes s ON s.id = r.scope LEFT JOIN names n ON n.id = " + columns[1]
	rows := map[string]rolled{}
	err := each(t.Context(), db.reader, func(scan scanFunc) error {
		var start, status int64
		var s scope
		var user, cause string
		var v rolled
		var sketch []byte
		dest := []any{&start, &s.provider, &s.organization, &s.workspace, &s.app, &s.model, &s.pool, &user, &status, &cause}
		for i := range v.Sums {
			dest = append(dest, &v.Sums[i])
		}
		err := scan(append(dest, &sketch)...)
		if err == nil {
			v.Sketch, err = canonical(sketch)
		}
		name := rollupName(start, s, user, status, cause)
		if have, ok := rows[name]; ok && table == "days" { // in parts
			for i, n := range have.Sums {
				v.Sums[i] += n
			}
			v.Sketch, err = canonical([]byte(have.Sketch + v.Sketch))
		}
		rows[name] = v
		return err
	}, `SELECT start, provider, organization, workspace, app, model, pool, ifnull(n.text, ''), status, cause, `+sumColumns+", "+columns[0]+
		" FROM "+table+join)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func rollupName(start int64, s scope, user string, status int64, cause string) string {
	return fmt.Sprint(start, s, user, status, cause)
}

// recount makes the rollups anew from the calls.
func recount(calls []claude.Call) map[string]map[string]rolled {
	all := map[string]map[string]rolled{"minutes": {}, "hours": {}, "days": {}}
	sketches := map[string]*sketch{}
	add := func(table string, start int64, c *claude.Call, user string, withSketch bool) {
		name := rollupName(start, scopeOf(c), user, int64(c.Status), string(c.Cause))
		have := all[table][name]
		for i, n := range sumsOf(c) {
			have.Sums[i] += n
		}
		if d, ok := c.DurationSeconds.Get(); ok && withSketch {
			if sketches[table+name] == nil {
				sketches[table+name] = &sketch{}
			}
			sketches[table+name].add(d)
			have.Sketch = string(sketches[table+name].encode(nil))
		}
		all[table][name] = have
	}
	for i := range calls {
		c := &calls[i]
		add("minutes", c.Time.Unix()/60, c, "", false)
		add("hours", c.Time.Unix()/3600, c, "", true)
		add("days", c.Time.Unix()/86400, c, c.User, true)
	}
	return all
}

func checkRollups(t testing.TB, db *DB) {
	t.Helper()
	for table, want := range recount(allCalls(t, db)) {
		if got := rollupRows(t, db, table); !maps.Equal(got, want) {
			t.Errorf("%s differ from a recount (-want +got):\n%s", table, gocmp.Diff(want, got))
		}
	}
	var ok string
	if err := db.reader.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check = %q, %v; want ok", ok, err)
	}
	checkKeys(t, db)
	var n int64
	total, err := db.Calls(context.Background())
	if err := db.reader.QueryRowContext(context.Background(), "SELECT count(*) FROM calls").Scan(&n); err != nil || n != total {
		t.Errorf("count(*) = %d, %v; want %d as Calls says", n, err, total)
	}
	if err != nil {
		t.Error(err)
	}
}

// checkKeys checks that the stored keys are those of the stored calls, each once.
func checkKeys(t testing.TB, db *DB) {
	t.Helper()
	want := map[storedKey]int{}
	err := each(t.Context(), db.reader, func(scan scanFunc) error {
		var d rowDest
		if err := d.scan(scan); err != nil {
			return err
		}
		r := d.row()
		c, extra, err := r.call(t.Context(), d.id, dictionary{db, db.reader})
		for _, k := range append(db.keys.keysOf(nil, &c, ""), extra...) {
			want[storedKey{slotOf(&c), short(k.hash), d.id &^ (1<<idBits - 1)}]++
		}
		return err
	}, "SELECT id, "+callColumns+" FROM calls")
	if err != nil {
		t.Fatal(err)
	}
	if got := storedKeys(t, db); !maps.Equal(got, want) {
		t.Errorf("%d keys are stored; want %d, or others", len(got), len(want))
	}
}

// storedKey is a key on disk: its partition, what is kept of its hash, and its call.
type storedKey struct {
	slot int64
	hash uint64
	call int64 // the first that it can be
}

// storedKeys returns how often each key was given and not taken, and checks that runs are as they should be.
func storedKeys(t testing.TB, db *DB) map[storedKey]int {
	t.Helper()
	runs, err := readRuns(t.Context(), db.reader)
	if err != nil {
		t.Fatal(err)
	}
	all, blocks := map[storedKey]int{}, int64(0)
	for slot, of := range runs {
		for _, r := range of {
			n, form := int64(0), formOf(r.form, slot)
			err := each(t.Context(), db.reader, func(scan scanFunc) error {
				var id int64
				var block []byte
				err := scan(&id, &block)
				entries := form.entries(nil, block)
				for i, e := range entries {
					whole := e.hash << (64 - hashBits)
					if !form.old && (r.block(whole) != id || len(r.node.within([]uint64{whole})) == 0 || i > 0 && compareEntries(entries[i-1], e) > 0) {
						t.Errorf("run %d of partition %d: entry %d of block %d is out of its place", r.id, slot, i, id)
					}
					all[storedKey{slot, e.hash, e.row(slot)}] += 1 - 2*int(e.call&1)
					n++
				}
				blocks++
				return err
			}, "SELECT id, keys FROM key_blocks WHERE id >= ? AND id < ? ORDER BY id", r.id<<partShift, (r.id+1)<<partShift)
			if err != nil || n != r.keys {
				t.Errorf("run %d of partition %d has %d keys, %v; want %d", r.id, slot, n, err, r.keys)
			}
		}
	}
	var total int64
	if err := db.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM key_blocks").Scan(&total); err != nil || total != blocks {
		t.Errorf("%d blocks, %v; want the %d of runs", total, err, blocks)
	}
	maps.DeleteFunc(all, func(_ storedKey, n int) bool { return n == 0 })
	return all
}
