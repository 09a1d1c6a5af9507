package metrics_test

import (
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// levelSeries scrapes one level and returns its values by metric name.
func levelSeries(t *testing.T, l claude.Level) map[string]float64 {
	t.Helper()
	a := newAgent(t, metrics.Options{Levels: func() []claude.Level { return []claude.Level{l} }})
	got := map[string]float64{}
	for s, v := range a.series(t) {
		if name, _, _ := strings.Cut(s, "{"); strings.HasPrefix(name, "claude_") {
			got[name] = v
		}
	}
	return got
}

func TestZeroIsExported(t *testing.T) {
	got := levelSeries(t, claude.Level{
		Bucket: claude.Bucket{Limiter: claude.LimiterOutputTokens}, Limit: claude.Some[int64](0), Remaining: claude.Some[int64](0),
		Fill: claude.Some(0.0), Load2m: claude.Some(0.0), Load10m: claude.Some(0.0), InUse: claude.Some(0.0),
	})
	for _, name := range []string{
		metrics.Limit, metrics.Remaining, metrics.UsedRatio, metrics.FillRatio, metrics.LoadRatio, metrics.TokensUsed,
	} {
		if v, ok := got[name]; !ok || v != 0 {
			t.Errorf("%s of a bucket at 0 = %v, exported %t; want 0, true", name, v, ok)
		}
	}
}

func TestUnknownIsAbsent(t *testing.T) {
	got := levelSeries(t, claude.Level{Bucket: claude.Bucket{Limiter: claude.LimiterOutputTokens}})
	if len(got) != 0 {
		t.Errorf("a bucket of which nothing is known exports %v; want nothing", got)
	}
}

func TestUsedIsTheFigureOfTheAlert(t *testing.T) {
	got := levelSeries(t, claude.Level{
		Bucket: claude.Bucket{Limiter: claude.LimiterRequests}, Fill: claude.Some(0.3), Load2m: claude.Some(0.9), Load10m: claude.Some(0.5), InUse: claude.Some(12.0),
	})
	if got[metrics.UsedRatio] != 0.5 {
		t.Errorf("used ratio = %v; want 0.5, the smaller load", got[metrics.UsedRatio])
	}
	if v, ok := got[metrics.TokensUsed]; ok {
		t.Errorf("a limiter of requests exports %v tokens; want none", v)
	}
}

func TestCallWithoutNumbersHasNoDuration(t *testing.T) {
	a := newAgent(t, metrics.Options{})
	a.Apply([]claude.Change{call(func(c *claude.Call) { c.Status = 0 })})
	series := a.series(t)
	for s := range series {
		if strings.HasPrefix(s, metrics.RequestDuration) || strings.HasPrefix(s, metrics.FirstToken) {
			t.Errorf("a call of unknown duration exports %s", s)
		}
	}
	const unknown = `claude_requests_total{app="shop",model="claude-sonnet-5",provider="anthropic",status="unknown",workspace="production"}`
	if series[unknown] != 1 {
		t.Errorf("%s = %v; want 1", unknown, series[unknown])
	}
}

func TestRefusalOfUnknownCause(t *testing.T) {
	a := newAgent(t, metrics.Options{})
	a.Apply([]claude.Change{call(func(c *claude.Call) { c.Status = 429 })})
	const hits = `claude_rate_limit_hits_total{app="shop",cause="unknown",limiter="",model="claude-sonnet-5",provider="anthropic",workspace="production"}`
	if got := a.series(t)[hits]; got != 1 {
		t.Errorf("%s = %v; want 1", hits, got)
	}
}

func TestUserIsNoLabelUnlessListed(t *testing.T) {
	a := newAgent(t, metrics.Options{Users: []string{"u-1", "u-2"}})
	for _, user := range []string{"u-1", "u-1", "u-3"} {
		a.Apply([]claude.Change{call(func(c *claude.Call) { c.User, c.Usage = user, usage(10, 1, 0, 0, 0) })})
	}
	got := a.series(t)
	for s, want := range map[string]float64{
		`claude_user_requests_total{user="u-1"}`:             2,
		`claude_user_requests_total{user="u-2"}`:             0,
		`claude_user_tokens_total{type="input",user="u-1"}`:  20,
		`claude_user_tokens_total{type="output",user="u-2"}`: 0,
	} {
		if v, ok := got[s]; !ok || v != want {
			t.Errorf("%s = %v, exported %t; want %v", s, v, ok, want)
		}
	}
	for s := range got {
		if strings.Contains(s, "u-3") {
			t.Errorf("a user who is not listed is shown: %s", s)
		}
	}
}

func TestReloadFailureIsShown(t *testing.T) {
	a := newAgent(t, metrics.Options{})
	for _, ok := range []bool{true, false, true} {
		a.Reloaded(ok)
		want := map[bool]float64{true: 1}[ok]
		if got := a.series(t)[metrics.ConfigReloadSuccessful]; got != want {
			t.Errorf("%s after Reloaded(%t) = %v; want %v", metrics.ConfigReloadSuccessful, ok, got, want)
		}
	}
}
