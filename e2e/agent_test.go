// Package e2e runs the built binary as a user would, against real files, a real Prometheus and a fake Slack.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "claudewatch-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "claudewatch")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/claudewatch")
	build.Dir = ".."
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	code := 1
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build claudewatch:", err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// agent is one running serve process.
type agent struct {
	cmd  *exec.Cmd
	url  string
	log  *logBuffer
	done chan struct{} // closed when the process has ended
}

// logBuffer keeps what a process printed.
type logBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs serve on a free port and waits until it is ready.
func start(t *testing.T, env []string, args ...string) *agent {
	t.Helper()
	a := launch(t, env, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	eventually(t, "the agent to listen", func() error {
		a.url = listening.FindString(a.log.String())
		if a.url == "" {
			return errors.New("no address in its output")
		}
		_, err := get(a.url + "/readyz")
		return err
	})
	return a
}

// launch runs the binary in the background; it is killed at the end of the test at the latest.
func launch(t *testing.T, env []string, args ...string) *agent {
	t.Helper()
	return launchCommand(t, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, env...) }, args...)
}

func launchCommand(t *testing.T, prepare func(*exec.Cmd), args ...string) *agent {
	t.Helper()
	a := &agent{cmd: exec.Command(binary, args...), log: &logBuffer{}, done: make(chan struct{})}
	a.cmd.Env = os.Environ()
	prepare(a.cmd)
	a.cmd.Stdout, a.cmd.Stderr = a.log, a.log
	if err := a.cmd.Start(); err != nil {
		t.Fatalf("start %v: %v", args, err)
	}
	go func() {
		_ = a.cmd.Wait() // killed on purpose; the tests look at what is left
		close(a.done)
	}()
	t.Cleanup(func() {
		a.kill()
		if t.Failed() {
			t.Logf("output of %v:\n%s", args, a.log)
		}
	})
	return a
}

// kill ends the process at once, as a crash or the OOM killer would.
func (a *agent) kill() {
	_ = a.cmd.Process.Signal(syscall.SIGKILL) // it may have ended already
	<-a.done
}

// stop ends the process as Ctrl-C does and returns its exit code.
func (a *agent) stop(t *testing.T) int {
	t.Helper()
	if err := a.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("interrupt: %v", err)
	}
	select {
	case <-a.done:
	case <-time.After(patience):
		t.Fatalf("the agent did not end after an interrupt")
	}
	return a.cmd.ProcessState.ExitCode()
}

// command runs the binary to its end.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %v: %v", args, err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// patience bounds every wait. It is a bound for a hang, not a promise of speed.
const patience = 60 * time.Second

// eventually waits until check has no complaint.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	end := time.After(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-end:
			t.Fatalf("waited %s for %s: %v", patience, what, err)
		}
	}
}

var client = &http.Client{Timeout: 10 * time.Second}

func get(url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	return body(resp)
}

func post(url, contentType, text string) (string, error) {
	resp, err := client.Post(url, contentType, strings.NewReader(text))
	if err != nil {
		return "", err
	}
	return body(resp)
}

func body(resp *http.Response) (string, error) {
	defer resp.Body.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", resp.Status, data)
	}
	return string(data), err
}

// metric returns the sum of a metric's series whose labels hold all the given parts, as in `status="429"`.
func metric(exposition, name string, labels ...string) (sum float64, found bool) {
	for line := range strings.Lines(exposition) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		all := true
		for _, l := range labels {
			all = all && strings.Contains(rest, l)
		}
		if !all {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(rest[strings.LastIndexByte(strings.TrimRight(rest, "\n"), ' ')+1:], &v); err == nil {
			sum, found = sum+v, true
		}
	}
	return sum, found
}
