package main

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// steady is a store with calls of two models, so many a second up to now, with their readings.
func steady(t *testing.T, now time.Time, perSecond float64) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "cw.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var calls []claude.Call
	for i := range int(11 * 60 * perSecond) {
		c := claude.Call{
			Time: now.Add(-time.Duration(float64(i+1) / perSecond * float64(time.Second))), RequestID: fmt.Sprint("req_", i), Status: 200,
			Provider: claude.ProviderAnthropic, Organization: "org-1", App: fmt.Sprint("app", i%3), Model: "claude-sonnet-5", Pool: "sonnet-5",
			Usage: claude.Usage{InputTokens: claude.Some[int64](900 + int64(i%200)), OutputTokens: claude.Some[int64](100), CacheReadInputTokens: claude.Some[int64](5000)},
		}
		if i%4 == 0 {
			c.Model, c.Pool = "claude-haiku-4-5", "haiku-4.5"
		}
		for _, l := range []claude.Limiter{claude.LimiterInputTokens, claude.LimiterOutputTokens, claude.LimiterRequests} {
			c.Readings = append(c.Readings, claude.Reading{
				Limiter: l, Limit: claude.Some[int64](1_000_000), Remaining: claude.Some[int64](700_000), Reset: c.Time.Add(18 * time.Second),
			})
		}
		calls = append(calls, c)
	}
	if _, err := db.Commit(t.Context(), collector.Batch{Source: "x", Calls: calls}); err != nil {
		t.Fatal(err)
	}
	return db
}

// near reports whether two values are both unknown or differ by at most 2 %.
func near(a, b claude.Opt[float64]) bool {
	return a.Known() == b.Known() && math.Abs(a.Or(0)-b.Or(0)) <= 0.02*max(a.Or(0), 0.02)
}

// What the status command shows of a database must be what an agent on it would show, however many calls there are.
func TestSketchIsThePictureOfTheAgent(t *testing.T) {
	now := time.Date(2026, 11, 21, 16, 0, 40, 0, time.UTC)
	for _, perSecond := range []float64{1, 5, 30} {
		db := steady(t, now, perSecond)
		whole, sketch := &limits.Tracker{}, &limits.Tracker{}
		for _, tr := range []**limits.Tracker{&whole, &sketch} {
			var err error
			if *tr, err = limits.New(limits.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := restoreTracker(t.Context(), db, whole, now, func(ch claude.Change) { whole.Apply(ch, now) }); err != nil {
			t.Fatal(err)
		}
		if err := sketchTracker(t.Context(), db, sketch, now); err != nil {
			t.Fatal(err)
		}
		want, got := whole.Levels(now), sketch.Levels(now)
		if len(want) != 6 || len(want) != len(got) {
			t.Fatalf("%g a second: %d buckets; the agent has %d; want 6", perSecond, len(got), len(want))
		}
		for i := range want {
			w, g := &want[i], &got[i]
			if g.Bucket != w.Bucket || g.Limit != w.Limit || !near(w.Fill, g.Fill) || !near(w.Load2m, g.Load2m) || !near(w.Load10m, g.Load10m) || !near(w.InUse, g.InUse) || !near(w.CacheShare, g.CacheShare) {
				t.Errorf("%g a second: %+v; want about %+v", perSecond, *g, *w)
			}
		}
		if perSecond == 1 { // few enough to take each
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("few calls (-want +got):\n%s", diff)
			}
		}
	}
}
