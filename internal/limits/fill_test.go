package limits

import (
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

func TestFill(t *testing.T) {
	idle := claude.Reading{Limiter: "input_tokens", Limit: claude.Some[int64](1e6), Remaining: claude.Some[int64](1e6), Reset: time.Unix(0, 0)}
	noDate := func(c claude.Call) claude.Call { c.ServerTime = time.Time{}; return c }
	took := func(c claude.Call, s float64) claude.Call { c.DurationSeconds = claude.Some(s); return c }
	tests := map[string]struct {
		calls []claude.Call
		at    float64
		want  float64
	}{
		"as read":                        {[]claude.Call{callAt(0, inputTokens(1e6, 200_000, 48))}, 0, 0.8},
		"falls in a straight line":       {[]claude.Call{callAt(0, inputTokens(1e6, 200_000, 48))}, 24, 0.4},
		"is empty at the reset":          {[]claude.Call{callAt(0, inputTokens(1e6, 200_000, 48))}, 48, 0},
		"and stays so":                   {[]claude.Call{callAt(0, inputTokens(1e6, 200_000, 48))}, 4800, 0},
		"the later reset counts":         {[]claude.Call{callAt(0, inputTokens(1e6, 500_000, 30)), callAt(1, inputTokens(1e6, 400_000, 37))}, 1, 0.6},
		"an old reading that comes late": {[]claude.Call{callAt(1, inputTokens(1e6, 400_000, 37)), callAt(0, inputTokens(1e6, 500_000, 30))}, 1, 0.6},
		"a refund is seen after 10 s":    {[]claude.Call{callAt(0, inputTokens(1e6, 100_000, 54)), callAt(11, inputTokens(1e6, 800_000, 23))}, 11, 0.2},
		"a refund waits for 10 s":        {[]claude.Call{callAt(0, inputTokens(1e6, 100_000, 54)), callAt(9, inputTokens(1e6, 800_000, 21))}, 9, 0.75},
		"remaining above the limit":      {[]claude.Call{callAt(0, inputTokens(1e6, 1_001_000, 0))}, 0, 0},
		"idle since 1970":                {[]claude.Call{callAt(0, idle)}, 0, 0},
		"1970 beside no remaining":       {[]claude.Call{callAt(0, claude.Reading{Limiter: "input_tokens", Reset: time.Unix(0, 0)})}, 0, 0},
		"no reset":                       {[]claude.Call{noDate(callAt(0, claude.Reading{Limiter: "input_tokens", Limit: claude.Some[int64](1e6), Remaining: claude.Some[int64](250_000)}))}, 0, 0.75},
		"reset only":                     {[]claude.Call{callAt(0, claude.Reading{Limiter: "input_tokens", Reset: after(30)})}, 0, 0.5},
		"reset in the past, log late":    {[]claude.Call{noDate(callAt(300, inputTokens(1e6, 200_000, 48)))}, 300, 0},
		"stream that took long":          {[]claude.Call{took(noDate(callAt(40, inputTokens(1e6, 200_000, 48))), 40)}, 40, 8. / 60},
		"reset from another century":     {[]claude.Call{callAt(0, inputTokens(1e6, 100_000, 1e9))}, 0, 0.9},
		"reset long before the call":     {[]claude.Call{callAt(0, inputTokens(1e6, 100_000, -1e7))}, 0, 0.9},
		"rounded small limits":           {[]claude.Call{callAt(0, inputTokens(2000, 1000, 17))}, 0, 17. / 60},
		"requests are exact":             {[]claude.Call{callAt(0, reading("input_tokens", 1e6, 1e6, 0), reading("requests", 1000, 100, 54))}, 0, 0},
		"literal where they disagree":    {[]claude.Call{callAt(0, inputTokens(1e6, 100_000, 20))}, 10, 0.45},
		"literal, little used":           {[]claude.Call{callAt(0, inputTokens(1e6, 900_000, 60))}, 30, 0.05},
		"limit doubled":                  {[]claude.Call{callAt(0, inputTokens(1e6, 200_000, 48)), callAt(1, inputTokens(2e6, 1_200_000, 25))}, 1, 0.4},
		"limit halved":                   {[]claude.Call{callAt(0, inputTokens(2e6, 1_200_000, 24)), callAt(1, inputTokens(1e6, 200_000, 49))}, 1, 0.8},
		"over the limit, which is spent": {[]claude.Call{callAt(0, inputTokens(1e6, 0, 75))}, 45, 0.5},
		"never above 1":                  {[]claude.Call{callAt(0, inputTokens(1e6, 0, 75))}, 0, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tr := newTracker(t, Options{})
			applyNew(tr, tt.calls...)
			near(t, "fill", levelOf(t, tr, "input_tokens", after(tt.at)).Fill, tt.want, 0.018)
		})
	}
}

