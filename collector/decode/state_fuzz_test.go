package decode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// FuzzState gives the decoder any state. It takes it up, or says why not and is as new; either way it reads on, and what it gives out
// and says of itself then is sound.
func FuzzState(f *testing.F) {
	for _, log := range testLogs(f) {
		log = log[:min(len(log), 4000)]
		lines := linesOf(log)
		d := newDecoder(f, Options{})
		run(d, lines[:len(lines)/2], 0)
		_, state := d.Resume()
		f.Add(state, log)
	}
	f.Add([]byte(`{"attempts":[{"call":{"time":"2026-11-21T16:00:01Z","status":200,"request_id":"req_01TestS1"}}],"told":[{"limiter":"NONE?"}]}`), []byte("\n"))
	f.Add([]byte(`{"recorded":{"":{}},"until":9223372036854775807,"streams":{"cri stdout":-1}}`), []byte("data: {}\n"))
	f.Fuzz(func(t *testing.T, state, log []byte) {
		lines := linesOf(log)
		d := newDecoder(t, Options{})
		if err := d.Restore(state); err != nil {
			fresh := newDecoder(t, Options{})
			want := append(run(fresh, lines, 0), fresh.Flush(testNow, true)...)
			got := append(run(d, lines, 0), d.Flush(testNow, true)...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("after Restore(%q) = %v it is not as new (-want +got):\n%s", state, err, diff)
			}
			return
		}
		calls := run(d, lines, 0)
		offset, again := d.Resume()
		if end := lastEnd(lines); offset < 0 || offset > max(end, 0) {
			t.Errorf("Resume() after Restore(%q) = %d; want it in the %d bytes read", state, offset, end)
		}
		if err := newDecoder(t, Options{}).Restore(again); err != nil {
			t.Errorf("Restore(%q), which follows %q: %v", again, state, err)
		}
		for _, c := range append(calls, d.Flush(testNow, true)...) {
			if err := c.Validate(); err != nil {
				t.Errorf("a call after Restore(%q): %v", state, err)
			}
		}
	})
}

func lastEnd(lines []collector.Line) int64 {
	if len(lines) == 0 {
		return 0
	}
	return lines[len(lines)-1].End
}
