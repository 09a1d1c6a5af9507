package alerts

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

var bucket = claude.Bucket{Provider: "anthropic", Organization: "org-1", Workspace: "wrkspc_1", Pool: "sonnet-5", Limiter: claude.LimiterInputTokens}

func level(fill float64) claude.Level {
	return claude.Level{Bucket: bucket, Limit: claude.Some[int64](2_000_000), From: claude.LimitFromHeaders, Fill: claude.Some(fill)}
}

func newEngine(t *testing.T, s *memory, change func(*EngineOptions)) *Engine {
	t.Helper()
	o := EngineOptions{Store: s, Receivers: []Route{{Name: "slack"}}}
	if change != nil {
		change(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatalf("New(%+v) = %v", o, err)
	}
	if err := e.Load(t.Context()); err != nil {
		t.Fatalf("Load() = %v", err)
	}
	return e
}

func evaluate(t *testing.T, e *Engine, now time.Time, levels ...claude.Level) {
	t.Helper()
	if err := e.Evaluate(t.Context(), View{Now: now, Levels: levels}); err != nil {
		t.Fatalf("Evaluate(%v) = %v", now, err)
	}
}

func firingRules(e *Engine) []string {
	var names []string
	for _, a := range e.Firing() {
		names = append(names, a.Rule)
	}
	return names
}

func TestUsageHigh(t *testing.T) {
	some := claude.Some[float64]
	readJustNow := level(0.796)
	readJustNow.Remaining, readJustNow.Observed = claude.Some[int64](400_000), t0.Add(-200*time.Millisecond)
	readLongAgo := readJustNow
	readLongAgo.Observed = t0.Add(-16 * time.Second)
	derived := level(0.99)
	derived.Derived = true
	unified := level(0.99)
	unified.Bucket.Limiter = "unified_5h"
	for name, c := range map[string]struct {
		level claude.Level
		want  []string
	}{
		"fill at 80 %":                  {level(0.80), []string{"limit_usage_high"}},
		"fill just below":               {level(0.7999), nil},
		"a reading of 80 %, drained":    {readJustNow, []string{"limit_usage_high"}},
		"the same, but not just now":    {readLongAgo, nil},
		"both loads":                    {claude.Level{Bucket: bucket, Load2m: some(0.9), Load10m: some(0.8)}, []string{"limit_usage_high"}},
		"one load":                      {claude.Level{Bucket: bucket, Load2m: some(2), Load10m: some(0.5)}, nil},
		"nothing known":                 {claude.Level{Bucket: bucket}, nil},
		"a sum beside its parts":        {derived, nil},
		"a subscription window":         {unified, []string{"subscription_window_high"}},
		"full and busy":                 {claude.Level{Bucket: bucket, Fill: some(0.95), Load2m: some(0.8)}, []string{"limit_exhaustion_imminent", "limit_usage_high"}},
		"full for one large call":       {claude.Level{Bucket: bucket, Fill: some(0.99), Load2m: some(0.3)}, []string{"limit_usage_high"}},
		"dry in a minute":               {claude.Level{Bucket: bucket, Fill: some(0.4), Exhausted: t0.Add(time.Minute)}, []string{"limit_exhaustion_imminent"}},
		"dry in more than a minute":     {claude.Level{Bucket: bucket, Fill: some(0.4), Exhausted: t0.Add(61 * time.Second)}, nil},
		"dry in a minute, a load of 80": {claude.Level{Bucket: bucket, Load2m: some(1.2), Load10m: some(0.9), Exhausted: t0.Add(time.Second)}, []string{"limit_exhaustion_imminent", "limit_usage_high"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, newMemory(), nil)
			evaluate(t, e, t0, c.level)
			if got := firingRules(e); !slices.Equal(got, c.want) {
				t.Errorf("firing = %v; want %v", got, c.want)
			}
		})
	}
}

