package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

const (
	// crashEnv tells the test binary to be the process that gets killed, on the database that it names.
	crashEnv = "CLAUDEWATCH_TEST_CRASH_DB"
	// tortureEnv says how often the tests kill; make torture-store sets it.
	tortureEnv = "CLAUDEWATCH_TORTURE"
)

// kills returns how often a test kills.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(tortureEnv)
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// crashTime is when the call at an offset is made, and the present of who commits it.
func crashTime(offset int64) time.Time {
	return noon.Add(time.Duration(offset) * 50 * time.Millisecond)
}

// crashCall is the call at an offset; every fourth is a second sighting of the one before it.
func crashCall(offset int64) claude.Call {
	n := offset - (offset%4)/3
	c := claude.Call{
		Time: crashTime(n), RequestID: fmt.Sprint("req_", n), User: fmt.Sprint("u", n%7), Model: fmt.Sprint("claude-", n%3),
		Usage: usage(n, offset), DurationSeconds: claude.Some(float64(n%50+1) / 8),
	}
	if n != offset { // the second sighting tells who it was, and the sums move
		c.App = "late"
	}
	return c
}

// crashCalls is how many calls there are before an offset.
func crashCalls(offset int64) int64 { return offset - offset/4 }

// crashAll returns the calls before an offset as they must be known.
func crashAll(offset int64) []claude.Call {
	var all []claude.Call
	for n := range offset {
		if c := crashCall(n); n%4 == 3 {
			all[len(all)-1] = all[len(all)-1].Merge(c)
		} else {
			all = append(all, c)
		}
	}
	return all
}

// What the process that gets killed keeps.
var crashRetention = Retention{Calls: 2 * time.Minute, Minutes: 5 * time.Minute}

// crashChild is the process that gets killed: it commits for ever, from the stored position on, prunes and makes backups. It says what
// it does on standard output.
type crashChild struct {
	db     *DB
	offset atomic.Int64
}

// TestCrashChild only means something in the processes that other tests start.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(crashEnv)
	if path == "" {
		return
	}
	c := &crashChild{}
	fmt.Println("+open")
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return crashTime(c.offset.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("-open")
	c.db = db
	db.waits = waitLimits{parts: 100, blocks: 1000, rows: 8} // so that all that is done with sums by day is done often
	positions, err := db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := collector.Position{ID: "file"}
	if len(positions) > 0 {
		p = positions[0]
	}
	c.offset.Store(p.Offset)
	go c.repeat("prune", func(int) error {
		_, err := db.Prune(context.Background(), crashRetention)
		return err
	})
	go c.repeat("backup", func(n int) error {
		err := db.Backup(context.Background(), fmt.Sprintf("%s.backup-%d", path, n))
		if errors.Is(err, ErrExists) {
			return nil
		}
		return err
	})
	c.commit(p)
}

func (c *crashChild) repeat(what string, do func(n int) error) {
	for n := 0; ; n++ {
		fmt.Println("+" + what)
		if err := do(n); err != nil {
			fmt.Println(what+":", err)
			os.Exit(3)
		}
		fmt.Println("-" + what)
	}
}

func (c *crashChild) commit(p collector.Position) {
	for rnd := rand.New(rand.NewPCG(uint64(p.Offset), 0)); ; {
		b := collector.Batch{Source: "crash"}
		for range 1 + rnd.IntN(400) {
			b.Calls = append(b.Calls, crashCall(p.Offset))
			p.Offset++
		}
		b.Positions = []collector.Position{p}
		b.Counts = []collector.Count{{Source: "crash", Kind: collector.CountLines, N: int64(len(b.Calls))}}
		fmt.Println("+commit")
		if _, err := c.db.Commit(context.Background(), b); err != nil {
			fmt.Println("commit:", err)
			os.Exit(3)
		}
		c.offset.Store(p.Offset)
		fmt.Println("-commit")
	}
}

// underWay counts what processes were doing when they were killed.
type underWay map[string]int

// killOnce lets a process say some lines and kills it at a random moment within a while after that.
func (u underWay) killOnce(t *testing.T, path, after string, times int, within time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	doing := map[string]bool{}
	note := func() {
		switch text := lines.Text(); {
		case strings.HasPrefix(text, "+"):
			doing[text[1:]] = true
		case strings.HasPrefix(text, "-"):
			delete(doing, text[1:])
		default:
			t.Errorf("child says %q", text)
		}
	}
	for times > 0 && lines.Scan() {
		if note(); lines.Text() == after {
			times--
		}
	}
	timer := time.AfterFunc(rand.N(within), func() { _ = cmd.Process.Kill() }) // the random moment
	defer timer.Stop()
	for lines.Scan() {
		note()
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("child ended with %v; want to be killed", err)
	}
	for what := range doing {
		u[what]++
	}
}

