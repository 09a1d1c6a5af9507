package decode

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzRestart stops behind any line of any log and wants the same calls as without a stop.
func FuzzRestart(f *testing.F) {
	for _, log := range testLogs(f) {
		f.Add(log[:min(len(log), 4000)], 7)
	}
	f.Add([]byte("HTTP/1.1 200 OK\nrequest-id: req_011TestF1\n\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01TestF1\",\"model\":\"claude-opus-5\"}}\n{\n"), 2)
	f.Fuzz(func(t *testing.T, log []byte, cut int) {
		lines := linesOf(log)
		if len(lines) == 0 || cut < 0 {
			return
		}
		cut %= len(lines)
		d := newDecoder(t, Options{})
		want := append(run(d, lines, 0), d.Flush(testNow, true)...)
		d = newDecoder(t, Options{})
		got := run(d, lines[:cut+1], 0)
		offset, state := d.Resume()
		next := newDecoder(t, Options{})
		if err := next.Restore(state); err != nil {
			t.Fatalf("Restore(%s) = %v; want no error", state, err)
		}
		got = append(append(got, run(next, lines, offset)...), next.Flush(testNow, true)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("restart after line %d of %q (-want +got):\n%s", cut+1, log, diff)
		}
	})
}
