package alerts

import (
	"fmt"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	ptr := func(v float64) *float64 { return &v }
	minus := -time.Second
	for name, c := range map[string]struct {
		s    Settings
		want string
	}{
		"fine":            {Settings{"limit_usage_high": {Fire: ptr(0.9), Resolve: ptr(0.5)}}, ""},
		"unknown rule":    {Settings{"limit_usage_hihg": {}}, "alerts.limit_usage_hihg: unknown rule, the nearest is limit_usage_high"},
		"resolve above":   {Settings{"limit_usage_high": {Fire: ptr(0.6)}}, "alerts.limit_usage_high.resolve 0.7: must be below fire 0.6"},
		"zero":            {Settings{"limit_usage_high": {Fire: ptr(0)}}, "alerts.limit_usage_high.fire 0: must be above 0"},
		"no threshold":    {Settings{"spend_cap_reached": {Fire: ptr(1)}}, "alerts.spend_cap_reached.fire 1: the rule has no such threshold"},
		"negative hold":   {Settings{"source_absent": {Hold: &minus}}, "alerts.source_absent.hold -1s: must not be negative"},
		"negative for":    {Settings{"source_absent": {For: &minus}}, "alerts.source_absent.for -1s: must not be negative"},
		"unknown urgency": {Settings{"source_absent": {Severity: "page"}}, `alerts.source_absent.severity "page": must be info, warning or critical`},
	} {
		err := c.s.Validate()
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && got != c.want {
			t.Errorf("%s: Validate(%v) = %v; want %q", name, c.s, err, c.want)
		}
	}
}

func TestSettingsAreInForce(t *testing.T) {
	fire, wait := 0.5, time.Minute
	e := newEngine(t, newMemory(), func(o *EngineOptions) {
		resolve := 0.4
		o.Settings = Settings{"limit_usage_high": {Fire: &fire, Resolve: &resolve, For: &wait, Severity: Critical}}
	})
	evaluate(t, e, t0, level(0.6))
	if got := e.Firing(); len(got) != 0 {
		t.Fatalf("firing at once = %v; want it to wait", got)
	}
	evaluate(t, e, t0.Add(time.Minute), level(0.6))
	if got := e.Firing(); len(got) != 1 || got[0].Severity != Critical {
		t.Errorf("firing = %v; want one critical alert", got)
	}
}

func TestRulesAreDocumented(t *testing.T) {
	for _, r := range Rules() {
		if err := r.check(); err != nil || r.Help == "" || !r.Enabled || r.Fire.Known() != (r.FireIs != "") {
			t.Errorf("rule %+v: %v; want help, sound defaults, and a word on its threshold", r, err)
		}
	}
}
