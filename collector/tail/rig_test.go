package tail

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// scriptDecoder knows lines that begin with a word: "call ID" is a call, "begin ID" opens a record that "end ID" makes a call of,
// "late ID" is a call that is held back for a second, "bad" can't be read, all else is skipped. Words after that are padding.
type scriptDecoder struct {
	state scriptState
	start int64 // of the open record
	end   int64 // of the last line
	since time.Time
	over  int // calls given since start
	saw   *[]collector.Line
}

type scriptState struct {
	Open string   `json:"-"`
	Late []string `json:"late,omitempty"`
	Skip int      `json:"skip,omitempty"`
}

func (d *scriptDecoder) Decode(line collector.Line, now time.Time) collector.Outcome {
	if d.saw != nil {
		sawMu.Lock()
		defer sawMu.Unlock()
		line.Text = bytes.Clone(line.Text)
		*d.saw = append(*d.saw, line)
	}
	d.end = line.End
	word, rest, _ := strings.Cut(string(line.Text), " ")
	id, _, _ := strings.Cut(rest, " ")
	switch word {
	case "call":
		return d.give(id)
	case "begin":
		d.state.Open, d.start, d.over = id, line.Start, 0
		return collector.Outcome{Format: "script"}
	case "end":
		d.state.Open, d.over = "", 0
		return collector.Outcome{Format: "script", Calls: []claude.Call{{RequestID: id}}}
	case "late":
		d.state.Late, d.since = append(d.state.Late, id), now
		return collector.Outcome{Format: "script"}
	case "bad":
		return collector.Outcome{Rejected: "bad", Detail: "field x"}
	}
	return collector.Outcome{Skipped: "not claude"}
}

func (d *scriptDecoder) give(id string) collector.Outcome {
	o := collector.Outcome{Format: "script"}
	if d.state.Open != "" {
		d.over++
	}
	if d.state.Skip > 0 {
		d.state.Skip--
		return o
	}
	o.Calls = []claude.Call{{RequestID: id}}
	return o
}

func (d *scriptDecoder) Flush(now time.Time, ended bool) []claude.Call {
	if !ended && now.Sub(d.since) < time.Second {
		return nil
	}
	var calls []claude.Call
	for _, id := range d.state.Late {
		calls = append(calls, claude.Call{RequestID: id})
	}
	d.state.Late = nil
	if ended && d.state.Open != "" {
		calls = append(calls, claude.Call{RequestID: d.state.Open})
		d.state.Open, d.over = "", 0
	}
	return calls
}

func (d *scriptDecoder) Resume() (int64, []byte) {
	s := scriptState{Late: d.state.Late, Skip: d.over}
	var state []byte
	if len(s.Late) > 0 || s.Skip > 0 {
		state, _ = json.Marshal(s)
	}
	if d.state.Open != "" {
		return d.start, state
	}
	return d.end, state
}

func (d *scriptDecoder) Restore(state []byte) error {
	*d = scriptDecoder{saw: d.saw}
	if len(state) == 0 {
		return nil
	}
	return json.Unmarshal(state, &d.state)
}

// sawMu protects what decoders of several files note in one place.
var sawMu sync.Mutex

// modelSink is a store as the contract wants it: all of a batch or nothing.
type modelSink struct {
	mu        sync.Mutex // protects all below
	ids       []string
	has       map[string]bool
	positions map[string]collector.Position
	counts    map[string]int64 // by kind and reason
	samples   map[string]string
	batches   []collector.Batch
	fail      func() error
}

func (s *modelSink) Commit(_ context.Context, b collector.Batch) ([]claude.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return nil, err
		}
	}
	changes := make([]claude.Change, len(b.Calls))
	for i, c := range b.Calls {
		changes[i] = claude.Change{After: c, New: !s.has[c.RequestID]}
		s.has[c.RequestID] = true
		s.ids = append(s.ids, c.RequestID)
	}
	for _, p := range b.Positions {
		s.positions[p.ID] = p
	}
	for _, c := range b.Counts {
		s.counts[string(c.Kind)+" "+c.Reason] += c.N
		s.samples[string(c.Kind)+" "+c.Reason] = c.Sample
	}
	s.batches = append(s.batches, b)
	return changes, nil
}

func (s *modelSink) stored() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

