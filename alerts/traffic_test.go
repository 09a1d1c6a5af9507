package alerts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

func call(at time.Time, status int, change func(*claude.Call)) claude.Change {
	c := claude.Call{Time: at, Provider: "anthropic", Organization: "org-1", Workspace: "wrkspc_1", Status: status, Retry: claude.Some[int64](0)}
	if change != nil {
		change(&c)
	}
	return claude.Change{After: c, New: true, Live: true}
}

// minutes makes 10 calls each 15 seconds over 5 minutes, some of them refused, and evaluates each time.
func minutes(t *testing.T, e *Engine, from time.Time, refused int, cause claude.Cause) time.Time {
	t.Helper()
	now := from
	for range 20 {
		var changes []claude.Change
		for i := range 10 {
			status := 200
			if i < refused {
				status = 429
			}
			changes = append(changes, call(now, status, func(c *claude.Call) {
				if status == 429 {
					c.Cause = cause
				}
			}))
		}
		e.Observe(changes, now)
		evaluate(t, e, now)
		now = now.Add(spikeBin)
	}
	return now
}

func TestRateLimitedSpike(t *testing.T) {
	s := newMemory()
	e := newEngine(t, s, nil)
	e.Seed([]claude.Traffic{{Minute: t0.Add(-time.Hour), Provider: "anthropic", Organization: "org-1", Calls: 4000, RateLimited: 8}})
	now := minutes(t, e, t0, 0, "")
	if got := firingRules(e); got != nil {
		t.Fatalf("firing in quiet = %v; want none", got)
	}
	now = minutes(t, e, now, 3, claude.CauseAcceleration)
	a := e.Firing()
	if len(a) != 1 || a[0].Rule != "rate_limited_spike" {
		t.Fatalf("firing in a storm = %v; want rate_limited_spike", a)
	}
	if got, want := a[0].Facts.Do, refusalAdvice(claude.CauseAcceleration, false); !slices.Equal(got, want) {
		t.Errorf("advice = %v; want %v", got, want)
	}
	// A restart in the middle of the storm tells nobody anything.
	e = newEngine(t, s, nil)
	before := s.posts()
	now = minutes(t, e, now, 3, claude.CauseAcceleration)
	if got := s.posts(); !maps.Equal(got, before) {
		t.Errorf("posts after a restart = %v; want %v", got, before)
	}
	for range 4 {
		now = minutes(t, e, now, 0, "")
	}
	if got := firingRules(e); got != nil {
		t.Errorf("firing 20 min after the storm = %v; want none", got)
	}
}

func TestSpikeLeavesOut(t *testing.T) {
	for name, change := range map[string]func(*claude.Change){
		"history":                  func(c *claude.Change) { c.Live = false },
		"retries":                  func(c *claude.Change) { c.After.Retry = claude.Some[int64](1) },
		"spend caps":               func(c *claude.Change) { c.After.Cause = claude.CauseSpendCap },
		"second sightings":         func(c *claude.Change) { c.New, c.Before = false, &c.After },
		"overloads of the service": func(c *claude.Change) { c.After.Status = 529 },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, newMemory(), nil)
			for i := range 40 {
				c := call(t0.Add(time.Duration(i)*time.Second), 429, nil)
				change(&c)
				e.Observe([]claude.Change{c}, t0.Add(time.Minute))
			}
			evaluate(t, e, t0.Add(time.Minute))
			if got := firingRules(e); slices.Contains(got, "rate_limited_spike") {
				t.Errorf("firing = %v; want no spike", got)
			}
		})
	}
}

func TestHostileOrganizationsAreBounded(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	for i := range 3 * maxOrigins {
		refused := call(t0, 429, func(c *claude.Call) {
			c.Organization = fmt.Sprint(i)
			c.Cause = []claude.Cause{claude.CauseRateLimit, claude.CauseSpendCap}[i%2]
		})
		e.Observe([]claude.Change{refused}, t0)
	}
	if len(e.refused) > maxOrigins || len(e.spends) > maxOrigins {
		t.Errorf("%d baselines, %d spend limits kept; want at most %d each", len(e.refused), len(e.spends), maxOrigins)
	}
}

func TestSpendCap(t *testing.T) {
	capped := func(c *claude.Call) { c.Cause = claude.CauseSpendCap }
	s := newMemory()
	e := newEngine(t, s, nil)
	e.Observe([]claude.Change{call(t0, 429, capped)}, t0)
	evaluate(t, e, t0)
	a := e.Firing()
	december := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	if len(a) != 1 || a[0].Rule != "spend_cap_reached" || !a[0].EndsAt.Equal(december) {
		t.Fatalf("firing = %+v; want spend_cap_reached until %v", a, december)
	}
	if got := a[0].Facts.Do[0]; !strings.Contains(got, "until 1 Dec 2026, 00:00 UTC") {
		t.Errorf("advice = %q; want it to say when it ends", got)
	}
	// It holds through silence and restarts, and ends with the month.
	e = newEngine(t, s, nil)
	for d := t0.Add(24 * time.Hour); d.Before(december); d = d.Add(12 * time.Hour) {
		evaluate(t, e, d)
	}
	evaluate(t, e, december.Add(-time.Minute))
	if got := firingRules(e); !slices.Equal(got, []string{"spend_cap_reached"}) {
		t.Errorf("firing on the last day of the month = %v; want spend_cap_reached", got)
	}
	evaluate(t, e, december)
	if got := firingRules(e); got != nil {
		t.Errorf("firing on the 1st = %v; want none", got)
	}
}

