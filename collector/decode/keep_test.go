package decode

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// What was copied of an outcome stays as it was whatever is decoded later, although lines that are alike share their room: the ids, the
// texts and the readings are each call's own.
func TestKeptCallsStay(t *testing.T) {
	quick, slow := newDecoder(t, Options{}), newDecoder(t, Options{})
	slow.shapes.wait = 1 << 30 // it walks each line, and gives each call room of its own
	var got, want []claude.Call
	for i := range 500 {
		values := slices.Clone(pinoValues)
		values[2], values[3] = fmt.Sprintf("u-%d", i%40), []string{"claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5"}[i%3]
		values[7], values[8] = fmt.Sprint(i), fmt.Sprintf("2026-11-21T10:%02d:%02dZ", i/60, i%60)
		values[11], values[15] = fmt.Sprintf("req_011TestKeep%d", i), fmt.Sprint(i)
		line := pino(values)
		got = append(got, quick.Decode(collector.Line{Text: slices.Clone(line)}, testNow).Calls...)
		want = append(want, slow.Decode(collector.Line{Text: slices.Clone(line)}, testNow).Calls...)
		clear(line)
	}
	if len(got) != 500 || quick.shapes.bold != maxBold {
		t.Fatalf("%d calls, boldness %d; want 500 that were read by their shape", len(got), quick.shapes.bold)
	}
	for i := range got {
		c := &got[i]
		r, _ := c.Reading(claude.LimiterRequests)
		if n, _ := r.Remaining.Get(); c.RequestID != fmt.Sprintf("req_011TestKeep%d", i) || n != int64(i) {
			t.Fatalf("call %d = %+v; want its own id and reading", i, c)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept calls (-walked +by shape):\n%.3000s", diff)
	}
}

// TestCallsOfAShapeNeedLittleMemory holds that such a call costs its request id and its share of the room for readings.
func TestCallsOfAShapeNeedLittleMemory(t *testing.T) {
	d := newDecoder(t, Options{})
	var lines [][]byte
	for i := range 64 {
		values := slices.Clone(pinoValues)
		values[11], values[15] = fmt.Sprintf("req_011TestKeep%d", i), fmt.Sprint(i)
		lines = append(lines, pino(values))
	}
	decodeAll := func() {
		for _, l := range lines {
			d.Decode(collector.Line{Text: l}, testNow)
		}
	}
	if n := testing.AllocsPerRun(10, decodeAll) / 64; n > 2.5 {
		t.Errorf("%.2f allocations for each call; want at most 2.5", n)
	}
}