func newSink() *modelSink {
	return &modelSink{has: map[string]bool{}, positions: map[string]collector.Position{}, counts: map[string]int64{}, samples: map[string]string{}}
}

// rig runs a tailer by hand: each step is one poll, time only moves when told, and batches are committed at once.
type rig struct {
	t      *testing.T
	dir    string
	sink   *modelSink
	now    time.Time
	tailer *Tailer
	opts   Options
	log    bytes.Buffer
	saw    []collector.Line
	broken error // what stopped the tailer
}

func newRig(t *testing.T, globs ...string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), sink: newSink(), now: time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)}
	for i, g := range globs {
		globs[i] = filepath.Join(r.dir, g)
	}
	r.opts = Options{
		Sources: []Source{{Name: "test", Globs: globs, NewDecoder: func() collector.Decoder { return &scriptDecoder{saw: &r.saw} }}},
		Sink:    r.sink, Now: func() time.Time { return r.now }, Logger: slog.New(slog.NewTextHandler(&r.log, nil)),
	}
	return r
}

// start begins a life of the tailer with what the sink has.
func (r *rig) start() *rig {
	r.t.Helper()
	r.opts.Positions = nil
	for _, p := range r.sink.positions {
		r.opts.Positions = append(r.opts.Positions, p)
	}
	tailer, err := New(r.opts)
	if err != nil {
		r.t.Fatalf("New() = %v; want nil", err)
	}
	tailer.emit = func(ctx context.Context, b collector.Batch) error {
		_, err := r.sink.Commit(ctx, b)
		return err
	}
	r.tailer, r.broken = tailer, nil
	r.t.Cleanup(tailer.closeFiles)
	return r
}

// crash ends the tailer's life without a word: what was not committed is gone.
func (r *rig) crash() {
	r.tailer.closeFiles()
	r.tailer = nil
}

// poll steps until there is nothing left to read.
func (r *rig) poll() *rig {
	r.t.Helper()
	for range 1000 {
		more, err := r.tailer.step(r.t.Context())
		if err != nil {
			r.broken = err
			return r
		}
		if !more {
			return r
		}
	}
	r.t.Fatal("the tailer never came to rest")
	return r
}

// pass lets time go by, a poll every 250 ms.
func (r *rig) pass(d time.Duration) *rig {
	r.t.Helper()
	for ; d > 0 && r.broken == nil; d -= 250 * time.Millisecond {
		r.poll()
		r.now = r.now.Add(250 * time.Millisecond)
	}
	return r.poll()
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) append(name, text string) *rig {
	r.t.Helper()
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = f.WriteString(text)
	r.must(errors.Join(err, f.Close()))
	return r
}

// calls appends a line for each id, padded so that a few of them are enough to know a file by.
func (r *rig) calls(name string, ids ...string) *rig {
	r.t.Helper()
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(callLine(id))
	}
	return r.append(name, b.String())
}

func callLine(id string) string { return fmt.Sprintf("call %s %s\n", id, strings.Repeat("x", 300)) }

// packed is a text as an archive of a form, from several members where there are several texts.
func packed(t *testing.T, form string, texts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, text := range texts {
		var w io.WriteCloser = gzip.NewWriter(&b)
		if form == ".zst" {
			var err error
			if w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := io.WriteString(w, text)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) rename(from, to string) { r.t.Helper(); r.must(os.Rename(r.path(from), r.path(to))) }

func (r *rig) truncate() { r.t.Helper(); r.must(os.Truncate(r.path("app.log"), 0)) }

// copyLog does the first half of copytruncate.
func (r *rig) copyLog() {
	r.t.Helper()
	data, err := os.ReadFile(r.path("app.log"))
	r.must(err)
	r.must(os.WriteFile(r.path("app.log.1"), data, 0o600))
}

func (r *rig) want(ids ...string) {
	r.t.Helper()
	if diff := cmp.Diff(ids, r.sink.stored()); diff != "" {
		r.t.Fatalf("stored calls (-want +got):\n%s\nlog:\n%s", diff, r.log.String())
	}
}

func (r *rig) wantLog(text string, times int) {
	r.t.Helper()
	if n := strings.Count(r.log.String(), text); n != times {
		r.t.Errorf("log says %q %d times; want %d\n%s", text, n, times, r.log.String())
	}
}

var errDisk = errors.New("disk full")
