package e2e

import (
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// writer appends calls to a log and rotates it, as an application does. Every other call has no id at all, so that only the
// position can tell whether it was taken already.
type writer struct {
	path   string
	file   *os.File
	rng    *rand.Rand
	calls  int
	tokens int64
	gen    int

	compressed int // rotated logs, the oldest first
}

func newWriter(t *testing.T, path string, seed uint64) *writer {
	t.Helper()
	w := &writer{path: path, rng: rand.New(rand.NewPCG(seed, 1))}
	w.open(t)
	return w
}

func (w *writer) open(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	w.file = f
}

// write appends n calls among other lines, some of them in two halves.
func (w *writer) write(t *testing.T, n int) {
	t.Helper()
	for range n {
		w.calls++
		tokens := w.rng.Int64N(5000)
		w.tokens += tokens
		id := ""
		if w.calls%2 == 0 {
			id = fmt.Sprintf(`"request_id":"req_%08d",`, w.calls)
		}
		line := fmt.Sprintf("level=info msg=\"order %d placed\"\n", w.calls) +
			fmt.Sprintf(`{"time":%q,%s"model":"claude-sonnet-5","app":"shop","user":"u-%d","status":200,"usage":{"input_tokens":%d,"output_tokens":7}}`+"\n",
				time.Now().UTC().Format(time.RFC3339Nano), id, w.calls, tokens)
		cut := w.rng.IntN(len(line))
		for _, part := range []string{line[:cut], line[cut:]} {
			if _, err := w.file.WriteString(part); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// rotate renames the log away and begins a new one; what the application still had to say goes to the old file first.
func (w *writer) rotate(t *testing.T) {
	t.Helper()
	w.gen++
	if err := os.Rename(w.path, fmt.Sprintf("%s.%d", w.path, w.gen)); err != nil {
		t.Fatal(err)
	}
	w.write(t, 3)
	if err := w.file.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t)
}

// compress packs the oldest rotated log that is not packed yet, as logrotate does: the archive is written beside it, then the log goes.
func (w *writer) compress(t *testing.T) {
	t.Helper()
	if w.compressed >= w.gen-1 {
		return // the newest one may still be written to
	}
	w.compressed++
	name := fmt.Sprintf("%s.%d", w.path, w.compressed)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(text)
	if err := errors.Join(err, z.Close(), f.Close(), os.Remove(name)); err != nil {
		t.Fatal(err)
	}
}

// stored is how often a database holds the call of every user, and the tokens of all.
func stored(t *testing.T, path string) (calls map[string]int, tokens int64) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	calls = map[string]int{}
	err = db.Recent(t.Context(), time.Unix(0, 0), func(c claude.Call) error {
		calls[c.User]++
		tokens += c.Usage.InputTokens.Or(0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return calls, tokens
}

// kills is how often TestEveryCallOnceThroughRotationAndKill kills the agent; CLAUDEWATCH_KILLS sets another number.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CLAUDEWATCH_KILLS")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CLAUDEWATCH_KILLS = %q; want a number", text)
	}
	return n
}

func TestEveryCallOnceThroughRotationAndKill(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "cw.db")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w := newWriter(t, filepath.Join(dir, "app.log"), seed)
	args := []string{"--tail", filepath.Join(dir, "app.log*"), "--db", db}
	n := kills(t)
	longest := max(200, 10_000/n) // rounds of writing before a kill: with many kills fewer, for the sake of the hour
	for range n {
		a := start(t, nil, args...)
		pace := time.NewTicker(time.Millisecond)
		for range w.rng.IntN(longest) {
			<-pace.C
			w.write(t, 1+w.rng.IntN(40))
			if w.rng.IntN(12) == 0 {
				w.rotate(t)
			}
			if w.rng.IntN(40) == 0 {
				w.compress(t)
			}
		}
		pace.Stop()
		a.kill()
		if w.rng.IntN(2) == 0 { // rotation and writing go on while nobody watches
			w.write(t, 20)
			w.rotate(t)
			w.write(t, 5)
			w.compress(t)
		}
	}
	a := start(t, nil, args...)
	counted := func() (calls, tokens, lag float64) {
		text, err := get(a.url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		calls, _ = metric(text, "claude_requests_total")
		tokens, _ = metric(text, "claude_tokens_total", `type="input"`)
		lag, _ = metric(text, "claudewatch_source_lag_bytes")
		return calls, tokens, lag
	}
	eventually(t, "all calls to be stored", func() error {
		if calls, _, lag := counted(); int(calls) < w.calls || lag > 0 {
			return fmt.Errorf("%v calls counted; %d written, %v bytes behind", calls, w.calls, lag)
		}
		return nil
	})
	if calls, tokens, _ := counted(); int(calls) != w.calls || int64(tokens) != w.tokens {
		t.Errorf("%v calls and %v tokens counted; written %d and %d", calls, tokens, w.calls, w.tokens)
	}
	if code := a.stop(t); code != 0 {
		t.Errorf("exit code after an interrupt = %d; want 0", code)
	}
	calls, tokens := stored(t, db)
	wrong := 0
	for i := 1; i <= w.calls; i++ {
		if n := calls[fmt.Sprintf("u-%d", i)]; n != 1 {
			if wrong++; wrong <= 5 {
				t.Errorf("call %d is stored %d times", i, n)
			}
		}
	}
	if wrong > 0 || len(calls) != w.calls || tokens != w.tokens {
		t.Errorf("%d calls wrong; stored %d calls and %d tokens; written %d and %d", wrong, len(calls), tokens, w.calls, w.tokens)
	}
	t.Logf("%d kills: %d calls in %d files, %d of them compressed; %d calls lost or doubled", n, w.calls, w.gen+1, w.compressed, wrong)
}

func TestBatchPostedThreeTimesCountsOnce(t *testing.T) {
	a := start(t, nil, "--db", filepath.Join(t.TempDir(), "cw.db"))
	now := time.Now().UTC().Format(time.RFC3339)
	batch := fmt.Sprintf(`[{"time":%[1]q,"request_id":"req_a","model":"claude-opus-5","status":200,"usage":{"input_tokens":10,"output_tokens":5}},
{"time":%[1]q,"model":"claude-opus-5","status":200,"usage":{"input_tokens":20,"output_tokens":5}},
{"time":%[1]q,"request_id":"req_b","model":"claude-opus-5","status":429,"error_type":"rate_limit_error"}]`, now)
	for i, want := range []string{`"accepted":3,"duplicates":0`, `"accepted":0,"duplicates":3`, `"accepted":0,"duplicates":3`} {
		got, err := post(a.url+"/v1/calls", "application/json", batch)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got, want) {
			t.Errorf("delivery %d answered %s; want %s", i+1, got, want)
		}
	}
	text, err := get(a.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, label string
		want        float64
	}{
		{"claude_requests_total", "", 3},
		{"claude_tokens_total", `type="input"`, 30},
		{"claude_rate_limit_hits_total", "", 1},
	} {
		if got, found := metric(text, c.name, c.label); !found || got != c.want {
			t.Errorf("%s{%s} = %v; want %v", c.name, c.label, got, c.want)
		}
	}
}
