package store

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

// spent is a call of an app at a time, with a limit of 1000 input tokens read.
func spent(i int, app string, at time.Time, tokens int64) claude.Call {
	return claude.Call{
		RequestID: fmt.Sprintf("req_%d", i), Time: at, Provider: "anthropic", App: app, Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 200,
		Usage:    claude.Usage{InputTokens: claude.Some(tokens), OutputTokens: claude.Some[int64](1)},
		CostUSD:  claude.Some(0.5),
		Readings: []claude.Reading{{Limiter: claude.LimiterInputTokens, Limit: claude.Some[int64](1000), Remaining: claude.Some[int64](500), Reset: at.Add(time.Minute)}},
	}
}

func TestDigest(t *testing.T) {
	db := open(t)
	refused := spent(4, "search", noon.Add(3*time.Minute), 0)
	refused.Status, refused.Usage, refused.CostUSD = 429, claude.Usage{}, claude.Opt[float64]{}
	unpriced := spent(5, "batch", noon.Add(4*time.Minute), 50)
	unpriced.CostUSD = claude.Opt[float64]{}
	commitCalls(t, db,
		spent(1, "shop", noon.Add(-time.Hour), 900), // the day before
		spent(2, "shop", noon, 300), spent(3, "shop", noon.Add(time.Second), 400), refused, unpriced,
		spent(6, "shop", noon.Add(24*time.Hour), 900), // the day after
	)
	a := firing("a", 1)
	a.FiredAt = noon.Add(time.Minute)
	unheard := firing("b", 0)
	unheard.FiredAt = a.FiredAt
	save(t, db, a)
	save(t, db, unheard)
	d, err := db.Digest(t.Context(), noon, noon.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var fired []string
	for _, x := range d.Alerts {
		fired = append(fired, x.Fingerprint)
	}
	got := []any{d.Calls, d.RateLimited, d.Tokens, d.CostUSD, d.Unpriced, d.Apps, d.Limits, fired}
	want := []any{
		claude.Some[int64](4), claude.Some[int64](1), claude.Some[int64](753), claude.Some(1.0), claude.Some[int64](51),
		[]alerts.DigestApp{
			{App: "shop", Calls: 2, Tokens: 702, CostUSD: claude.Some(1.0)},
			{App: "batch", Calls: 1, Tokens: 51},
			{App: "search", Calls: 1, CostUSD: claude.Some(0.0)},
		},
		[]alerts.DigestLimit{{Name: "input tokens of sonnet-5", Peak: claude.Some(0.7), Limit: claude.Some[int64](1000), At: noon}},
		[]string{"a"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("Digest() (-want +got):\n%s", diff)
	}
	empty, err := db.Digest(t.Context(), noon.AddDate(0, 0, -9), noon.AddDate(0, 0, -8))
	if err != nil || empty.Calls != claude.Some[int64](0) || len(empty.Apps) != 0 || empty.Limits[0].Peak.Known() {
		t.Errorf("Digest() of an empty day = %+v, %v; want no calls and no peak", empty, err)
	}
}

func TestSeriesAndRefused(t *testing.T) {
	db := open(t)
	refused := spent(3, "shop", noon, 0)
	refused.Status, refused.Usage = 429, claude.Usage{}
	commitCalls(t, db, spent(1, "shop", noon.Add(-25*time.Minute), 900), spent(2, "shop", noon.Add(-5*time.Minute), 300), refused)
	b := claude.Bucket{Provider: "anthropic", Pool: "sonnet-5", Limiter: claude.LimiterInputTokens}
	got, err := db.Series(t.Context(), b, noon.Add(time.Minute), 10*time.Minute, 3)
	from := noon.Add(-29 * time.Minute)
	want := []alerts.Point{{At: from, Value: 0.9}, {At: from.Add(10 * time.Minute)}, {At: from.Add(20 * time.Minute), Value: 0.3}}
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Series() = %v (-want +got):\n%s", err, diff)
	}
	b.Limiter = claude.LimiterOutputTokens
	if got, err := db.Series(t.Context(), b, noon, time.Minute, 3); err != nil || got != nil {
		t.Errorf("Series() without a limit = %v, %v; want none", got, err)
	}
	for scope, want := range map[claude.Bucket]int64{{}: 1, {Pool: "sonnet-5"}: 1, {Pool: "opus-4.x"}: 0} {
		if n, err := db.Refused(t.Context(), scope, "", noon.Add(-time.Hour), noon); err != nil || n != want {
			t.Errorf("Refused(%+v) = %d, %v; want %d", scope, n, err, want)
		}
	}
	if n, err := db.Refused(t.Context(), claude.Bucket{}, "search", noon.Add(-time.Hour), noon); err != nil || n != 0 {
		t.Errorf("Refused() of another app = %d, %v; want 0", n, err)
	}
}
