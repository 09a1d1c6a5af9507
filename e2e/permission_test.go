package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// own gives a file to the user that the agent runs as.
func own(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if os.Geteuid() == 0 {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadableFileIsTakenOnceItCanBeRead(t *testing.T) {
	dir := openDir(t)
	own(t, dir, 0o755)
	secret, other := filepath.Join(dir, "secret.log"), filepath.Join(dir, "other.log")
	for _, path := range []string{secret, other} {
		if err := os.WriteFile(path, []byte(callLine(filepath.Base(path))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own(t, secret, 0)
	own(t, other, 0o600)
	a := launchAsNobody(t, "serve", "--listen", "127.0.0.1:0", "--tail", filepath.Join(dir, "*.log"), "--db", filepath.Join(dir, "cw.db"))
	taken := func(want float64) func() error {
		return func() error {
			if a.url = listening.FindString(a.log.String()); a.url == "" {
				return errors.New("no address in its output")
			}
			text, err := get(a.url + "/metrics")
			if n, _ := metric(text, "claude_requests_total"); err != nil || n != want {
				return fmt.Errorf("%v calls; want %v: %w", n, want, err)
			}
			return nil
		}
	}
	eventually(t, "the readable file", taken(1))
	const problem = `secret.log error="open `
	eventually(t, "the agent to say what it can't read", func() error {
		if log := a.log.String(); !strings.Contains(log, problem) || !strings.Contains(log, `secret.log: permission denied"`) {
			return errors.New("it has not")
		}
		return nil
	})
	own(t, secret, 0o600)
	eventually(t, "the other file", taken(2))
	if n := strings.Count(a.log.String(), problem); n != 1 {
		t.Errorf("it says %d times that it can't read the file; want 1", n)
	}
	if code := a.stop(t); code != 0 {
		t.Errorf("exit code = %d; want 0", code)
	}
}

func TestReadOnlyDatabase(t *testing.T) {
	dir := openDir(t)
	own(t, dir, 0o755)
	db := filepath.Join(dir, "cw.db")
	a := launchAsNobody(t, "serve", "--listen", "127.0.0.1:0", "--db", db)
	eventually(t, "the database", func() error {
		if listening.FindString(a.log.String()) == "" {
			return errors.New("no address in its output")
		}
		return nil
	})
	if code := a.stop(t); code != 0 {
		t.Fatalf("exit code = %d; want 0", code)
	}
	own(t, db, 0o400)
	if os.Geteuid() == 0 { // as its owner the agent could make it writable again
		for _, path := range []string{db, dir} {
			if err := os.Chown(path, 0, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	a = launchAsNobody(t, "serve", "--listen", "127.0.0.1:0", "--db", db)
	<-a.done
	got := a.log.String()
	if code := a.cmd.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(got, "claudewatch: open store "+db+": the database is read-only: ") ||
		!strings.HasSuffix(got, "\nhint: make the file and its directory writable, or name another database with --db FILE\n") {
		t.Errorf("exit code %d, output %q; want 1 and that the database is read-only", code, got)
	}
}

// launchAsNobody runs the binary without privileges.
func launchAsNobody(t *testing.T, args ...string) *agent {
	t.Helper()
	return launchCommand(t, func(cmd *exec.Cmd) { cmd.SysProcAttr = asNobody() }, args...)
}
