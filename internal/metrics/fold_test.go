package metrics_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// sum adds the series of a metric that have a label with this value.
func sum(series map[string]float64, name, label string) (n int, total float64) {
	for s, v := range series {
		if strings.HasPrefix(s, name+"{") && strings.Contains(s, label) {
			n++
			total += v
		}
	}
	return n, total
}

func TestTenThousandOfEverythingIsFolded(t *testing.T) {
	const calls = 10_000
	a := newAgent(t, metrics.Options{})
	for i := range calls {
		a.Apply([]claude.Change{call(func(c *claude.Call) {
			c.User, c.App, c.Model = fmt.Sprint("u-", i), fmt.Sprint("app-", i), fmt.Sprint("model-", i)
			c.Status, c.ErrorType = 100+i%500, fmt.Sprint("type-", i)
		})})
	}
	series := a.series(t)
	if n, total := sum(series, metrics.Requests, "="); total != calls || n > 200*50 {
		t.Errorf("requests = %v in %d series; want %d in at most 10000", total, n, calls)
	}
	if n, total := sum(series, metrics.Requests, `app="other"`); total < calls-200 || n > 50 {
		t.Errorf("requests of other apps = %v in %d series; want at least %d in at most 50", total, n, calls-200)
	}
	if n, _ := sum(series, metrics.Overloaded, "="); n != 201 {
		t.Errorf("sets of call labels = %d; want 201: 200 apps and other", n)
	}
	for label, want := range map[string]float64{"app": calls - 200, "model": calls - 200, "type": calls - 40} {
		s := fmt.Sprintf(`claudewatch_label_values_folded_total{label=%q}`, label)
		if series[s] != want {
			t.Errorf("%s = %v; want %v", s, series[s], want)
		}
	}
	for s := range series {
		if strings.Contains(s, "u-") {
			t.Fatalf("a user is a label: %s", s)
		}
	}
}

func TestCombinationsAreBounded(t *testing.T) {
	a := newAgent(t, metrics.Options{MaxValues: 20})
	for i := range 20 {
		for j := range 20 {
			a.Apply([]claude.Change{call(func(c *claude.Call) { c.App, c.Model = fmt.Sprint("app-", i), fmt.Sprint("model-", j) })})
		}
	}
	series := a.series(t)
	if n, _ := sum(series, metrics.Overloaded, "="); n != 201 {
		t.Errorf("sets of call labels = %d; want 201: ten for each of 20 values, and other", n)
	}
	if _, total := sum(series, metrics.Requests, "="); total != 400 {
		t.Errorf("requests = %v; want 400, none lost", total)
	}
	const folded = `claudewatch_label_values_folded_total{label="combination"}`
	if series[folded] != 200 {
		t.Errorf("%s = %v; want 200", folded, series[folded])
	}
}

// A log that makes up users, apps, models, workspaces, error types, causes and limiters can't make more than so many series.
func TestHostileLogIsBounded(t *testing.T) {
	const (
		values = 20
		sets   = 10*values + 1
		// Of each set: error types and pairs of cause and limiter, each at most as many and other; fourteen series of counters that
		// begin at 0, three statuses, and a cost.
		each = (values + 1) + (2*values + 1) + 4 + 14 + 3 + 1
	)
	a := newAgent(t, metrics.Options{MaxValues: values, Users: []string{"u-1"}})
	empty := len(a.series(t))
	for i := range 30_000 {
		a.Apply([]claude.Change{call(func(c *claude.Call) {
			c.User, c.Provider, c.Workspace = fmt.Sprint("u-", i), fmt.Sprint("p-", i%7), fmt.Sprint("w-", i%31)
			c.App, c.Model = fmt.Sprint("app-", i%101), fmt.Sprint("model-", i%97)
			c.Status, c.ErrorType, c.CostUSD = 429, fmt.Sprint("type-", i%89), claude.Some(0.01)
			c.Cause = claude.Cause(fmt.Sprint("cause-", i%61))
		})})
	}
	series := a.series(t)
	if n := len(series) - empty; n > sets*each {
		t.Errorf("%d series more; want at most %d", n, sets*each)
	}
	if n, total := sum(series, metrics.RateLimitHits, "="); total != 30_000 || n < sets {
		t.Errorf("429s = %v in %d series; want 30000, none lost", total, n)
	}
}

