package decode

import (
	"fmt"
	"math"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// TestSpent holds how the time is read that a call took, and what stays unknown because it could be in one unit as well as in another.
func TestSpent(t *testing.T) {
	for _, c := range []struct {
		member string
		want   float64 // below 0: unknown
	}{
		{`"duration":0.812`, 0.812},
		{`"duration":19.5`, 19.5},
		{`"duration":20.5`, -1},
		{`"duration":1`, -1},
		{`"duration":99`, -1},
		{`"duration":100`, 0.1},
		{`"duration":599.5`, -1},
		{`"duration":600.5`, 0.6005},
		{`"duration":599999`, 599.999},
		{`"duration":600000`, -1},
		{`"duration":812000`, -1},
		{`"duration":10000000`, 0.01},
		{`"duration":812345678`, 0.812345678},
		{`"duration":3600000000000`, -1},
		{`"duration":-0.5`, -1},
		{`"duration":"1m2.5s"`, 62.5},
		{`"duration":"812 ms"`, 0.812},
		{`"duration":"PT1.5S"`, 1.5},
		{`"duration":"00:01:02.5"`, 62.5},
		{`"duration":"00:61:02.5"`, -1},
		{`"duration":"soon"`, -1},
		{`"duration":"7 apples"`, -1},
		{`"duration":{"secs":1,"nanos":500000000}`, 1.5},
		{`"duration":{"seconds":"1","nanos":500000000}`, 1.5},
		{`"duration":{"seconds":-1}`, -1},
		{`"event.duration":5000000`, 0.005},
		{`"latency_us":812000`, 0.812},
		{`"llm_latency_ns":812000000`, 0.812},
		{`"request_duration_in_ms":42`, 0.042},
		{`"response_time":45.25`, 45.25},
		{`"response_time":812`, 0.812},
		{`"retry_delay":0.812`, -1},
		{`"db_duration_ms":812`, -1},
		{`"duration":0.5,"duration_ms":812`, 0.812},
		{`"duration_ms":812,"duration":0.5`, 0.812},
		{`"start_time":"2026-11-21T16:00:00.5Z","end_time":"2026-11-21T16:00:02Z"`, 1.5},
		{`"start_time":"2026-11-21T16:00:02Z","end_time":"2026-11-21T16:00:00.5Z"`, -1},
		{`"start_time":"2026-11-21T16:00:00Z","end_time":"2026-11-21T18:00:00Z"`, -1},
		{`"start_time":"2026-11-21T16:00:00Z","end_time":"2026-11-21T16:00:02Z","latency":0.5`, 0.5},
	} {
		line := fmt.Appendf(nil, `{"time":"2026-11-21T16:00:02Z","model":"claude-sonnet-5","status":200,%s}`, c.member)
		o := newDecoder(t, Options{}).Decode(collector.Line{Text: line}, testNow)
		if len(o.Calls) != 1 {
			t.Errorf("Decode(%s) = %+v; want a call", line, o)
			continue
		}
		if got := o.Calls[0].DurationSeconds.Or(-1); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Decode(%s) took %v seconds; want %v", line, got, c.want)
		}
		sameFate(t, Options{}, line, line)
	}
}

// TestSpentOfAShape holds that lines of one shape are told apart by their values: what is in seconds, in milliseconds, or unknown.
func TestSpentOfAShape(t *testing.T) {
	line := func(took string) []byte {
		return fmt.Appendf(nil, `{"time":"2026-11-21T16:00:02Z","model":"claude-sonnet-5","status":200,"took":%s,"input_tokens":3,"output_tokens":4}`, took)
	}
	usual := line("0.812")
	if newShape(nil, usual, loudWords(formats())) == nil {
		t.Fatalf("newShape(%s) = nil; want a shape", usual)
	}
	for _, took := range []string{"0.5", "50", "812", "812000", "812345678", "-1", "1e3", `"1.2s"`, `"soon"`, `"2026-11-21"`, "null"} {
		sameFate(t, Options{}, usual, line(took))
		sameFate(t, Options{}, line(took), usual)
	}
}