// TestFillStartsFromTheMiddle wants what is expected on top of a reading to start from the middle of what its rounded numbers leave open,
// and the reading alone to count in full.
func TestFillStartsFromTheMiddle(t *testing.T) {
	for _, tt := range []struct{ unseen, want float64 }{{0, 48}, {0.3, 48}, {0.4, 48}, {2, 49.5}, {10, 57.5}} {
		g := newGauge(claude.LimiterInputTokens)
		second := int64(1_800_000_000)
		g.marks.note(mark{second: second, full: whole(second).add(48 * time.Second), least: whole(second).add(47 * time.Second), reset: never})
		got, _ := g.fill(whole(second), func(time.Duration) time.Duration { return seconds(tt.unseen) })
		near(t, "fill", got, tt.want/60, 1e-9)
	}
}

func TestFillUnknown(t *testing.T) {
	tr := newTracker(t, Options{})
	applyNew(tr, callAt(0, claude.Reading{Limiter: "input_tokens", Limit: claude.Some[int64](1e6)}), callAt(0, claude.Reading{Limiter: "requests"}))
	l := levelOf(t, tr, "input_tokens", after(0))
	if l.Fill.Known() || l.InUse.Known() || !l.Exhausted.IsZero() {
		t.Errorf("level of a limit alone = %+v; want no fill, use or exhaustion", l)
	}
	if n := len(tr.Levels(after(0))); n != 1 {
		t.Errorf("%d levels; want 1: an empty reading is no bucket", n)
	}
}

func TestLevelShowsWhatWasRead(t *testing.T) {
	tr := newTracker(t, Options{})
	applyNew(tr, callAt(5, inputTokens(1e6, 200_000, 53)), callAt(3, inputTokens(1e6, 300_000, 45)))
	l := levelOf(t, tr, "input_tokens", after(5))
	want := claude.Level{
		Bucket: claude.Bucket{Provider: "anthropic", Organization: "org", Workspace: "ws", Pool: "sonnet-5", Limiter: "input_tokens"},
		Limit:  claude.Some[int64](1e6), From: claude.LimitFromHeaders, Remaining: claude.Some[int64](200_000),
		Reset: after(53), Observed: after(5), Fill: claude.Some(0.8), InUse: claude.Some(0.8e6), Load2m: l.Load2m, Load10m: l.Load10m,
	}
	if l != want {
		t.Errorf("level = %+v; want %+v", l, want)
	}
	if l.Load2m.Known() {
		t.Errorf("load of input tokens = %v; want unknown without usage", l.Load2m)
	}
}

// TestSkew gives the agent's machine a clock that is wrong, by less and more than a bucket's whole period.
func TestSkew(t *testing.T) {
	for _, ahead := range []float64{-90, -7, 0, 7, 90} {
		tr := newTracker(t, Options{})
		c := callAt(0, inputTokens(1e6, 200_000, 48))
		c.DurationSeconds = claude.Some(0.2)
		c.Time = c.Time.Add(seconds(ahead + 0.2))
		applyNew(tr, c)
		near(t, "fill now", levelOf(t, tr, "input_tokens", c.Time).Fill, 0.8, 0.01)
		near(t, "fill 24 s later", levelOf(t, tr, "input_tokens", c.Time.Add(24*time.Second)).Fill, 0.4, 0.01)
	}
}

