package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait. It is a bound for a hang, not a promise of speed.
const patience = 60 * time.Second

// command carries out one command line to its end.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(""), &out, &errOut})
	return out.String(), errOut.String(), code
}

// screenLog keeps what an agent prints and wakes who waits for it.
type screenLog struct {
	mu    sync.Mutex // guards the fields below
	text  bytes.Buffer
	wrote chan struct{} // closed and replaced at every write
}

func (l *screenLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wrote)
	l.wrote = make(chan struct{})
	return l.text.Write(p)
}

func (l *screenLog) read() (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), l.wrote
}

// until waits for a text that matches and returns it.
func (l *screenLog) until(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	end := time.After(patience)
	for {
		text, more := l.read()
		if found := re.FindString(text); found != "" {
			return found
		}
		select {
		case <-more:
		case <-end:
			t.Fatalf("nothing like %q was printed:\n%s", pattern, text)
		}
	}
}

// testAgent is serve, run inside the test.
type testAgent struct {
	url  string
	log  *screenLog
	stop func() int // as Ctrl-C would; returns the exit code
}

func startAgent(t *testing.T, stdin io.Reader, args ...string) *testAgent {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	log := &screenLog{wrote: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), streams{stdin, log, log})
	}()
	a := &testAgent{log: log, stop: sync.OnceValue(func() int { cancel(); return <-ended })}
	t.Cleanup(func() { a.stop() })
	a.url = log.until(t, `http://127\.0\.0\.1:\d+`)
	return a
}

// get returns status and body of a page of the agent.
func (a *testAgent) get(t *testing.T, path string) (int, string) {
	t.Helper()
	return a.do(t, http.MethodGet, path, "", nil)
}

// do sends a request; headers are names and values in turn.
func (a *testAgent) do(t *testing.T, method, path, body string, headers []string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// metricsWith waits until the metrics hold every given line.
func (a *testAgent) metricsWith(t *testing.T, lines ...string) string {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	end := time.After(patience)
	for {
		_, text := a.get(t, "/metrics")
		missing := ""
		for _, l := range lines {
			if !strings.Contains(text, "\n"+l+"\n") {
				missing = l
			}
		}
		if missing == "" {
			return text
		}
		select {
		case <-again.C:
		case <-end:
			log, _ := a.log.read()
			t.Fatalf("no %s in the metrics:\n%s\n%s", missing, ours(text), log)
		}
	}
}

// ours returns the lines of the project's own metrics.
func ours(exposition string) string {
	var b strings.Builder
	for line := range strings.Lines(exposition) {
		if strings.HasPrefix(line, "claude") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// write makes a file in a directory of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// goodCall is a log line that every agent takes.
func goodCall(id string) string {
	return fmt.Sprintf(`{"time":%q,"request_id":%q,"model":"claude-sonnet-5","status":200,"usage":{"input_tokens":10,"output_tokens":1}}`+"\n",
		time.Now().UTC().Format(time.RFC3339), id)
}
