package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWaitsForAFileToCome(t *testing.T) {
	dir := t.TempDir()
	glob := filepath.Join(dir, "*.log")
	a := startAgent(t, strings.NewReader(""), "--tail", glob, "--db", filepath.Join(dir, "cw.db"))
	a.log.until(t, `level=INFO msg="waiting for files" source=\S+/\*\.log\n`)
	if err := os.WriteFile(filepath.Join(dir, "app.log"), []byte(goodCall("req_1")), 0o600); err != nil {
		t.Fatal(err)
	}
	a.metricsWith(t, fmt.Sprintf("claudewatch_calls_ingested_total{source=%q} 1", glob))
	log, _ := a.log.read()
	if n := strings.Count(log, "waiting for files"); n != 1 {
		t.Errorf("it says %d times that it waits; want 1", n)
	}
}

func TestDirectoryIsNoLog(t *testing.T) {
	dir := t.TempDir()
	a := startAgent(t, strings.NewReader(""), "--tail", dir, "--db", filepath.Join(t.TempDir(), "cw.db"))
	a.log.until(t, `level=WARN msg="can't read" source=\S+ path=\S+ error="is a directory, not a file"\n`)
	if code, answer := a.do(t, "POST", "/v1/calls", goodCall("req_1"), nil); code != 200 {
		t.Errorf("the webhook beside it: %d %s", code, answer)
	}
	log, _ := a.log.read()
	if n := strings.Count(log, "is a directory"); n != 1 {
		t.Errorf("it says %d times that it is a directory; want 1", n)
	}
}

// The end of standard input ends the reading, not the agent: the page and the alerts of what was read are still wanted.
func TestStandardInputEnds(t *testing.T) {
	last := strings.TrimSuffix(goodCall("req_2"), "\n")
	a := startAgent(t, strings.NewReader(goodCall("req_1")+"hello\n"+last), "--tail", "-", "--db", filepath.Join(t.TempDir(), "cw.db"))
	a.log.until(t, `level=INFO msg="standard input has ended and is stored; the agent goes on until it is interrupted" source=-\n`)
	if _, page := a.get(t, "/"); !strings.Contains(page, "  2 calls stored") {
		t.Errorf("page after the end of the input:\n%s\nwant 2 calls", page)
	}
	if code, answer := a.do(t, "POST", "/v1/calls", goodCall("req_3"), nil); code != 200 {
		t.Errorf("the webhook afterwards: %d %s", code, answer)
	}
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
}

// What was read of standard input can't be read again, so it must be stored when the agent is told to end.
func TestInterruptStoresWhatWasRead(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close() //nolint:errcheck // a pipe in memory
	db := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, r, "--tail", "-", "--db", db)
	const calls = 100
	for i := range calls {
		if _, err := io.WriteString(w, goodCall(fmt.Sprintf("req_%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(w, "\n"); err != nil { // it is taken only after what came before
		t.Fatal(err)
	}
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
	if n := storedCalls(t, db); n != calls {
		t.Errorf("%d calls stored; want %d", n, calls)
	}
}

func TestInterruptAndGoOn(t *testing.T) {
	const calls = 5_000
	var text strings.Builder
	for i := range calls {
		text.WriteString(strings.Replace(goodCall("x"), `"request_id":"x",`, fmt.Sprintf(`"user":"u-%d",`, i), 1))
	}
	log := write(t, "app.log", text.String())
	db := filepath.Join(t.TempDir(), "cw.db")
	for range 3 { // each is interrupted as soon as it is up
		a := startAgent(t, strings.NewReader(""), "--tail", log, "--db", db)
		if code := a.stop(); code != exitDone {
			t.Errorf("exit code = %d; want %d", code, exitDone)
		}
	}
	a := startAgent(t, strings.NewReader(""), "--tail", log, "--db", db)
	a.metricsWith(t, fmt.Sprintf("claudewatch_calls_ingested_total{source=%q} %d", log, calls))
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
	if n := storedCalls(t, db); n != calls {
		t.Errorf("%d calls stored; want %d", n, calls)
	}
}

// storedCalls asks the status command.
func storedCalls(t *testing.T, db string) int64 {
	t.Helper()
	out, errOut, code := command(t, "status", "--db", db, "-o", "json")
	var p picture
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != exitDone {
		t.Fatalf("status: exit code %d, %v: %s%s", code, err, out, errOut)
	}
	return p.Calls
}
