package alerts

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

func TestRetryDelay(t *testing.T) {
	wait := func(at time.Time, app string, seconds float64) claude.Change {
		return call(at, 429, func(c *claude.Call) { c.App, c.RetryAfterSeconds = app, claude.Some(seconds) })
	}
	s := newMemory()
	e := newEngine(t, s, nil)
	e.Observe([]claude.Change{wait(t0, "shop", 30), wait(t0, "shop", 30), wait(t0, "search", 59)}, t0)
	evaluate(t, e, t0)
	if got := firingRules(e); got != nil {
		t.Fatalf("firing at just 60 s = %v; want none: more than that", got)
	}
	e.Observe([]claude.Change{wait(t0, "shop", 1)}, t0)
	evaluate(t, e, t0.Add(time.Second))
	a := e.Firing()
	if len(a) != 1 || a[0].Labels["app"] != "shop" || a[0].Value != 61 {
		t.Fatalf("firing = %+v; want retry_delay_high of shop at 61 s", a)
	}
	for m := range 12 {
		evaluate(t, e, t0.Add(time.Duration(m)*time.Minute))
	}
	if got := firingRules(e); got != nil {
		t.Errorf("firing 11 min later = %v; want none", got)
	}
}

func TestRetryDelayOfDaysCountsForTheWindow(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	c := call(t0, 429, func(c *claude.Call) { c.RetryAfterSeconds = claude.Some(3 * 86400.0) })
	e.Observe([]claude.Change{c}, t0)
	evaluate(t, e, t0)
	if a := e.Firing(); len(a) != 1 || a[0].Value != mostDelay {
		t.Errorf("firing = %+v; want 300 s: nobody loses more in 5 minutes", a)
	}
}

func TestOverloadedSpike(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	e.Seed([]claude.Traffic{{Minute: t0.Add(-time.Hour), Provider: "anthropic", Organization: "org-1", Calls: 4000, Overloaded: 4}})
	now := t0
	for range 20 {
		var changes []claude.Change
		for i := range 10 {
			c := call(now, 200, nil)
			if i < 3 { // half of them as 529, half inside a stream
				c.After.Status = []int{200, 529}[i%2]
				c.After.ErrorType, c.After.Cause = "overloaded_error", claude.CauseOverloaded
			}
			changes = append(changes, c)
		}
		e.Observe(changes, now)
		evaluate(t, e, now)
		now = now.Add(spikeBin)
	}
	a := e.Firing()
	if len(a) != 1 || a[0].Rule != "overloaded_spike" || a[0].Severity != Warning || !strings.Contains(a[0].Facts.Do[0], "not your quota") {
		t.Errorf("firing = %+v; want overloaded_spike, and no 429 spike", a)
	}
}

func TestLimitChanged(t *testing.T) {
	at := func(limit int64) claude.Level {
		l := level(0.1)
		l.Limit = claude.Some(limit)
		return l
	}
	s := newMemory()
	e := newEngine(t, s, nil)
	now := t0
	step := func(limit int64, d time.Duration) {
		evaluate(t, e, now, at(limit))
		now = now.Add(d)
	}
	step(80_000, 15*time.Second)
	for range 20 { // two workspaces that nobody can tell apart take turns
		for range 4 {
			step(160_000, 15*time.Second)
		}
		step(80_000, 15*time.Second)
	}
	if got := firingRules(e); got != nil {
		t.Fatalf("firing while limits take turns = %v; want none", got)
	}
	for range 6 {
		step(160_000, 15*time.Second)
	}
	a := e.Firing()
	if len(a) != 1 || a[0].Rule != "limit_changed" || a[0].Facts.Title != "limit of input tokens of sonnet-5 in wrkspc_1 went up to 160,000 a minute" {
		t.Fatalf("firing = %+v; want limit_changed", a)
	}
	for range 65 {
		step(160_000, time.Minute)
	}
	if got := firingRules(e); got != nil {
		t.Errorf("firing an hour later = %v; want none", got)
	}
	if got := s.posts(); got["limit_changed"] != 2 {
		t.Errorf("posts = %v; want it told once and ended", got)
	}
	configured := at(1)
	configured.From = claude.LimitFromConfig
	for range 6 {
		evaluate(t, e, now, configured)
		now = now.Add(15 * time.Second)
	}
	if got := firingRules(e); got != nil {
		t.Errorf("firing on a configured limit = %v; want none", got)
	}
}

