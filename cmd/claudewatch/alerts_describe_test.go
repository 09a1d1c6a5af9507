package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

func TestDescribe(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "cw.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test is over
	refused := claude.Call{RequestID: "req_1", Time: now.Add(-time.Minute), Provider: "anthropic", Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 429}
	used := claude.Call{
		RequestID: "req_2", Time: now.Add(-time.Minute), Provider: "anthropic", Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 200,
		Usage:    claude.Usage{InputTokens: claude.Some[int64](800)},
		Readings: []claude.Reading{{Limiter: claude.LimiterInputTokens, Limit: claude.Some[int64](1000), Reset: now.Add(time.Minute)}},
	}
	if _, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: []claude.Call{refused, used}}); err != nil {
		t.Fatal(err)
	}
	describe := describer(db, slog.New(slog.DiscardHandler), func() time.Time { return now })
	a := alerts.Alert{
		State: alerts.Firing, FiredAt: now.Add(-5 * time.Minute), Facts: alerts.Facts{Unit: "ratio"},
		Labels: map[string]string{"provider": "anthropic", "pool": "sonnet-5", "limiter": "input_tokens"},
	}
	describe(t.Context(), &a)
	if n, ok := a.Facts.Refused.Get(); !ok || n != 1 || len(a.Facts.Series) != chartPoints || a.Facts.Series[chartPoints-1].Value != 0.8 {
		t.Errorf("described %+v; want one refusal and a chart that ends at 0.8", a.Facts)
	}
	about := alerts.Alert{State: alerts.Resolved, FiredAt: now.Add(-5 * time.Minute), ResolvedAt: now, Labels: map[string]string{"source": "app.log"}}
	describe(t.Context(), &about)
	if about.Facts.Refused.Known() || about.Facts.Series != nil {
		t.Errorf("described %+v; want nothing of an alert that is about no calls", about.Facts)
	}
}