func TestSpendLimitEndsWithASuccess(t *testing.T) {
	for name, c := range map[string]struct {
		cause   claude.Cause
		success claude.Change
		ends    bool
	}{
		"raised cap":             {claude.CauseSpendCap, call(t0.Add(time.Minute), 200, nil), true},
		"raised own limit":       {claude.CauseOwnSpendLimit, call(t0.Add(time.Minute), 200, nil), true},
		"another organization":   {claude.CauseOwnSpendLimit, call(t0.Add(time.Minute), 200, func(c *claude.Call) { c.Organization = "org-2" }), false},
		"another workspace":      {claude.CauseOwnSpendLimit, call(t0.Add(time.Minute), 200, func(c *claude.Call) { c.Workspace = "wrkspc_2" }), false},
		"a success before it":    {claude.CauseOwnSpendLimit, call(t0.Add(-time.Minute), 200, nil), false},
		"another refusal":        {claude.CauseOwnSpendLimit, call(t0.Add(time.Minute), 429, nil), false},
		"an error in a stream":   {claude.CauseOwnSpendLimit, call(t0.Add(time.Minute), 200, func(c *claude.Call) { c.ErrorType = "overloaded_error" }), false},
		"organization not known": {claude.CauseOwnSpendLimit, call(t0.Add(time.Minute), 200, func(c *claude.Call) { c.Organization, c.Workspace = "", "" }), true},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, newMemory(), nil)
			e.Observe([]claude.Change{call(t0, 400, func(call *claude.Call) { call.Cause = c.cause })}, t0)
			evaluate(t, e, t0)
			e.Observe([]claude.Change{c.success}, t0.Add(time.Minute))
			evaluate(t, e, t0.Add(time.Minute))
			evaluate(t, e, t0.Add(3*time.Minute))
			if got := !slices.Contains(firingRules(e), "spend_cap_reached"); got != c.ends {
				t.Errorf("ended = %v; want %v", got, c.ends)
			}
		})
	}
}

func TestOwnSpendLimitEndsWhenItSaid(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	regain := t0.Add(48 * time.Hour)
	e.Observe([]claude.Change{call(t0, 400, func(c *claude.Call) { c.Cause, c.RegainAt = claude.CauseOwnSpendLimit, regain })}, t0)
	evaluate(t, e, t0)
	evaluate(t, e, regain.Add(-time.Second))
	if got := firingRules(e); !slices.Equal(got, []string{"spend_cap_reached"}) {
		t.Errorf("firing before it ends = %v; want spend_cap_reached", got)
	}
	evaluate(t, e, regain)
	if got := firingRules(e); got != nil {
		t.Errorf("firing when it has ended = %v; want none", got)
	}
}

func TestSourceAbsent(t *testing.T) {
	source := claude.SourceActivity{Source: "/var/log/shop/*.log", Calls: 500, First: t0.Add(-48 * time.Hour), Last: t0, LongestGap: 2 * time.Hour}
	look := func(e *Engine, now time.Time, s claude.SourceActivity) []string {
		t.Helper()
		if err := e.Evaluate(t.Context(), View{Now: now, Sources: []claude.SourceActivity{s}}); err != nil {
			t.Fatal(err)
		}
		return firingRules(e)
	}
	absent := []string{"source_absent"}
	s := newMemory()
	e := newEngine(t, s, nil)
	look(e, t0, source)
	if got := look(e, t0.Add(4*time.Hour), source); got != nil {
		t.Errorf("firing after twice its longest silence = %v; want none yet", got)
	}
	if got := look(e, t0.Add(4*time.Hour+time.Second), source); !slices.Equal(got, absent) {
		t.Errorf("firing after more than that = %v; want %v", got, absent)
	}
	e = newEngine(t, s, nil)
	if got := look(e, t0.Add(5*time.Hour), source); !slices.Equal(got, absent) {
		t.Errorf("firing after a restart = %v; want %v", got, absent)
	}
	source.Last = t0.Add(6 * time.Hour)
	if got := look(e, t0.Add(6*time.Hour), source); got != nil {
		t.Errorf("firing when it delivers = %v; want none", got)
	}
	for name, change := range map[string]func(*claude.SourceActivity){
		"few calls":     func(s *claude.SourceActivity) { s.Calls = 19 },
		"short history": func(s *claude.SourceActivity) { s.First = s.Last.Add(-23 * time.Hour) },
	} {
		young := claude.SourceActivity{Source: "x", Calls: 500, First: t0.Add(-48 * time.Hour), Last: t0}
		change(&young)
		e := newEngine(t, newMemory(), nil)
		look(e, t0, young)
		if got := look(e, t0.Add(9*time.Hour), young); got != nil {
			t.Errorf("%s: firing = %v; want none", name, got)
		}
	}
	e = newEngine(t, newMemory(), nil)
	if got := look(e, t0.Add(9*time.Hour), claude.SourceActivity{Source: "x", Calls: 500, First: t0.Add(-48 * time.Hour), Last: t0}); got != nil {
		t.Errorf("firing at the start after a night off = %v; want none", got)
	}
}

// An organization that was quiet for so long that it was forgotten is watched anew.
func TestSpikeAfterTheOrganizationWasForgotten(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	e.Observe([]claude.Change{call(t0, 200, nil)}, t0)
	now := t0
	for range 60 {
		evaluate(t, e, now)
		now = now.Add(time.Hour)
	}
	if n := len(e.refused); n != 0 {
		t.Fatalf("%d organizations remembered after days of silence; want none", n)
	}
	minutes(t, e, now, 8, claude.CauseRateLimit)
	if got := firingRules(e); !slices.Contains(got, rateLimitedSpike) {
		t.Errorf("firing in a storm after days of silence = %v; want %s", got, rateLimitedSpike)
	}
}
