package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const noLimit = ^uint64(0)

// While nothing can be written nothing is taken and nothing is lost; when there is room again the agent goes on by itself.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	db, log := filepath.Join(dir, "cw.db"), filepath.Join(dir, "app.log")
	if err := os.WriteFile(log, []byte(callLine("before")), 0o600); err != nil {
		t.Fatal(err)
	}
	a := start(t, nil, "--tail", log, "--db", db)
	taken := func(want float64) func() error {
		return func() error {
			text, err := get(a.url + "/metrics")
			if err != nil {
				return err
			}
			if n, _ := metric(text, "claude_requests_total"); n != want {
				return fmt.Errorf("%v calls; want %v", n, want)
			}
			return nil
		}
	}
	eventually(t, "the first call", taken(1))
	a.limitFiles(t, 1)
	for range 3 { // a sender tries again, as it was told to
		if status, later := a.answer(t, callLine("posted")); status != http.StatusServiceUnavailable || later == "" {
			t.Fatalf("webhook on a full disk = %d, Retry-After %q; want 503 and some", status, later)
		}
	}
	if text, err := get(a.url + "/readyz"); err == nil || !strings.HasPrefix(err.Error(), "503 ") {
		t.Errorf("/readyz on a full disk = %q, %v; want 503", text, err)
	}
	if _, err := get(a.url + "/healthz"); err != nil {
		t.Errorf("/healthz on a full disk: %v; the process itself is well", err)
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		if _, err := f.WriteString(callLine(fmt.Sprintf("tailed-%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the agent to say that intake waits", func() error {
		if !strings.Contains(a.log.String(), `msg="can't store, intake waits"`) {
			return fmt.Errorf("it has not")
		}
		return nil
	})
	if err := taken(1)(); err != nil {
		t.Errorf("on a full disk: %v", err)
	}
	a.limitFiles(t, noLimit)
	eventually(t, "the agent to go on", taken(501))
	if status, _ := a.answer(t, callLine("posted")); status != http.StatusOK {
		t.Errorf("webhook with room again = %d; want 200", status)
	}
	eventually(t, "the agent to be ready", func() error { _, err := get(a.url + "/readyz"); return err })
	if code := a.stop(t); code != 0 {
		t.Errorf("exit code = %d; want 0", code)
	}
	calls, _ := stored(t, db)
	for user, n := range calls {
		if n != 1 {
			t.Errorf("call of %s is stored %d times", user, n)
		}
	}
	if len(calls) != 502 {
		t.Errorf("%d calls stored; want 502", len(calls))
	}
	if n := strings.Count(a.log.String(), "can't store"); n > 4 {
		t.Errorf("it says %d times that it can't store; want a few at most:\n%s", n, a.log)
	}
}

// A full disk must not keep the agent from ending, and what it could not store of a file is taken by the next one.
func TestInterruptOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	db, log := filepath.Join(dir, "cw.db"), filepath.Join(dir, "app.log")
	a := start(t, nil, "--tail", log, "--db", db)
	a.limitFiles(t, 1)
	if err := os.WriteFile(log, []byte(callLine("first")+callLine("second")), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the agent to say that intake waits", func() error {
		if !strings.Contains(a.log.String(), `msg="can't store, intake waits"`) {
			return fmt.Errorf("it has not")
		}
		return nil
	})
	if code := a.stop(t); code != 0 {
		t.Errorf("exit code = %d; want 0", code)
	}
	a = start(t, nil, "--tail", log, "--db", db)
	eventually(t, "both calls", func() error {
		text, err := get(a.url + "/metrics")
		if n, _ := metric(text, "claude_requests_total"); err != nil || n != 2 {
			return fmt.Errorf("%v calls, %w", n, err)
		}
		return nil
	})
}
