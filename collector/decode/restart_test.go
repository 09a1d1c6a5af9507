package decode

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func linesOf(log []byte) []collector.Line {
	var lines []collector.Line
	var off int64
	for text := range bytes.SplitAfterSeq(log, []byte{'\n'}) {
		if len(text) == 0 {
			continue
		}
		end := off + int64(len(text))
		lines = append(lines, collector.Line{Text: bytes.TrimSuffix(text, []byte{'\n'}), Start: off, End: end})
		off = end
	}
	return lines
}

// run decodes lines from an offset on and returns the calls.
func run(d *Decoder, lines []collector.Line, from int64) []claude.Call {
	var calls []claude.Call
	for _, l := range lines {
		if l.Start >= from {
			calls = append(calls, d.Decode(l, testNow).Calls...)
		}
	}
	return calls
}

// TestRestart stops after every line, restarts from the position, and wants the same calls as without a stop: none lost, none twice.
func TestRestart(t *testing.T) {
	for path, log := range testLogs(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			lines := linesOf(log)
			d := newDecoder(t, Options{})
			want := append(run(d, lines, 0), d.Flush(testNow, true)...)
			for cut := range lines {
				d := newDecoder(t, Options{})
				got := run(d, lines[:cut+1], 0)
				got = append(got, restarted(t, d, lines)...)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("restart after line %d (-want +got):\n%s", cut+1, diff)
				}
			}
		})
	}
}

// TestRestartTwice stops a second time while lines are read again.
func TestRestartTwice(t *testing.T) {
	lines := linesOf(testLogs(t)["testdata/cri.log"])
	d := newDecoder(t, Options{})
	want := append(run(d, lines, 0), d.Flush(testNow, true)...)
	for first := range lines {
		for second := range first {
			d := newDecoder(t, Options{})
			got := run(d, lines[:first+1], 0)
			offset, state := d.Resume()
			d = newDecoder(t, Options{})
			if err := d.Restore(state); err != nil {
				t.Fatalf("Restore(%s) = %v; want no error", state, err)
			}
			got = append(got, run(d, lines[:second+1], offset)...)
			if offset > lines[second].Start { // nothing was read in between
				continue
			}
			got = append(got, restarted(t, d, lines)...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("restarts after lines %d and %d (-want +got):\n%s", first+1, second+1, diff)
			}
		}
	}
}

// restarted goes on with a new decoder from where another one stopped.
func restarted(t *testing.T, d *Decoder, lines []collector.Line) []claude.Call {
	t.Helper()
	offset, state := d.Resume()
	if bytes.Contains(state, []byte(canary)) || bytes.Contains(state, []byte("HTTP")) {
		t.Errorf("Resume() = state %s; want no text of the log", state)
	}
	next := newDecoder(t, Options{})
	if err := next.Restore(state); err != nil {
		t.Fatalf("Restore(%s) = %v; want no error", state, err)
	}
	return append(run(next, lines, offset), next.Flush(testNow, true)...)
}

func TestRestoreRefuses(t *testing.T) {
	for _, state := range []string{"x", `{"until":-1}`, `{"attempts":[{"call":{"status":7}}]}`, `{"attempts":{}}`} {
		d := newDecoder(t, Options{})
		if err := d.Restore([]byte(state)); err == nil {
			t.Errorf("Restore(%s) = no error; want one", state)
		}
		if offset, data := d.Resume(); offset != 0 || data != nil {
			t.Errorf("after Restore(%s) Resume() = %d, %s; want a new decoder's", state, offset, data)
		}
	}
}

// TestWaiting holds that a status line alone becomes a call after a second, and a cut line that is never finished goes.
func TestWaiting(t *testing.T) {
	d := newDecoder(t, Options{})
	line := []byte(`httpx: HTTP Request: POST https://api.anthropic.com/v1/messages "HTTP/1.1 429 Too Many Requests"`)
	if o := d.Decode(collector.Line{Text: line}, testNow); len(o.Calls) != 0 {
		t.Fatalf("Decode(httpx) = %d calls; want it held back", len(o.Calls))
	}
	if calls := d.Flush(testNow.Add(attemptWait-1), false); len(calls) != 0 {
		t.Errorf("Flush(before a second) = %d calls; want 0", len(calls))
	}
	if calls := d.Flush(testNow.Add(attemptWait), false); len(calls) != 1 || calls[0].Status != 429 || !calls[0].Undated {
		t.Errorf("Flush(after a second) = %+v; want one undated call with status 429", calls)
	}
	d.Decode(collector.Line{Text: []byte("2026-11-17T16:00:01.123Z stdout P {\"model\":"), Start: 0, End: 50}, testNow)
	if offset, _ := d.Resume(); offset != 0 {
		t.Errorf("Resume() = %d with an open line; want its start", offset)
	}
	d.Flush(testNow.Add(partialWait), false)
	if offset, state := d.Resume(); offset != 50 || state != nil {
		t.Errorf("Resume() = %d, %s after the wait; want 50 and no state", offset, state)
	}
}

// TestBounds floods the decoder with what it holds back.
func TestBounds(t *testing.T) {
	d := newDecoder(t, Options{MaxLine: 1000})
	calls := 0
	for range 3 * maxAttempts {
		o := d.Decode(collector.Line{Text: []byte(`HTTP Request: POST https://api.anthropic.com/v1/messages "HTTP/1.1 200 OK"`)}, testNow)
		calls += len(o.Calls)
	}
	if n := len(d.attempts.open); n != maxAttempts || calls != 2*maxAttempts {
		t.Errorf("%d held back and %d calls; want %d and %d", n, calls, maxAttempts, 2*maxAttempts)
	}
	part := append([]byte("2026-11-17T16:00:01.123Z stdout P "), bytes.Repeat([]byte("x"), 600)...)
	var rejected []string
	for range 3 {
		rejected = append(rejected, d.Decode(collector.Line{Text: part}, testNow).Rejected)
	}
	if diff := cmp.Diff([]string{"", RejectedLength, ""}, rejected); diff != "" {
		t.Errorf("parts of a long line (-want +got):\n%s", diff)
	}
	o := d.Decode(collector.Line{Text: bytes.Replace(part, []byte(" P "), []byte(" F "), 1)}, testNow.Add(time.Millisecond))
	if o.Rejected != "" || len(o.Calls) != 0 || d.partials.open("cri stdout") {
		t.Errorf("Decode(end of a long line) = %+v; want it dropped and the line closed", o)
	}
}
