package limits

import (
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// limited is a tracker whose sonnet-5 pool is limited by the configuration to round numbers per minute.
func limited(t *testing.T) *Tracker {
	return newTracker(t, Options{Limits: []Limit{
		{Pool: "sonnet-5", Limiter: "requests", Limit: 10},
		{Pool: "sonnet-5", Limiter: "input_tokens", Limit: 120_000, Per: 2 * time.Minute},
		{Pool: "sonnet-5", Limiter: "output_tokens", Limit: 10_000, Per: time.Minute},
		{Pool: "sonnet-5", Limiter: "priority_input_tokens", Limit: 60_000},
		{Pool: "sonnet-5", Limiter: "fast_input_tokens", Limit: 60_000},
	}})
}

func using(s float64, in, out int64) claude.Call {
	c := callAt(s)
	c.Usage = usageOf(in, out)
	return c
}

func TestLoad(t *testing.T) {
	tr := limited(t)
	applyNew(tr, using(0, 60_000, 1000), using(300, 30_000, 2000))
	for _, tt := range []struct {
		at           float64
		two, ten, in float64
	}{
		{300, 0.25, 0.15, 30_000},
		{359, 0.25, 0.15, 30_000},
		{420, 0.25, 0.15, 0},
		{425, 0, 0.15, 0},
		{600, 0, 0.15, 0},
		{605, 0, 0.05, 0},
		{5000, 0, 0, 0},
	} {
		l := levelOf(t, tr, "input_tokens", after(tt.at))
		near(t, "load of 2 m", l.Load2m, tt.two, 1e-9)
		near(t, "load of 10 m", l.Load10m, tt.ten, 1e-9)
		near(t, "in use", l.InUse, tt.in, 1e-9)
		if l.Fill.Known() || l.From != claude.LimitFromConfig || l.Limit != claude.Some[int64](60_000) {
			t.Errorf("level = %+v; want a configured limit per minute and no fill", l)
		}
	}
	near(t, "load of output", levelOf(t, tr, "output_tokens", after(300)).Load2m, 0.1, 1e-9)
	near(t, "load of requests", levelOf(t, tr, "requests", after(300)).Load2m, 0.05, 1e-9)
}

func TestOldestSlotCountsInPart(t *testing.T) {
	tr := limited(t)
	applyNew(tr, using(0, 60_000, 0))
	near(t, "load", levelOf(t, tr, "input_tokens", after(122)).Load2m, 0.5*0.6, 1e-9)
}

func TestLoadIsUnknownBeforeUsage(t *testing.T) {
	tr := limited(t)
	c := callAt(0, reading("input_tokens", 1e6, 1e6, 0), reading("requests", 10, 9, 6), reading("output_tokens", 1e6, 1e6, 0))
	applyNew(tr, c)
	if l := levelOf(t, tr, "input_tokens", after(1)); l.Load2m.Known() || l.Load10m.Known() {
		t.Errorf("loads = %v, %v; want unknown: no usage was logged", l.Load2m, l.Load10m)
	}
	near(t, "load of requests", levelOf(t, tr, "requests", after(1)).Load2m, 0.05, 1e-9)
}

func TestMergeMovesOnlyTheDifference(t *testing.T) {
	tr := limited(t)
	before := using(0, 30_000, 10)
	applyNew(tr, before)
	after1 := before
	after1.Usage = usageOf(60_000, 10)
	after1.App = "checkout"
	tr.Apply(claude.Change{Before: &before, After: after1}, after(1))
	near(t, "load after more tokens", levelOf(t, tr, "input_tokens", after(1)).Load2m, 0.5, 1e-9)
	near(t, "load of requests", levelOf(t, tr, "requests", after(1)).Load2m, 0.05, 1e-9)

	moved := after1
	moved.Time = after(-300)
	tr.Apply(claude.Change{Before: &after1, After: moved}, after(2))
	near(t, "load of 2 m after the time moved", levelOf(t, tr, "input_tokens", after(2)).Load2m, 0, 1e-9)
	near(t, "load of 10 m after the time moved", levelOf(t, tr, "input_tokens", after(2)).Load10m, 0.1, 1e-9)

	other := moved
	other.Workspace = "ws2"
	tr.Apply(claude.Change{Before: &moved, After: other}, after(3))
	l := levelOf(t, tr, "input_tokens", after(3))
	if l.Bucket.Workspace != "ws2" {
		t.Errorf("bucket = %+v; want that of ws2 alone", l.Bucket)
	}
	near(t, "load of 10 m in the other workspace", l.Load10m, 0.1, 1e-9)

	refused := other
	refused.Status = 429
	tr.Apply(claude.Change{Before: &other, After: refused}, after(4))
	for _, l := range tr.Levels(after(4)) {
		if l.Bucket.Limiter != "requests" {
			t.Errorf("level = %+v; want none for tokens: the call was refused", l)
		}
	}
}

// TestMergeOfACallThatWasNotCounted takes back what was never there, as after a start without the calls before it.
func TestMergeOfACallThatWasNotCounted(t *testing.T) {
	tr := limited(t)
	applyNew(tr, using(-90, 60_000, 0))
	before, now := using(-30, 60_000, 0), using(0, 60_000, 0)
	tr.Apply(claude.Change{Before: &before, After: now}, after(0))
	near(t, "load", levelOf(t, tr, "input_tokens", after(0)).Load2m, 1, 1e-9)
}

func TestMergeMovesReadings(t *testing.T) {
	tr := newTracker(t, Options{})
	before := callAt(0, inputTokens(1e6, 200_000, 48))
	before.Organization = ""
	applyNew(tr, before)
	after1 := before
	after1.Organization = "org"
	tr.Apply(claude.Change{Before: &before, After: after1}, after(1))
	if l := levelOf(t, tr, "input_tokens", after(1)); l.Bucket.Organization != "org" {
		t.Errorf("bucket = %+v; want that of the organization, which the call was found to be of", l.Bucket)
	}
}

func TestClasses(t *testing.T) {
	priorityCall, fastCall, batch := using(0, 6000, 0), using(0, 12_000, 0), using(0, 24_000, 0)
	priorityCall.Usage.ServiceTier, fastCall.Usage.Speed, batch.Usage.ServiceTier = "priority", "fast", "batch"
	tr := limited(t)
	applyNew(tr, using(0, 3000, 0))
	for _, l := range tr.Levels(after(0)) {
		if l.Bucket.Limiter.Special() {
			t.Errorf("level = %+v; want none: no special call was made", l)
		}
	}
	applyNew(tr, priorityCall, fastCall, batch)
	for l, want := range map[claude.Limiter]float64{"input_tokens": 9000. / 120e3, "priority_input_tokens": 0.05, "fast_input_tokens": 0.1, "requests": 0.15} {
		near(t, "load of "+string(l), levelOf(t, tr, l, after(0)).Load2m, want, 1e-9)
	}
}

func TestCacheReads(t *testing.T) {
	c := using(0, 100, 0)
	c.Usage.CacheReadInputTokens, c.Usage.CacheCreationInputTokens = claude.Some[int64](1e6), claude.Some[int64](5900)
	tr := limited(t)
	applyNew(tr, c)
	near(t, "load", levelOf(t, tr, "input_tokens", after(0)).Load2m, 0.05, 1e-9)
}

func TestDerived(t *testing.T) {
	tr := newTracker(t, Options{})
	tokens := reading("tokens", 1e6, 500_000, 30)
	applyNew(tr, callAt(0, tokens))
	if levelOf(t, tr, "tokens", after(0)).Derived {
		t.Error("tokens alone are derived; want them to stand for themselves")
	}
	applyNew(tr, callAt(0, tokens, inputTokens(1e6, 500_000, 30), reading("output_tokens", 1e6, 500_000, 30)))
	if !levelOf(t, tr, "tokens", after(0)).Derived {
		t.Error("tokens beside input and output are not derived; want them shown only")
	}
}

func TestExhausted(t *testing.T) {
	tests := map[string]struct {
		calls []claude.Call
		want  float64 // seconds from 0; -1 for none
	}{
		// 2 minutes at a limit of 1,000,000 take 2,000,000: 2,400,000 is a rate of 1.2, and half a bucket lasts 0.5*60/0.2 s.
		"by load":               {[]claude.Call{using(-60, 2.4e6, 0), callAt(0, inputTokens(1e6, 500_000, 30))}, 150},
		"at the limit":          {[]claude.Call{using(-60, 2e6, 0), callAt(0, inputTokens(1e6, 500_000, 30))}, -1},
		"full already":          {[]claude.Call{using(-60, 2.4e6, 0), callAt(0, inputTokens(1e6, 0, 60))}, 0},
		"below":                 {[]claude.Call{using(-60, 1e6, 0), callAt(0, inputTokens(1e6, 10_000, 60))}, -1},
		"far off":               {[]claude.Call{using(-60, 2.0001e6, 0), callAt(0, inputTokens(1e6, 500_000, 30))}, -1},
		"by slope":              {[]claude.Call{callAt(-40, inputTokens(1e6, 900_000, -34)), callAt(0, inputTokens(1e6, 400_000, 36))}, 32},
		"slope too short":       {[]claude.Call{callAt(-20, inputTokens(1e6, 900_000, -14)), callAt(0, inputTokens(1e6, 400_000, 36))}, -1},
		"slope within rounding": {[]claude.Call{callAt(-31, inputTokens(1e6, 500_000, -1)), callAt(0, inputTokens(1e6, 483_000, 31))}, -1},
		"slope falls":           {[]claude.Call{callAt(-40, inputTokens(1e6, 300_000, 2)), callAt(0, inputTokens(1e6, 400_000, 36))}, -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tr := newTracker(t, Options{})
			applyNew(tr, tt.calls...)
			got := levelOf(t, tr, "input_tokens", after(0)).Exhausted
			if tt.want < 0 {
				if !got.IsZero() {
					t.Errorf("exhausted at %v; want never", got)
				}
			} else if d := got.Sub(after(tt.want)).Abs(); d > time.Second {
				t.Errorf("exhausted at %v; want %v", got, after(tt.want))
			}
		})
	}
}
