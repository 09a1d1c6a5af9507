package limits

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// TestOrganizationsUseIsProven runs a bucket of which the agent sees every call's headers, but whose calls are only half its own. What
// the readings prove never exceeds the truth, and comes near it while the bucket is never empty.
func TestOrganizationsUseIsProven(t *testing.T) {
	for _, load := range []float64{0.3, 0.6, 0.8, 0.95, 1.05, 1.5} {
		for seed := uint64(1); seed <= 4; seed++ {
			b := &bucket{limit: 80_000}
			rnd := rand.New(rand.NewPCG(seed, 23))
			tr := newTracker(t, Options{})
			var admitted, before float64
			const size = 0.02
			at := 0.0
			for at < 1200 {
				at += rnd.ExpFloat64() * size * 60 / load
				cost := 80_000 * size * 2 * rnd.Float64()
				if !b.admit(at, cost) {
					continue
				}
				admitted += cost
				if at < 600 {
					before += cost
				}
				c := callAt(at, b.reading(at))
				c.ServerTime = c.Time.Truncate(time.Second)
				applyNew(tr, c)
			}
			truth := (admitted - before) / 80_000 / 10
			l := levelOf(t, tr, claude.LimiterInputTokens, after(1200))
			got := l.Load10m.Or(0)
			t.Logf("load %.2f, seed %d: proven %.3f of %.3f", load, seed, got, truth)
			if got > truth+0.005 {
				t.Errorf("load %.2f, seed %d: proven load %.3f; want at most the true %.3f", load, seed, got, truth)
			}
			if load > 1 && got < 0.9*truth {
				t.Errorf("load %.2f, seed %d: proven load %.3f; want at least 0.9 of %.3f", load, seed, got, truth)
			}
		}
	}
}

// TestUnattributed sees every third call of a busy organization in the log: two thirds are somebody else's.
func TestUnattributed(t *testing.T) {
	b := &bucket{limit: 80_000}
	tr := newTracker(t, Options{})
	for i := range 1200 {
		at := float64(i) / 2
		if !b.admit(at, 700) { // 84,000 a minute
			continue
		}
		if i%3 == 0 {
			c := callAt(at, b.reading(at))
			c.Usage = usageOf(700, 10)
			applyNew(tr, c)
		}
	}
	l := levelOf(t, tr, claude.LimiterInputTokens, after(600))
	near(t, "unattributed share", l.Unattributed, 0.66, 0.03)
	near(t, "load of 10 minutes", l.Load10m, 1, 0.06)
	near(t, "load of 2 minutes", l.Load2m, 1, 0.06)
}

func TestUnattributedIsUnknownOfAnIdleBucket(t *testing.T) {
	tr := newTracker(t, Options{})
	for i := range 10 {
		c := callAt(float64(60*i), inputTokens(80_000, 80_000, float64(60*i)))
		c.Usage = usageOf(100, 10)
		applyNew(tr, c)
	}
	if l := levelOf(t, tr, claude.LimiterInputTokens, after(600)); l.Unattributed.Known() {
		t.Errorf("unattributed = %v; want unknown: the readings prove nothing", l.Unattributed)
	}
}

func TestLimitChangeProvesNoUse(t *testing.T) {
	tr := newTracker(t, Options{})
	for i := range 20 {
		limit := int64(80_000)
		if i >= 10 {
			limit = 40_000
		}
		s := float64(i * 2)
		applyNew(tr, callAt(s, inputTokens(limit, limit/2, s+30)))
	}
	// Each half keeps a fill of a half for 18 seconds, which takes as much use.
	if got := levelOf(t, tr, claude.LimiterInputTokens, after(39)).Load2m.Or(0); got > 0.31 {
		t.Errorf("proven load = %v; want at most 36 of 120 seconds", got)
	}
}

func TestPeriod(t *testing.T) {
	for name, c := range map[string]struct {
		period float64
		calls  int
		want   claude.Opt[float64]
		odd    bool
	}{
		"a minute":      {60, 30, claude.Some(60.0), false},
		"half a minute": {30, 30, claude.Some(30.0), true},
		"five minutes":  {300, 30, claude.Some(300.0), true},
		"too few":       {60, 9, claude.Opt[float64]{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tr := newTracker(t, Options{})
			for i := range c.calls {
				s := float64(i)
				use := 0.3 + 0.02*float64(i)
				r := inputTokens(80_000, int64(80_000*(1-use)), 0)
				r.Reset = after(s + c.period*use + 1).Truncate(time.Second)
				applyNew(tr, callAt(s, r))
			}
			l := levelOf(t, tr, claude.LimiterInputTokens, after(float64(c.calls)))
			if got, ok := l.PeriodSeconds.Get(); ok != c.want.Known() || ok && (got < 0.95*c.want.Or(0) || got > 1.05*c.want.Or(0)) {
				t.Errorf("period = %v (known %v); want %v", got, ok, c.want)
			}
			if l.OddPeriod() != c.odd {
				t.Errorf("OddPeriod() = %v; want %v", l.OddPeriod(), c.odd)
			}
		})
	}
}

func TestShapeOfUse(t *testing.T) {
	tr := newTracker(t, Options{})
	for i := range 4 {
		c := callAt(float64(i), inputTokens(80_000, 60_000, float64(i)+15))
		c.Usage = usageOf(5_000, 100)
		c.Usage.CacheReadInputTokens = claude.Some[int64](15_000)
		applyNew(tr, c)
	}
	l := levelOf(t, tr, claude.LimiterInputTokens, after(5))
	near(t, "cache share", l.CacheShare, 0.75, 1e-9)
	near(t, "part of the limit for each call", l.PerCall, 5000.0/80_000, 1e-9)
}

func TestWindowElapsed(t *testing.T) {
	tr := newTracker(t, Options{})
	applyNew(tr, callAt(0, claude.Reading{Limiter: "unified_5h", Utilization: claude.Some(0.6), Reset: after(3600)}))
	l := levelOf(t, tr, "unified_5h", after(0))
	near(t, "elapsed", l.Elapsed, 0.8, 1e-9)
	near(t, "pace", l.Pace(), 0.75, 1e-9)
	if l := levelOf(t, tr, "unified_5h", after(3600)); l.Elapsed.Known() {
		t.Errorf("elapsed after the reset = %v; want unknown: nobody has said when the next window ends", l.Elapsed)
	}
}
