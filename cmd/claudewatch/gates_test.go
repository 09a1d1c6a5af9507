package main

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
)

// full runs the gates of the alerts for as long as their published figures were measured; make alert-gates sets it.
var full = flag.Bool("full", false, "run the gates of the alerts at full length")

// gateStart is when simulated traffic begins.
var gateStart = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// gateTraffic is simulated use of one bucket of 80,000 tokens a minute: Poisson arrivals of lognormal size, each logged half a second
// and more after it was admitted, with the headers and the usage that the API would send.
type gateTraffic struct {
	seed uint64
	size float64                        // mean part of the limit that a call takes
	load func(at time.Duration) float64 // use over the limit
	last time.Duration
}

const gateLimit = 80_000.0

// calls yields the calls in the order in which they are logged.
func (g gateTraffic) calls(yield func(claude.Call) bool) {
	rnd := rand.New(rand.NewPCG(g.seed, 80))
	fullAt := 0.0             // when the bucket is empty of use again, in seconds
	var waiting []claude.Call // admitted and not logged yet
	n := 0
	for at := 0.0; at < g.last.Seconds(); n++ {
		load := g.load(time.Duration(at * float64(time.Second)))
		at += rnd.ExpFloat64() * g.size * 60 / load
		cost := gateLimit * g.size * math.Exp(0.6*rnd.NormFloat64()-0.18)
		c := gateCall(n, at, 0.5+2*rnd.ExpFloat64())
		if fullAt-at > 60 || cost > gateLimit*(1-max(fullAt-at, 0)/60) {
			c.Status, c.Cause = 429, claude.Cause(claude.LimiterInputTokens)
		} else {
			fullAt = max(fullAt, at) + cost/gateLimit*60
			c.Usage.InputTokens, c.Usage.OutputTokens = claude.Some(int64(cost)), claude.Some[int64](10)
		}
		left := gateLimit * (1 - max(fullAt-at, 0)/60)
		c.Readings = []claude.Reading{{
			Limiter: claude.LimiterInputTokens, Limit: claude.Some(int64(gateLimit)),
			Remaining: claude.Some(int64(math.Round(max(left, 0)/1000)) * 1000),
			Reset:     gateStart.Add(time.Duration(math.Ceil(max(fullAt, at))) * time.Second),
		}}
		waiting = append(waiting, c)
		slices.SortStableFunc(waiting, func(a, b claude.Call) int { return a.Time.Compare(b.Time) })
		for len(waiting) > 0 && waiting[0].Time.Before(gateStart.Add(time.Duration(at*float64(time.Second)))) {
			if !yield(waiting[0]) {
				return
			}
			waiting = waiting[1:]
		}
	}
}

// gateCall is a call that was admitted so many seconds after the start and logged after a delay.
func gateCall(n int, at, delay float64) claude.Call {
	served := gateStart.Add(time.Duration(at * float64(time.Second)))
	return claude.Call{
		RequestID: fmt.Sprint("req_", n), Provider: "anthropic", Organization: "org-1", Model: "claude-sonnet-5", Pool: "sonnet-5", App: "shop",
		Status: 200, Retry: claude.Some[int64](0), ServerTime: served.Truncate(time.Second),
		DurationSeconds: claude.Some(delay), Time: served.Add(time.Duration(delay * float64(time.Second))),
	}
}

