package alerts

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// gauges is what a gatherer returns, and may change.
type gauges struct {
	samples []Sample
	err     error
}

func (g *gauges) engine(t *testing.T, s *memory, r CustomRule) *Engine {
	t.Helper()
	r.Name, r.Metric, r.Severity = "mine", "claude_x", Warning
	return newEngine(t, s, func(o *EngineOptions) {
		o.Rules = []CustomRule{r}
		o.Values = func(_ context.Context, names []string) (map[string][]Sample, error) {
			if !slices.Equal(names, []string{"claude_x"}) {
				t.Errorf("gathered %v; want claude_x", names)
			}
			return map[string][]Sample{"claude_x": g.samples}, g.err
		}
	})
}

func sample(pool string, v float64) Sample { return Sample{map[string]string{"pool": pool}, v} }

func TestCustomRule(t *testing.T) {
	g := &gauges{samples: []Sample{sample("a", 0.95), sample("b", 0.99), sample("c", 0.5)}}
	e := g.engine(t, newMemory(), CustomRule{Labels: map[string]string{"pool": "a"}, Above: claude.Some(0.9), Resolve: claude.Some(0.8), For: time.Minute})
	evaluate(t, e, t0)
	if got := firingRules(e); got != nil {
		t.Fatalf("firing at once = %v; want it to wait", got)
	}
	evaluate(t, e, t0.Add(time.Minute))
	a := e.Firing()
	if len(a) != 1 || a[0].Labels["pool"] != "a" || a[0].Facts.Title != "mine: claude_x is above 0.9, at 0.95" {
		t.Fatalf("firing = %+v; want mine of pool a", a)
	}
	g.samples[0].Value = 0.85 // in the dead band
	evaluate(t, e, t0.Add(2*time.Minute))
	if got := firingRules(e); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("firing between resolve and above = %v; want mine", got)
	}
	g.samples = nil // it is gone
	evaluate(t, e, t0.Add(3*time.Minute))
	if got := firingRules(e); got != nil {
		t.Errorf("firing without the series = %v; want none", got)
	}
}

func TestCustomRuleBelow(t *testing.T) {
	g := &gauges{samples: []Sample{sample("a", 3)}}
	e := g.engine(t, newMemory(), CustomRule{Below: claude.Some(5.0)})
	evaluate(t, e, t0)
	if got := firingRules(e); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("firing at 3 = %v; want mine", got)
	}
	g.samples[0].Value = 5
	evaluate(t, e, t0.Add(time.Minute))
	if got := firingRules(e); got != nil {
		t.Errorf("firing at 5 = %v; want none", got)
	}
}

// What can't be gathered is not known to be well.
func TestCustomRuleStandsStillWithoutValues(t *testing.T) {
	g := &gauges{samples: []Sample{sample("a", 3)}}
	e := g.engine(t, newMemory(), CustomRule{Above: claude.Some(1.0)})
	evaluate(t, e, t0)
	g.err = errors.New("no metrics")
	for i := range 20 {
		evaluate(t, e, t0.Add(time.Duration(i)*time.Minute))
	}
	if got := firingRules(e); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("firing while nothing can be gathered = %v; want mine", got)
	}
}

func TestCustomRate(t *testing.T) {
	r := CustomRule{Name: "r", Metric: "m", RateOver: 5 * time.Minute}
	for name, c := range map[string]struct {
		values []float64 // a minute apart; NaN for a series that is not there
		want   float64
		known  bool
	}{
		"steady":           {[]float64{100, 160, 220, 280, 340, 400, 460}, 1, true},
		"too new":          {[]float64{100, 160}, 0, false},
		"half of the time": {[]float64{100, 160, 220, 280}, 1, true},
		"began anew":       {[]float64{600, 660, 0, 60, 120, 180}, 240.0 / 300, true},
		"a new series":     {[]float64{math.NaN(), math.NaN(), 60, 120, 180, 240}, 1, true},
	} {
		var b customBook
		b.configure([]CustomRule{r})
		for i, v := range c.values {
			var samples []Sample
			if !math.IsNaN(v) {
				samples = []Sample{sample("a", v)}
			}
			b.take(map[string][]Sample{"m": samples}, t0.Add(time.Duration(i)*time.Minute))
		}
		for _, s := range b.series["r"] {
			if got, ok := s.value(r.RateOver); ok != c.known || math.Abs(got-c.want) > 1e-9 {
				t.Errorf("%s: rate = %v, %v; want %v, %v", name, got, ok, c.want, c.known)
			}
		}
	}
}

func TestCustomRulesAreRefused(t *testing.T) {
	fine := CustomRule{Name: "mine", Metric: "m", Above: claude.Some(1.0), Severity: Info}
	for name, change := range map[string]func(*CustomRule){
		"no name":             func(r *CustomRule) { r.Name = "" },
		"name of a rule":      func(r *CustomRule) { r.Name = "limit_usage_high" },
		"no metric":           func(r *CustomRule) { r.Metric = "" },
		"no comparison":       func(r *CustomRule) { r.Above = claude.Opt[float64]{} },
		"two comparisons":     func(r *CustomRule) { r.Below = claude.Some(1.0) },
		"resolve above above": func(r *CustomRule) { r.Resolve = claude.Some(2.0) },
		"below zero":          func(r *CustomRule) { r.For = -1 },
		"no severity":         func(r *CustomRule) { r.Severity = "" },
	} {
		r := fine
		change(&r)
		if _, err := New(EngineOptions{Store: newMemory(), Rules: []CustomRule{r}}); err == nil {
			t.Errorf("%s: New with %+v = nil; want an error", name, r)
		}
	}
	if _, err := New(EngineOptions{Store: newMemory(), Rules: []CustomRule{fine, fine}}); err == nil {
		t.Error("New with two rules of a name = nil; want an error")
	}
}

// The users' own rules can be changed while the engine runs; what is gone resolves.
func TestConfigureAnew(t *testing.T) {
	g := &gauges{samples: []Sample{sample("a", 3)}}
	s := newMemory()
	e := g.engine(t, s, CustomRule{Above: claude.Some(1.0)})
	evaluate(t, e, t0)
	if err := e.Configure(Configuration{Settings: Settings{"no_such_rule": {}}}); err == nil {
		t.Fatal("Configure with an unknown rule = nil; want an error")
	}
	evaluate(t, e, t0.Add(time.Minute))
	if got := firingRules(e); !slices.Equal(got, []string{"mine"}) {
		t.Fatalf("firing after a refused configuration = %v; want mine as before", got)
	}
	if err := e.Configure(Configuration{Receivers: []Route{{Name: "slack"}}}); err != nil {
		t.Fatal(err)
	}
	evaluate(t, e, t0.Add(2*time.Minute))
	if got := firingRules(e); got != nil {
		t.Errorf("firing after the rule is gone = %v; want none", got)
	}
	if got := s.episodes[s.delivery("slack").Episode].Reason; got != string(ReasonRuleRemoved) {
		t.Errorf("reason = %q; want %q", got, ReasonRuleRemoved)
	}
}
