package decode

import (
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// TestToldErrorIsForgotten wants a decoder without a state soon after an error, since a file keeps one that has any.
func TestToldErrorIsForgotten(t *testing.T) {
	d, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_795_000_000, 0)
	line := []byte(`{"time":"2026-11-21T16:00:01Z","model":"claude-sonnet-5","status":529,"request_id":"req_011CVx","error":{"type":"overloaded_error"}}`)
	if o := d.Decode(collector.Line{Text: line, End: int64(len(line)) + 1}, now); len(o.Calls) != 1 {
		t.Fatalf("Decode() = %+v; want a call", o)
	}
	for _, tt := range []struct {
		after time.Duration
		kept  bool
	}{{0, true}, {echoSpan, true}, {echoSpan + time.Millisecond, false}} {
		d.Flush(now.Add(tt.after), false)
		if _, state := d.Resume(); (len(state) > 0) != tt.kept {
			t.Errorf("state %s after an error = %q; want some %t", tt.after, state, tt.kept)
		}
	}
}