// run gives the traffic to the live path and returns the episodes of a rule.
func (g gateTraffic) run(t *testing.T) (episodes map[string][]episode, refused float64) {
	t.Helper()
	j, err := newJudge(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	n, all := 0, 0
	for c := range g.calls {
		all++
		if c.RateLimited() {
			n++
		}
		if err := j.take(t.Context(), claude.Change{After: c, New: true, Live: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.end(t.Context()); err != nil {
		t.Fatal(err)
	}
	episodes = map[string][]episode{}
	for _, e := range j.result().episodes {
		episodes[e.Rule] = append(episodes[e.Rule], e)
	}
	return episodes, float64(n) / float64(all)
}

func constant(load float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return load }
}

// TestGateUsageIsQuiet bounds how often limit_usage_high fires at a constant mean load, and wants it to fire where it should. A call
// takes 2 % of the limit on average.
func TestGateUsageIsQuiet(t *testing.T) {
	days := 1
	loads := []float64{0.6, 0.75}
	if *full {
		days, loads = 4, []float64{0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.05}
	}
	var table strings.Builder
	for _, load := range loads {
		g := gateTraffic{seed: uint64(100 * load), size: 0.02, load: constant(load), last: time.Duration(days) * 24 * time.Hour}
		episodes, refused := g.run(t)
		warnings := float64(len(episodes["limit_usage_high"])) / float64(days)
		criticals := float64(len(episodes["limit_exhaustion_imminent"])) / float64(days)
		fmt.Fprintf(&table, "\nload %.2f, calls of 2 %%, %d days, seed %d: %.2f of limit_usage_high a day, firing %s; %.1f of limit_exhaustion_imminent a day; %.2f %% refused",
			load, days, g.seed, warnings, share(episodes["limit_usage_high"], g.last), criticals, 100*refused)
		most := 3.0
		if load <= 0.6 {
			most = 0.2
		}
		if warnings > most {
			t.Errorf("load %.2f: %.2f episodes of limit_usage_high a day; want at most %.1f", load, warnings, most)
		}
	}
	t.Log(table.String())
}

// share is the part of the time that a rule fires.
func share(episodes []episode, of time.Duration) string {
	var on time.Duration
	for _, e := range episodes {
		to := gateStart.Add(of)
		if e.To != nil {
			to = *e.To
		}
		on += to.Sub(e.From)
	}
	return fmt.Sprintf("%.0f %% of the time", 100*on.Seconds()/of.Seconds())
}

// TestGateUsageIsSeen bounds how long it takes until something fires after the load has risen from 50 % for an hour, and wants no such
// hour to be missed.
func TestGateUsageIsSeen(t *testing.T) {
	trials, slack := 5, 1.3 // the median of five is a rough one
	if *full {
		trials, slack = 40, 1
	}
	const before = 30 * time.Minute
	var table strings.Builder
	for _, c := range []struct {
		load float64
		most time.Duration
	}{{0.85, 10 * time.Minute}, {0.95, 10 * time.Minute}, {1.1, 6 * time.Minute}, {1.5, 2 * time.Minute}} {
		var delays []time.Duration
		missed := 0
		for trial := range trials {
			g := gateTraffic{seed: uint64(trial), size: 0.02, last: before + time.Hour, load: func(at time.Duration) float64 {
				if at < before {
					return 0.5
				}
				return c.load
			}}
			episodes, _ := g.run(t)
			if d, ok := firstAfter(gateStart.Add(before), episodes["limit_usage_high"], episodes["limit_exhaustion_imminent"]); ok {
				delays = append(delays, d)
			} else {
				missed++
			}
		}
		slices.Sort(delays)
		if missed > 0 || len(delays) == 0 {
			t.Errorf("load %.2f: %d of %d hours missed; want none", c.load, missed, trials)
			continue
		}
		median := delays[len(delays)/2]
		fmt.Fprintf(&table, "\nload 0.50 to %.2f, calls of 2 %%, seeds 0 to %d: median delay %s, longest %s", c.load, trials-1, median.Round(time.Second), delays[len(delays)-1].Round(time.Second))
		if most := time.Duration(slack * float64(c.most)); median > most {
			t.Errorf("load %.2f: median delay %v; want at most %v", c.load, median, most)
		}
	}
	t.Log(table.String())
}

// firstAfter returns how long after a time the first of some episodes was firing.
func firstAfter(at time.Time, lists ...[]episode) (time.Duration, bool) {
	first, found := time.Duration(0), false
	for _, e := range slices.Concat(lists...) {
		if e.To != nil && e.To.Before(at) {
			continue
		}
		if d := max(0, e.From.Sub(at)); !found || d < first {
			first, found = d, true
		}
	}
	return first, found
}

// TestGateLargeCalls shows what becomes of larger calls, which are refused at loads that small ones are not. It is a table, as there is
// no figure to promise: one call of 30 % of the limit at the wrong moment is a reading of 80 %.
func TestGateLargeCalls(t *testing.T) {
	if !*full {
		t.Log("the table is made at full length only; this is one row of it")
	}
	sizes, hours := []float64{0.1}, 6
	loads := []float64{0.6}
	if *full {
		sizes, loads, hours = []float64{0.05, 0.1, 0.3}, []float64{0.3, 0.5, 0.6, 0.8}, 48
	}
	var table strings.Builder
	for _, size := range sizes {
		for _, load := range loads {
			g := gateTraffic{seed: uint64(1000*size + 100*load), size: size, load: constant(load), last: time.Duration(hours) * time.Hour}
			episodes, refused := g.run(t)
			perDay := func(rule string) float64 { return float64(len(episodes[rule])) * 24 / float64(hours) }
			fmt.Fprintf(&table, "\ncalls of %4.1f %%, load %.2f, %d hours: %5.1f of limit_usage_high a day, firing %s; %4.1f of limit_exhaustion_imminent a day; %.2f %% refused",
				100*size, load, hours, perDay("limit_usage_high"), share(episodes["limit_usage_high"], g.last), perDay("limit_exhaustion_imminent"), 100*refused)
			if refused > 0.05 && cmp.Or(len(episodes["limit_usage_high"]), len(episodes["limit_exhaustion_imminent"]), len(episodes["rate_limited_spike"])) == 0 {
				t.Errorf("calls of %.1f %%, load %.2f: %.1f %% refused and nobody told", 100*size, load, 100*refused)
			}
		}
	}
	t.Log(table.String())
}

// TestGateOneReading wants a single reading of 80 % to fire at once.
func TestGateOneReading(t *testing.T) {
	j, err := newJudge(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	c := claude.Call{Time: gateStart, ServerTime: gateStart, Provider: "anthropic", Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 200}
	c.Readings = []claude.Reading{{
		Limiter: claude.LimiterInputTokens, Limit: claude.Some[int64](gateLimit), Remaining: claude.Some[int64](0.2 * gateLimit), Reset: gateStart.Add(48 * time.Second),
	}}
	if err := j.take(t.Context(), claude.Change{After: c, New: true, Live: true}); err != nil {
		t.Fatal(err)
	}
	if err := j.pass(t.Context(), gateStart.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for _, e := range j.result().episodes {
		if e.Rule == "limit_usage_high" && e.From.Sub(gateStart) <= time.Second {
			return
		}
	}
	t.Errorf("episodes of one reading of 80 %% = %+v; want limit_usage_high within a second", j.result().episodes)
}
