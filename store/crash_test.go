package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// crashEnv tells the test binary to be the process that gets killed, on the database that it names.
const crashEnv = "CLAUDEWATCH_TEST_CRASH_DB"

// crashCall is the call at an offset; every fourth is a second sighting of the one before it.
func crashCall(offset int64) claude.Call {
	n := offset - (offset%4)/3
	return claude.Call{
		Time: noon.Add(time.Duration(n) * 50 * time.Millisecond), RequestID: fmt.Sprint("req_", n), User: fmt.Sprint("u", n%7),
		Model: fmt.Sprint("claude-", n%3), Usage: usage(n, offset), DurationSeconds: claude.Some(0.5),
	}
}

// crashCalls is how many calls there are before an offset.
func crashCalls(offset int64) int64 { return offset - offset/4 }

// TestCrashChild is the process that gets killed: it goes on from the stored position for ever.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(crashEnv)
	if path == "" {
		return // only means something in the process that TestKill starts
	}
	db := openAt(t, path, noon)
	positions, err := db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := collector.Position{ID: "file"}
	if len(positions) > 0 {
		p = positions[0]
	}
	for rnd := rand.New(rand.NewPCG(uint64(p.Offset), 0)); ; {
		b := collector.Batch{Source: "crash"}
		for range 1 + rnd.IntN(400) {
			b.Calls = append(b.Calls, crashCall(p.Offset))
			p.Offset++
		}
		b.Positions = []collector.Position{p}
		b.Counts = []collector.Count{{Source: "crash", Kind: collector.CountLines, N: int64(len(b.Calls))}}
		if _, err := db.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		fmt.Println("committed")
	}
}

func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	last := int64(0)
	for round := range 20 {
		killOnce(t, path, round)
		db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		last = checkCrashed(t, db, last)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db := openAt(t, path, noon)
	checkRollups(t, db)
	for i, c := range allCalls(t, db) {
		n := int64(i) * 4 / 3
		if c.RequestID != fmt.Sprint("req_", n) {
			t.Fatalf("call %d has the id %s; want req_%d", i, c.RequestID, n)
		}
	}
}

// killOnce lets a process commit a few batches and kills it at a random moment of the next.
func killOnce(t *testing.T, path string, round int) {
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
	for i := 0; i <= round%4 && lines.Scan(); i++ {
		if lines.Text() != "committed" {
			t.Errorf("child says %q", lines.Text())
		}
	}
	<-time.After(time.Duration(rand.IntN(8000)) * time.Microsecond) // the random moment
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("child ended with %v; want to be killed", err)
	}
}

// checkCrashed checks that calls, counts and position agree, and returns the position.
func checkCrashed(t *testing.T, db *DB, last int64) int64 {
	t.Helper()
	positions, err := db.Positions(t.Context())
	if err != nil || len(positions) != 1 || positions[0].Offset <= last {
		t.Fatalf("Positions() = %+v, %v; want one beyond %d", positions, err, last)
	}
	offset := positions[0].Offset
	if n, err := db.Calls(t.Context()); err != nil || n != crashCalls(offset) {
		t.Errorf("Calls() = %d, %v; want %d at offset %d", n, err, crashCalls(offset), offset)
	}
	var ok string
	if err := db.reader.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check = %q, %v; want ok", ok, err)
	}
	counts, err := db.Counts(t.Context())
	if err != nil || len(counts) != 1 || counts[0].N != offset {
		t.Errorf("Counts() = %+v, %v; want %d lines", counts, err, offset)
	}
	var calls, rows int64
	err = db.reader.QueryRowContext(t.Context(), "SELECT (SELECT sum(calls) FROM minutes), (SELECT count(*) FROM calls)").Scan(&calls, &rows)
	if err != nil || calls != rows || rows != crashCalls(offset) {
		t.Errorf("%d calls in the rollup, %d rows, %v; want %d of each", calls, rows, err, crashCalls(offset))
	}
	return offset
}