// A process that commits, prunes and makes backups is killed again and again: nothing is lost and nothing doubled, and the backups
// that it made are whole.
func TestKill(t *testing.T) {
	var path string
	last, calls, backups, merged, doing := int64(0), int64(0), 0, 0, underWay{}
	rounds := kills(t)
	for round := range rounds {
		if round%20 == 0 { // checking takes longer the more there is
			calls += crashCalls(last)
			path, last = filepath.Join(t.TempDir(), "test.db"), 0
		}
		doing.killOnce(t, path, "-commit", 1+round%4, 20*time.Millisecond)
		for _, name := range backupsOf(t, path) {
			db := openCrashed(t, name, 0)
			checkCrashed(t, db)
			closeAll(t, db)
			backups++
		}
		db := openCrashed(t, path, last)
		if offset := checkCrashed(t, db); offset <= last {
			t.Errorf("offset %d after %d; want it to grow", offset, last)
		} else {
			last = offset
		}
		if _, m, _ := daySums(t, db); m > 0 {
			merged++
		}
		checkKnown(t, db, last)
		closeAll(t, db)
	}
	t.Logf("killed %d times, during %v, %d times with merged sums half added; %d calls went in, %d backups were made, all whole", rounds, doing, merged,
		calls+crashCalls(last), backups)
}

// backupsOf returns the whole backups beside a database, and takes away what is left of others.
func backupsOf(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + ".backup-*")
	if err != nil {
		t.Fatal(err)
	}
	moved := make([]string, 0, len(names))
	for _, name := range names {
		to := filepath.Join(t.TempDir(), filepath.Base(name))
		if err := os.Rename(name, to); err != nil {
			t.Fatal(err)
		}
		moved = append(moved, to)
	}
	parts, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range parts {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	return moved
}

// openCrashed opens a database at the time of an offset.
func openCrashed(t *testing.T, path string, offset int64) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return crashTime(offset) }})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func closeAll(t *testing.T, all ...io.Closer) {
	t.Helper()
	for _, c := range all {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkCrashed checks that a database is what a number of calls come to, and returns the position.
func checkCrashed(t *testing.T, db *DB) int64 {
	t.Helper()
	positions, err := db.Positions(t.Context())
	if err != nil || len(positions) > 1 {
		t.Fatalf("Positions() = %+v, %v; want one", positions, err)
	}
	if len(positions) == 0 { // a backup from before the first commit
		return 0
	}
	offset := positions[0].Offset
	var ok string
	if err := db.reader.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check = %q, %v; want ok", ok, err)
	}
	counts, err := db.Counts(t.Context())
	if err != nil || len(counts) != 1 || counts[0].N != offset {
		t.Errorf("Counts() = %+v, %v; want %d lines", counts, err, offset)
	}
	all := crashAll(offset)
	checkCrashedCalls(t, db, all)
	want := recount(all)
	for _, table := range []string{"hours", "days"} {
		if got := rollupRows(t, db, table); !maps.Equal(got, want[table]) {
			t.Fatalf("%s differ from a recount at %d (-want +got):\n%s", table, offset, gocmp.Diff(want[table], got))
		}
	}
	minutes := rollupRows(t, db, "minutes") // those that are left
	for name, got := range minutes {
		if got != want["minutes"][name] {
			t.Errorf("minute %s = %+v; want %+v", name, got, want["minutes"][name])
		}
	}
	if !hasMinutesSince(minutes, want["minutes"], all) {
		t.Errorf("minutes of the retention are missing at %d", offset)
	}
	return offset
}

// checkCrashedCalls checks that the calls are the last ones of all, and at least those of the retention.
func checkCrashedCalls(t *testing.T, db *DB, all []claude.Call) {
	t.Helper()
	got := allCalls(t, db)
	n, err := db.Calls(t.Context())
	if err != nil || int(n) != len(got) || len(got) == 0 || len(got) > len(all) {
		t.Fatalf("Calls() = %d, %v, and %d calls are there; want some of %d", n, err, len(got), len(all))
	}
	if diff := gocmp.Diff(all[len(all)-len(got):], got); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
	kept := all[len(all)-1].Time.Add(-crashRetention.Calls)
	if first := got[0].Time; len(got) < len(all) && first.After(kept.Add(time.Minute)) {
		t.Errorf("the first call is of %s; want all since %s", first, kept)
	}
}

// hasMinutesSince reports whether no minute of the retention is missing.
func hasMinutesSince(got, all map[string]rolled, calls []claude.Call) bool {
	since := calls[len(calls)-1].Time.Add(-crashRetention.Minutes + time.Minute)
	for i := range calls {
		if c := &calls[i]; !c.Time.Before(since) {
			name := rollupName(c.Time.Unix()/60, scopeOf(c), "", int64(c.Status), string(c.Cause))
			if got[name] != all[name] {
				return false
			}
		}
	}
	return true
}

// checkKnown checks that the last calls are known when they are delivered again, and leaves all as it was.
func checkKnown(t *testing.T, db *DB, offset int64) {
	t.Helper()
	var calls []claude.Call
	for n := max(0, offset-500); n < offset; n++ {
		calls = append(calls, crashCall(n))
	}
	for i, ch := range commitCalls(t, db, calls...) {
		if ch.New {
			t.Errorf("call %s is new when it is delivered again", calls[i].RequestID)
		}
	}
}
