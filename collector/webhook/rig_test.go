package webhook

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

var testNow = time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)

// recordDecoder takes calls as JSON and lines "call ID"; a line "begin ID" waits for the line "end".
type recordDecoder struct{ open string }

func (d *recordDecoder) Decode(line collector.Line, now time.Time) collector.Outcome {
	text := string(line.Text)
	if line.TooLong {
		return collector.Outcome{Rejected: "too long"}
	}
	if id, ok := strings.CutPrefix(text, "call "); ok {
		return collector.Outcome{Format: "script", Calls: []claude.Call{{RequestID: id, Time: now, Undated: true}}}
	}
	if id, ok := strings.CutPrefix(text, "begin "); ok {
		d.open = id
		return collector.Outcome{Format: "script"}
	}
	if text == "end" && d.open != "" {
		return collector.Outcome{Format: "script", Calls: d.Flush(now, true)}
	}
	if !strings.HasPrefix(text, "{") {
		return collector.Outcome{Skipped: "not claude"}
	}
	var c claude.Call
	if err := json.Unmarshal(line.Text, &c); err != nil {
		return collector.Outcome{Rejected: "invalid json", Detail: "field model"}
	}
	if c.Model == "" {
		return collector.Outcome{Skipped: "not claude"}
	}
	if c.Time.IsZero() {
		c.Time, c.Undated = now, true
	}
	return collector.Outcome{Format: "json", Calls: []claude.Call{c}}
}

func (d *recordDecoder) Flush(time.Time, bool) []claude.Call {
	if d.open == "" {
		return nil
	}
	c := claude.Call{RequestID: d.open}
	d.open = ""
	return []claude.Call{c}
}

func (d *recordDecoder) Resume() (int64, []byte) { return 0, nil }
func (d *recordDecoder) Restore([]byte) error    { return nil }

// keySink knows calls by their request id or their key, as a store does.
type keySink struct {
	mu      sync.Mutex // protects all below
	known   map[string]bool
	batches []collector.Batch
	err     error
	entered chan struct{} // told of each commit, if not nil
	release chan struct{} // each commit waits for it, if not nil
}

func (s *keySink) Commit(ctx context.Context, b collector.Batch) ([]claude.Change, error) {
	if s.entered != nil {
		s.entered <- struct{}{}
		select {
		case <-s.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-b.Until:
			return nil, context.DeadlineExceeded
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	kept := b // the calls' place is the handler's again
	kept.Calls, kept.Keys = slices.Clone(b.Calls), slices.Clone(b.Keys)
	s.batches = append(s.batches, kept)
	changes := make([]claude.Change, len(b.Calls))
	for i, c := range b.Calls {
		key := c.RequestID + b.Keys[i]
		changes[i] = claude.Change{After: c, New: key == "" || !s.known[key]}
		s.known[key] = true
	}
	return changes, nil
}

type rig struct {
	t    *testing.T
	sink *keySink
	opts Options
	log  bytes.Buffer
	h    *Handler
}

func newRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, sink: &keySink{known: map[string]bool{}}}
	r.opts = Options{
		NewDecoder: func() collector.Decoder { return &recordDecoder{} }, Sink: r.sink,
		Logger: slog.New(slog.NewTextHandler(&r.log, nil)), Now: func() time.Time { return testNow },
	}
	if change != nil {
		change(&r.opts)
	}
	h, err := New(r.opts)
	if err != nil {
		t.Fatalf("New() = %v; want nil", err)
	}
	r.h = h
	return r
}

// post sends a body; headers are pairs of name and value.
func (r *rig) post(body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/v1/calls", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, req)
	return w
}

func (r *rig) want(w *httptest.ResponseRecorder, status int, body string) {
	r.t.Helper()
	if got := strings.TrimSpace(w.Body.String()); w.Code != status || got != body {
		r.t.Errorf("answer = %d %s; want %d %s", w.Code, got, status, body)
	}
	if kind := w.Header().Get("Content-Type"); kind != "application/json" {
		r.t.Errorf("content type = %q; want application/json", kind)
	}
}

func zstded(text string) string {
	zw, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	defer zw.Close() //nolint:errcheck // it writes nothing
	return string(zw.EncodeAll([]byte(text), nil))
}

func gzipped(text string) string {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	_, _ = io.WriteString(zw, text)
	_ = zw.Close()
	return b.String()
}