func TestUsageHighFacts(t *testing.T) {
	l := level(0.86)
	l.Load2m, l.Load10m, l.InUse = claude.Some(0.91), claude.Some(0.7), claude.Some(1_720_000.0)
	l.Reset, l.Exhausted = t0.Add(52*time.Second), t0.Add(150*time.Second)
	e := newEngine(t, newMemory(), func(o *EngineOptions) {
		o.Consumers = func(claude.Bucket, time.Time) []claude.Consumer {
			return []claude.Consumer{{App: "checkout", Model: "claude-sonnet-5", Share: 0.62}}
		}
	})
	evaluate(t, e, t0, l)
	want := Facts{
		Title: "input tokens of sonnet-5 in wrkspc_1 at 86 % of the limit", Unit: "ratio",
		Fields: []Field{
			{"Now", "86 %"},
			{"Peak", "86 %"},
			{"Limit", "2,000,000 a minute"},
			{"In use", "1,720,000"},
			{"Load", "91 % over 2 min, 70 % over 10 min"},
			{"Time to exhaustion", "2 min 30 s, at 12:02:30 UTC"},
			{"Resets", "12:00:52 UTC"},
			{"Organization", "org-1"},
		},
		Consumers: []claude.Consumer{{App: "checkout", Model: "claude-sonnet-5", Share: 0.62}},
		Do: []string{
			"Slow checkout (claude-sonnet-5) down first: it makes 62 % of this use.",
			"Cache the parts of prompts that repeat: cache reads don't count towards this limit.",
		},
	}
	if diff := cmp.Diff(want, e.Firing()[0].Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestExhaustionMutesUsage(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	full := level(0.97)
	full.Load2m = claude.Some(0.9)
	evaluate(t, e, t0, full)
	if got, want := s.posts(), map[string]int64{"limit_exhaustion_imminent": 1}; !maps.Equal(got, want) {
		t.Fatalf("posts = %v; want %v", got, want)
	}
	// The graver alert ends after its hold while use stays high: now the other one speaks.
	for m := range 12 {
		evaluate(t, e, t0.Add(time.Duration(m+1)*time.Minute), level(0.81))
	}
	if got, want := s.posts(), map[string]int64{"limit_exhaustion_imminent": 2, "limit_usage_high": 1}; !maps.Equal(got, want) {
		t.Errorf("posts = %v; want %v", got, want)
	}
}

// Without headers nobody knows the fill: the message must show the load, not a fill of 0.
func TestExhaustionWithoutHeadersShowsTheLoad(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	l := level(0)
	l.Fill = claude.Opt[float64]{}
	l.Load2m, l.Load10m, l.Exhausted = claude.Some(6.0), claude.Some(1.2), t0
	evaluate(t, e, t0, l)
	for _, a := range e.Firing() {
		if a.Rule == "limit_exhaustion_imminent" {
			if a.Value != 1.2 || a.Peak != 1.2 {
				t.Errorf("value %v, peak %v; want the load of 1.2", a.Value, a.Peak)
			}
			return
		}
	}
	t.Errorf("firing = %v; want limit_exhaustion_imminent", e.Firing())
}

func TestUsageThatWasToldGoesOn(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	evaluate(t, e, t0, level(0.82))
	full := level(0.97)
	full.Load2m = claude.Some(0.9)
	evaluate(t, e, t0.Add(time.Minute), full)
	if got, want := s.posts(), map[string]int64{"limit_exhaustion_imminent": 1, "limit_usage_high": 2}; !maps.Equal(got, want) {
		t.Errorf("posts = %v; want %v", got, want)
	}
}

func TestEvaluateSavesOnlyWhatChanged(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	for i := range 100 { // ten seconds at ten a second
		evaluate(t, e, t0.Add(time.Duration(i)*100*time.Millisecond), level(0.9))
	}
	if len(s.saves) != 1 {
		t.Errorf("%d transactions in ten quiet seconds; want 1", len(s.saves))
	}
	evaluate(t, e, t0.Add(15*time.Second), level(0.9))
	if len(s.saves) != 2 {
		t.Errorf("%d transactions after 15 s; want 2: the clocks must be kept", len(s.saves))
	}
}

func TestEvaluateKeepsNothingThatIsNotSaved(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	s.breaks(true)
	if err := e.Evaluate(t.Context(), View{Now: t0, Levels: []claude.Level{level(0.9)}}); !errors.Is(err, errBroken) {
		t.Fatalf("Evaluate() with a broken store = %v; want %v", err, errBroken)
	}
	if got := e.Firing(); len(got) != 0 {
		t.Fatalf("firing after a failed save = %v; want none", got)
	}
	s.breaks(false)
	evaluate(t, e, t0.Add(time.Second), level(0.85))
	if got, want := s.posts(), map[string]int64{"limit_usage_high": 1}; !maps.Equal(got, want) {
		t.Errorf("posts = %v; want %v", got, want)
	}
}

func TestRestartRepeatsNothing(t *testing.T) {
	s := newMemory()
	evaluate(t, newEngine(t, s, nil), t0, level(0.9))
	e := newEngine(t, s, nil)
	if got := firingRules(e); !slices.Equal(got, []string{"limit_usage_high"}) {
		t.Fatalf("firing after Load = %v; want limit_usage_high", got)
	}
	evaluate(t, e, t0.Add(time.Hour), level(0.9))
	evaluate(t, e, t0.Add(2*time.Hour))
	if got, want := s.posts(), map[string]int64{"limit_usage_high": 1}; !maps.Equal(got, want) {
		t.Errorf("posts after a restart = %v; want %v", got, want)
	}
}

func TestRestartResolvesOnlyFromFreshData(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	evaluate(t, e, t0, level(0.9))
	evaluate(t, e, t0.Add(time.Minute), level(0.1))
	evaluate(t, e, t0.Add(10*time.Minute), level(0.1)) // a minute of the hold is left
	e = newEngine(t, s, nil)
	start := t0.Add(3 * time.Hour)
	for m := range 10 { // and nothing is known of the bucket
		evaluate(t, e, start.Add(time.Duration(m)*time.Minute))
		if !slices.Equal(firingRules(e), []string{"limit_usage_high"}) {
			t.Fatalf("resolved %d min after a restart, with nothing read", m)
		}
	}
	evaluate(t, e, start.Add(10*time.Minute))
	evaluate(t, e, start.Add(12*time.Minute))
	if got := firingRules(e); got != nil {
		t.Errorf("firing = %v long after the bucket went quiet; want none", got)
	}
}

func TestRestartWhilePending(t *testing.T) {
	wait := 10 * time.Minute
	patient := func(o *EngineOptions) { o.Settings = Settings{"limit_usage_high": {For: &wait}} }
	for name, c := range map[string]struct {
		gap  time.Duration
		want []string
	}{
		"goes on":               {5 * time.Minute, []string{"limit_usage_high"}},
		"too long ago to go on": {2 * time.Hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newMemory()
			e := newEngine(t, s, patient)
			evaluate(t, e, t0, level(0.9))
			evaluate(t, e, t0.Add(8*time.Minute), level(0.9))
			e = newEngine(t, s, patient)
			start := t0.Add(8*time.Minute + c.gap)
			evaluate(t, e, start) // nothing was read yet
			evaluate(t, e, start.Add(time.Minute), level(0.9))
			evaluate(t, e, start.Add(4*time.Minute), level(0.9))
			if got := firingRules(e); !slices.Equal(got, c.want) {
				t.Errorf("firing 4 min after the restart = %v; want %v", got, c.want)
			}
		})
	}
}

func TestRuleTurnedOffResolves(t *testing.T) {
	s := newMemory()
	evaluate(t, newEngine(t, s, nil), t0, level(0.9))
	off := false
	e := newEngine(t, s, func(o *EngineOptions) { o.Settings = Settings{"limit_usage_high": {Enabled: &off}} })
	evaluate(t, e, t0.Add(time.Minute), level(0.9))
	if got := e.Firing(); len(got) != 0 {
		t.Errorf("firing = %v; want none", got)
	}
	if got := s.delivery("slack"); got.Desired != 2 {
		t.Errorf("desired revision = %d; want 2: the message must not stay red", got.Desired)
	}
}

func TestBlindFreezes(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	evaluate(t, e, t0, level(0.9))
	for m := range 60 {
		if err := e.Evaluate(t.Context(), View{Now: t0.Add(time.Duration(m) * time.Minute), Blind: "disk full"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := firingRules(e); !slices.Equal(got, []string{"agent_blind", "limit_usage_high"}) {
		t.Errorf("firing after an hour of blindness = %v; want limit_usage_high as it was, and agent_blind", got)
	}
}

func TestBrokenNumbersAreNoValues(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	evaluate(t, e, t0, level(math.Inf(1)))
	evaluate(t, e, t0.Add(time.Minute), level(math.NaN()))
	for _, a := range e.Firing() {
		if _, err := json.Marshal(a); err != nil {
			t.Errorf("alert %+v can't be stored: %v", a, err)
		}
	}
}

func TestRoutes(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, func(o *EngineOptions) {
		o.Receivers = []Route{{Name: "all"}, {Name: "pager", Severities: []Severity{Critical}}, {Name: "chat", Severities: []Severity{Warning, Info}}}
	})
	evaluate(t, e, t0, level(0.9))
	if got, want := s.saves[0][0].Receivers, []string{"all", "chat"}; !slices.Equal(got, want) {
		t.Errorf("receivers of a warning = %v; want %v", got, want)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	e, err := New(EngineOptions{Store: newMemory(), Receivers: []Route{{Name: "slack"}}})
	if err != nil {
		b.Fatal(err)
	}
	var levels []claude.Level
	for i := range 500 {
		l := level(float64(i) / 600) // some of them fire
		l.Bucket.Workspace = fmt.Sprint(i)
		levels = append(levels, l)
	}
	now := t0
	for b.Loop() {
		now = now.Add(100 * time.Millisecond)
		if err := e.Evaluate(b.Context(), View{Now: now, Levels: levels}); err != nil {
			b.Fatal(err)
		}
	}
}