func TestSubscriptionWindow(t *testing.T) {
	w := claude.Level{Bucket: claude.Bucket{Provider: "anthropic", Limiter: "unified_7d_opus"}, Reset: t0.Add(24 * time.Hour)}
	at := func(used, elapsed float64) claude.Level {
		l := w
		l.Fill, l.Elapsed = claude.Some(used), claude.Some(elapsed)
		return l
	}
	s := newMemory()
	e := newEngine(t, s, nil)
	evaluate(t, e, t0, at(0.79, 0.8))
	if got := firingRules(e); got != nil {
		t.Fatalf("firing at 79 %% = %v; want none", got)
	}
	evaluate(t, e, t0.Add(time.Minute), at(0.8, 0.85))
	a := e.Firing()
	if len(a) != 1 || a[0].Severity != Warning || a[0].Facts.Title != "7-day window of opus at 80 %" || !strings.Contains(a[0].Facts.Do[0], "lasts until the reset") {
		t.Fatalf("firing at 80 %% = %+v; want a warning that says the pace is fine", a)
	}
	evaluate(t, e, t0.Add(2*time.Minute), at(0.95, 0.86))
	if a = e.Firing(); len(a) != 1 || a[0].Severity != Critical || a[0].Revision != 2 || !strings.Contains(a[0].Facts.Do[0], "before the reset") {
		t.Fatalf("firing at 95 %% = %+v; want it critical, told again, and that it won't last", a)
	}
	evaluate(t, e, t0.Add(24*time.Hour), at(0, 0)) // the window is over
	if got := firingRules(e); got != nil {
		t.Errorf("firing after the reset = %v; want none", got)
	}
}

// An escalation reaches those who only hear of critical alerts.
func TestEscalationIsRouted(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, func(o *EngineOptions) { o.Receivers = []Route{{Name: "pager", Severities: []Severity{Critical}}} })
	l := claude.Level{Bucket: claude.Bucket{Limiter: "unified_5h"}, Fill: claude.Some(0.85)}
	evaluate(t, e, t0, l)
	if got := s.delivery("pager"); got.Desired != 0 {
		t.Fatalf("delivery of a warning to the pager = %+v; want none", got)
	}
	l.Fill = claude.Some(0.96)
	evaluate(t, e, t0.Add(time.Second), l)
	if got := s.delivery("pager"); got.Desired == 0 {
		t.Error("no delivery to the pager after the alert became critical")
	}
	l.Fill = claude.Some(0.9)
	evaluate(t, e, t0.Add(2*time.Second), l)
	if a := e.Firing(); len(a) != 1 || a[0].Severity != Critical {
		t.Errorf("firing at 90 %% after 96 %% = %+v; want it as grave as it was", a)
	}
}

func TestUnpriced(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, func(o *EngineOptions) { o.Priced = true })
	use := func(model string, cost claude.Opt[float64]) claude.Change {
		return call(t0, 200, func(c *claude.Call) { c.Model, c.Usage.InputTokens, c.CostUSD = model, claude.Some[int64](5000), cost })
	}
	e.Observe([]claude.Change{use("my-deployment", claude.Opt[float64]{}), use("claude-sonnet-5", claude.Some(0.1)), use("", claude.Opt[float64]{})}, t0)
	evaluate(t, e, t0)
	a := e.Firing()
	if len(a) != 1 || a[0].Labels["model"] != "my-deployment" || a[0].Facts.Fields[0].Value != "5,000" {
		t.Fatalf("firing = %+v; want model_unpriced of my-deployment", a)
	}
	e = newEngine(t, s, func(o *EngineOptions) { o.Priced = true }) // a restart repeats nothing
	evaluate(t, e, t0.Add(time.Hour))
	if got := firingRules(e); !slices.Equal(got, []string{"model_unpriced"}) {
		t.Errorf("firing after a restart = %v; want model_unpriced", got)
	}
	if got, want := s.posts(), map[string]int64{"model_unpriced": 1}; !maps.Equal(got, want) {
		t.Errorf("posts = %v; want %v", got, want)
	}
}

func TestFlappingIsTold(t *testing.T) {
	e := newEngine(t, newMemory(), func(o *EngineOptions) {
		hold := time.Minute
		o.Settings = Settings{"limit_usage_high": {Hold: &hold}}
	})
	now := t0
	for range 3 {
		evaluate(t, e, now, level(0.9))
		evaluate(t, e, now.Add(time.Minute), level(0.1))
		evaluate(t, e, now.Add(2*time.Minute), level(0.1))
		evaluate(t, e, now.Add(11*time.Minute), level(0.1))
		now = now.Add(12 * time.Minute)
	}
	evaluate(t, e, now, level(0.9))
	a := e.Firing()
	if len(a) != 1 || !slices.ContainsFunc(a[0].Facts.Fields, func(f Field) bool { return f.Name == "Flapping" && strings.HasPrefix(f.Value, "fired 4 times") }) {
		t.Errorf("firing = %+v; want one that says that it flaps", a)
	}
}