func TestSkewOfOtherMachinesIsNotOurs(t *testing.T) {
	for _, ahead := range []float64{-90, 90} {
		tr := newTracker(t, Options{})
		c := callAt(0, inputTokens(1e6, 200_000, 48))
		c.Time = c.Time.Add(seconds(ahead))
		tr.Apply(claude.Change{After: c, New: true}, after(0.5)) // our clock is right
		near(t, "fill", levelOf(t, tr, "input_tokens", after(12)).Fill, 0.6, 0.01)
	}
}

func TestSkewIsNotTheLengthOfStreams(t *testing.T) {
	tr := newTracker(t, Options{})
	c := callAt(0, inputTokens(1e6, 200_000, 48))
	c.DurationSeconds = claude.Some(30.0)
	c.Time = after(30)
	applyNew(tr, c)
	near(t, "fill", levelOf(t, tr, "input_tokens", after(30)).Fill, 0.3, 0.01)
}

func TestUnified(t *testing.T) {
	window := func(use, reset float64) claude.Reading {
		return claude.Reading{Limiter: "unified_5h", Utilization: claude.Some(use), Reset: after(reset)}
	}
	tr := newTracker(t, Options{})
	applyNew(tr, callAt(10, window(0.42, 7200)), callAt(0, window(0.40, 7200)))
	l := levelOf(t, tr, "unified_5h", after(3600))
	near(t, "utilization", l.Fill, 0.42, 0)
	if l.Bucket.Pool != "" || l.Limit.Known() || l.Load2m.Known() || !l.Reset.Equal(after(7200)) {
		t.Errorf("level = %+v; want no pool, limit or load, and the reset", l)
	}
	near(t, "utilization at the reset", levelOf(t, tr, "unified_5h", after(7200)).Fill, 0, 0)
	applyNew(tr, callAt(7300, claude.Reading{Limiter: "unified_5h", Status: "rejected", Reset: after(9000)}))
	near(t, "utilization when rejected", levelOf(t, tr, "unified_5h", after(7301)).Fill, 1, 0)
}

// TestDateFromBefore1970 gives calls that say what no server ever says.
func TestDateFromBefore1970(t *testing.T) {
	for _, server := range []time.Time{time.Unix(-1, 0), time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-9000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		tr := newTracker(t, Options{})
		c := callAt(0, inputTokens(1e6, 200_000, 48))
		c.ServerTime = server
		applyNew(tr, c)
		tr.Restore([]claude.Observation{{Bucket: c.Bucket("requests"), Reading: c.Readings[0], At: server, Server: server}}, c.Time)
		near(t, "fill by the log's time", levelOf(t, tr, "input_tokens", after(0)).Fill, 0.8, 0.02)
		if n := len(tr.Levels(after(0))); n != 1 {
			t.Errorf("%d levels; want 1: what was read before 1970 is none", n)
		}
	}
}

func TestFuture(t *testing.T) {
	tr := newTracker(t, Options{})
	c := callAt(3600, inputTokens(1e6, 0, 3660))
	tr.Apply(claude.Change{After: c, New: true}, after(0))
	tr.Restore([]claude.Observation{{Bucket: c.Bucket("input_tokens"), Reading: c.Readings[0], At: c.Time}}, after(0))
	if n, s := len(tr.Levels(after(0))), tr.Stats(); n != 0 || s.Disbelieved != 2 {
		t.Errorf("%d levels, %+v; want none and 2 disbelieved", n, s)
	}
}

func TestRestore(t *testing.T) {
	c := callAt(0, inputTokens(1e6, 200_000, 48))
	tr := newTracker(t, Options{})
	tr.Restore([]claude.Observation{{Bucket: c.Bucket("input_tokens"), Reading: c.Readings[0], At: c.Time, Server: c.ServerTime}}, after(24))
	l := levelOf(t, tr, "input_tokens", after(24))
	near(t, "fill", l.Fill, 0.4, 0.01)
	if l.Load2m.Known() {
		t.Errorf("load = %v; want unknown: nothing was counted", l.Load2m)
	}
}
