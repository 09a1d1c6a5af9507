package decode

import (
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// TestRescue checks that a decoder survives a mistake in a format of its own, says so, and reads on.
func TestRescue(t *testing.T) {
	d, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"time":"2026-11-21T16:00:01Z","request_id":"req_1","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":1,"output_tokens":2}}`
	line := collector.Line{Text: []byte(text), Start: 10, End: 10 + int64(len(text))}
	good := d.formats
	broken := *good
	broken.list = append([]format(nil), good.list...)
	for i := range broken.list {
		broken.list[i].decode = func(*Decoder, entry) (result, bool) { panic("a mistake") }
	}
	d.formats = &broken
	o := d.Decode(line, testNow)
	if o.Rejected != RejectedBug || len(o.Calls) > 0 {
		t.Errorf("Decode with a mistake = %+v; want the line rejected", o)
	}
	if offset, state := d.Resume(); offset != line.End || len(state) > 0 {
		t.Errorf("Resume = %d, %s; want %d and no state", offset, state, line.End)
	}
	d.formats = good
	if o := d.Decode(line, testNow); len(o.Calls) != 1 || o.Calls[0].RequestID != "req_1" {
		t.Errorf("Decode afterwards = %+v; want the call", o)
	}
}
