package limits

import (
	"math"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

var t0 = time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)

// after returns an instant of the test's timeline.
func after(s float64) time.Time { return t0.Add(seconds(s)) }

func newTracker(t *testing.T, o Options) *Tracker {
	t.Helper()
	tr, err := New(o)
	if err != nil {
		t.Fatalf("New(%+v) = %v; want no error", o, err)
	}
	return tr
}

// callAt returns a call of the test organization that came after s seconds, as the server's clock says too.
func callAt(s float64, readings ...claude.Reading) claude.Call {
	return claude.Call{
		Time: after(s), ServerTime: after(s), Provider: "anthropic", Organization: "org", Workspace: "ws",
		Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 200, Readings: readings,
	}
}

func reading(l claude.Limiter, limit, remaining int64, reset float64) claude.Reading {
	return claude.Reading{Limiter: l, Limit: claude.Some(limit), Remaining: claude.Some(remaining), Reset: after(reset)}
}

func inputTokens(limit, remaining int64, reset float64) claude.Reading {
	return reading(claude.LimiterInputTokens, limit, remaining, reset)
}

func usageOf(in, out int64) claude.Usage {
	return claude.Usage{InputTokens: claude.Some(in), OutputTokens: claude.Some(out)}
}

func applyNew(tr *Tracker, calls ...claude.Call) {
	for _, c := range calls {
		tr.Apply(claude.Change{After: c, New: true, Live: true}, c.Time)
	}
}

// levelOf returns the only level of a limiter.
func levelOf(t *testing.T, tr *Tracker, l claude.Limiter, now time.Time) claude.Level {
	t.Helper()
	var found []claude.Level
	for _, lv := range tr.Levels(now) {
		if lv.Bucket.Limiter == l {
			found = append(found, lv)
		}
	}
	if len(found) != 1 {
		t.Fatalf("Levels() has %d buckets of %s; want 1: %+v", len(found), l, found)
	}
	return found[0]
}

func near(t *testing.T, what string, got claude.Opt[float64], want, within float64) {
	t.Helper()
	v, ok := got.Get()
	if !ok || math.Abs(v-want) > within {
		t.Errorf("%s = %v (known %v); want %v within %v", what, v, ok, want, within)
	}
}
