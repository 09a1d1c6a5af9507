package decode

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// FuzzRoundTrip holds that a call written in the product's own form is read as itself, whatever log it came from.
func FuzzRoundTrip(f *testing.F) {
	for _, log := range testLogs(f) {
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			f.Add(line)
		}
	}
	f.Add(pino(pinoValues))
	f.Fuzz(func(t *testing.T, line []byte) {
		calls, _ := decodeAll(t, line, Options{})
		for _, want := range calls {
			record, err := json.Marshal(want)
			if err != nil {
				t.Fatalf("Marshal(%+v) = %v; want no error", want, err)
			}
			got, s := decodeAll(t, record, Options{})
			if len(got) == 0 && !evident(want) { // what says nothing but a status and an address is no record of its own
				continue
			}
			want.Undated, want.Sidechain = false, false // a record holds neither
			if len(got) != 1 {
				t.Errorf("Decode(%s) = %d calls, %+v; want 1", record, len(got), s)
			} else if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Errorf("Decode(%s) (-want +got):\n%s", record, diff)
			}
		}
	})
}

// evident reports a call that a record of its own shows to be Claude's.
func evident(c claude.Call) bool {
	return strings.Contains(strings.ToLower(c.Model), "claude") && (c.Usage.Known() || c.Status != 0) || len(c.Readings) > 0 ||
		ownID(c.RequestID) && (c.Status != 0 || c.Usage.Known())
}

// allocated returns how many bytes a function allocates, roughly: other goroutines count, too.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestMemory feeds long lines of all sorts, and wants the memory that they take to grow with their length, not faster.
func TestMemory(t *testing.T) {
	const size = 200_000
	for _, unit := range []string{
		`{"model":"claude-x","usage":{"input_tokens":1}},`, `{"a":`, `[`, `["anthropic-ratelimit-requests-limit",`, `"request-id":"req_01x",`, `{\"claude\":`, `\\\"`,
		`anthropic-ratelimit-requests-limit: 1 `, `HTTP Request: POST https://api.anthropic.com/v1/messages "HTTP/1.1 200 OK" `, `model=claude-x `, `{'claude': (`,
		`data: {"type":"message_start","message":{"model":"claude-x"}} `, `claude `, `Error code: 429 - {'error': `, `x={claude `, "\x1b[0mclaude", `map[claude:map[`,
	} {
		for _, start := range []string{"", `{"model":"claude-x","status":200,"msg":"`, "claude "} {
			line := []byte(start + strings.Repeat(unit, size/len(unit)))
			d := newDecoder(t, Options{})
			used := allocated(func() {
				for range 3 {
					d.Decode(collector.Line{Text: line, End: int64(len(line))}, testNow)
				}
				d.Flush(testNow, true)
			})
			if most := uint64(60*len(line) + 1<<20); used > most {
				t.Errorf("Decode(%q and %q again and again) allocates %d bytes for %d; want at most %d", start, unit, used, 3*len(line), most)
			}
		}
	}
}