// What is refused for many causes and limiters at once is folded pair by pair.
func TestPairsOfCauseAndLimiterAreBounded(t *testing.T) {
	a := newAgent(t, metrics.Options{})
	var tallies []claude.Tally
	for i := range 39 {
		for j := range 100 {
			key := claude.TallyKey{App: "shop", Status: 429, Cause: claude.Cause(fmt.Sprint("cause-", i)), Limiter: claude.Limiter(fmt.Sprint("limiter-", j))}
			tallies = append(tallies, claude.Tally{TallyKey: key, RateLimited: 1})
		}
	}
	a.Restore(tallies)
	if n, total := sum(a.series(t), metrics.RateLimitHits, "="); total != 3900 || n > 40+1+4 {
		t.Errorf("429s = %v in %d series; want 3900 in at most 45", total, n)
	}
}

func TestFoldedBucketsShowTheFullest(t *testing.T) {
	levels := make([]claude.Level, 1000)
	for i := range levels {
		levels[i] = claude.Level{
			Bucket: claude.Bucket{Workspace: fmt.Sprint("w-", i), Limiter: claude.LimiterRequests},
			Limit:  claude.Some(int64(i)), Fill: claude.Some(float64(i*7919%1000) / 1000),
		}
	}
	levels[0].Fill = claude.Opt[float64]{}
	a := newAgent(t, metrics.Options{MaxValues: 10, Levels: func() []claude.Level { return levels }})
	a.series(t) // folds what is new, maybe after the counter of folds was read
	first, second := a.series(t), a.series(t)
	const other = `{limiter="requests",organization="",pool="",provider="",workspace="other"}`
	if got := first[metrics.UsedRatio+other]; got != 0.999 {
		t.Errorf("used ratio of the folded buckets = %v; want 0.999, the fullest", got)
	}
	fullest := slices.IndexFunc(levels, func(l claude.Level) bool { return l.Fill.Or(0) == 0.999 })
	if got := first[metrics.Limit+other]; got != float64(fullest) {
		t.Errorf("limit of the folded buckets = %v; want %d, that of the fullest", got, fullest)
	}
	if !maps.Equal(first, second) {
		t.Error("a further scrape of the same levels differs; want the same, folds counted once")
	}
}

func TestSeriesThatFoldTogetherAreJoined(t *testing.T) {
	a := newAgent(t, metrics.Options{
		MaxValues: 1,
		Firing: func() []metrics.Firing {
			return []metrics.Firing{{"a", "warning", 1}, {"b", "warning", 2}, {"c", "warning", 3}}
		},
		Sources: func() []metrics.Source {
			return []metrics.Source{{"a", claude.Some[int64](1), at}, {"b", claude.Some[int64](2), at}, {"c", claude.Some[int64](3), at.Add(1e9)}}
		},
		Pending: func() map[string]int { return map[string]int{"a": 1, "b": 1, "c": 1} },
	})
	got := a.series(t)
	for s, want := range map[string]float64{
		`claude_alerts_firing{rule="other",severity="warning"}`:          5,
		`claudewatch_source_lag_bytes{source="other"}`:                   5,
		`claudewatch_source_last_call_timestamp_seconds{source="other"}`: float64(at.Unix() + 1),
	} {
		if got[s] != want {
			t.Errorf("%s = %v; want %v", s, got[s], want)
		}
	}
	if n, total := sum(got, metrics.NotificationsPending, "="); n != 2 || total != 3 {
		t.Errorf("pending notifications = %v in %d series; want 3 in 2", total, n)
	}
}

// FuzzLabels feeds arbitrary texts through every label that a log can fill.
func FuzzLabels(f *testing.F) {
	f.Add("shop", "rate_limit_error", int64(429))
	f.Add("\xff\xfe", "a\nb\"c\\", int64(-1))
	f.Add(strings.Repeat("ж", 300), "other", int64(200))
	f.Fuzz(func(t *testing.T, text, kind string, n int64) {
		a := newAgent(t, metrics.Options{MaxValues: 2, Levels: func() []claude.Level {
			return []claude.Level{
				{Bucket: claude.Bucket{Provider: text, Pool: claude.Pool(kind), Limiter: claude.Limiter(text)}, Limit: claude.Some(n)},
				{Bucket: claude.Bucket{Provider: clip(text), Pool: claude.Pool(kind), Limiter: claude.Limiter(text)}, Limit: claude.Some(n)},
			}
		}})
		a.Apply([]claude.Change{call(func(c *claude.Call) {
			c.App, c.Model, c.ErrorType, c.Status, c.Cause = text, kind, kind, int(n), claude.Cause(text)
			c.Usage = usage(n, n, n, n, n)
			c.DurationSeconds = claude.Some(float64(n))
		})})
		a.Count(kind, text, text, n)
		a.Notification(text, kind, at)
		for s, v := range a.series(t) { // a pedantic registry refuses series that come twice
			if !utf8.ValidString(s) || len(s) > 4096 {
				t.Errorf("series %q = %v; want valid UTF-8 of bounded length", s, v)
			}
		}
	})
}

func clip(s string) string { return s[:min(len(s), 256)] }
