package alerts

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// While calls are refused far more than usual nobody needs to hear that the limit is about to run out.
func TestSpikeMutesExhaustionOfItsOrganization(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	now := minutes(t, e, t0, 5, "")
	if got := firingRules(e); !slices.Equal(got, []string{"rate_limited_spike"}) {
		t.Fatalf("firing = %v; want rate_limited_spike", got)
	}
	full, other := level(0.97), level(0.97)
	full.Load2m, other.Load2m = claude.Some(0.9), claude.Some(0.9)
	other.Bucket.Organization = "org-2"
	evaluate(t, e, now, full, other)
	want := map[string]int64{"rate_limited_spike": s.posts()["rate_limited_spike"], "limit_exhaustion_imminent": 1}
	if got := s.posts(); !maps.Equal(got, want) {
		t.Errorf("posts = %v; want %v: one exhaustion, of the other organization", got, want)
	}
	for _, a := range e.Firing() {
		if a.Rule == "limit_exhaustion_imminent" && (a.Revision > 0) != (a.Labels["organization"] == "org-2") {
			t.Errorf("%s of %s has revision %d; want only the other organization's told", a.Rule, a.Labels["organization"], a.Revision)
		}
	}
}

func TestBlindMutesForecasts(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, func(o *EngineOptions) {
		o.Forecast = func(now time.Time) []Forecast {
			return []Forecast{{Bucket: bucket, Low: now.Add(24 * time.Hour), Mid: now.Add(5 * 24 * time.Hour)}}
		}
	})
	fault := []Fault{{Source: "app.log", Why: "permission denied"}}
	for i := range 3 {
		if err := e.Evaluate(t.Context(), View{Now: t0.Add(time.Duration(i) * time.Minute), Faults: fault}); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.posts(); got["agent_blind"] == 0 {
		t.Fatalf("posts = %v; want agent_blind", got)
	}
	later := newMemory()
	e.store = later
	e.mu.Lock()
	for fp, k := range e.alerts { // as on a day when a forecast comes due
		if k.Rule == "upgrade_due" {
			delete(e.alerts, fp)
		}
	}
	e.mu.Unlock()
	if err := e.Evaluate(t.Context(), View{Now: t0.Add(4 * time.Minute), Faults: fault}); err != nil {
		t.Fatal(err)
	}
	if got := later.posts(); got["upgrade_due"] != 0 {
		t.Errorf("posts while blind = %v; want no forecast", got)
	}
}

func TestUpgradeDue(t *testing.T) {
	mid := t0.Add(10 * 24 * time.Hour)
	s := newMemory()
	e := newEngine(t, s, func(o *EngineOptions) {
		o.Forecast = func(time.Time) []Forecast { return []Forecast{{Bucket: bucket, Low: t0.Add(24 * time.Hour), Mid: mid}} }
	})
	evaluate(t, e, t0)
	a := e.Firing()
	if len(a) != 1 || a[0].Rule != "upgrade_due" || a[0].Facts.Title != "input tokens of sonnet-5 in wrkspc_1 will reach 80 % of the limit about "+day(mid) {
		t.Fatalf("firing = %+v; want upgrade_due with a date", a)
	}
	if got, want := a[0].Facts.Fields[1].Value, "never"; got[len(got)-len(want):] != want {
		t.Errorf("interval = %q; want it to end with never", got)
	}
	mid = t0.Add(60 * 24 * time.Hour)
	evaluate(t, e, t0.Add(time.Hour))
	evaluate(t, e, t0.Add(26*time.Hour))
	if got := firingRules(e); got != nil {
		t.Errorf("firing a day after the forecast moved away = %v; want none", got)
	}
	if slices.ContainsFunc(Rules(), func(r RuleInfo) bool { return r.Name == "upgrade_due" }) {
		t.Error("upgrade_due is among the default rules; want it only where something forecasts")
	}
}

// One quiet window does not make the use low: both loads must be below the threshold for the whole hold.
func TestUsageStaysHighWhileOneLoadIs(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	loads := func(fast, slow float64) claude.Level {
		return claude.Level{Bucket: bucket, Load2m: claude.Some(fast), Load10m: claude.Some(slow)}
	}
	evaluate(t, e, t0, loads(0.9, 0.85))
	for m := range 15 {
		evaluate(t, e, t0.Add(time.Duration(m+1)*time.Minute), loads(0.5, 0.72))
	}
	if got := firingRules(e); !slices.Equal(got, []string{"limit_usage_high"}) {
		t.Fatalf("firing while the load of 10 minutes is 72 %% = %v; want limit_usage_high", got)
	}
	for m := range 12 {
		evaluate(t, e, t0.Add(time.Duration(m+16)*time.Minute), loads(0.5, 0.69))
	}
	if got := firingRules(e); got != nil {
		t.Errorf("firing after both were below 70 %% for the hold = %v; want none", got)
	}
}
