package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

// growing fills a database with the busy minutes of so many days, which grow by a tenth a week, and the limits as headers tell them.
func growing(t *testing.T, days int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "growing.db")
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	var calls []claude.Call
	for d := range days {
		for m := range 20 {
			tokens := int64(300_000 * math.Pow(1.1, float64(d)/7))
			calls = append(calls, claude.Call{
				Time: today.AddDate(0, 0, d-days).Add(10*time.Hour + time.Duration(m)*time.Minute), RequestID: fmt.Sprintf("req_%d_%d", d, m),
				Provider: "anthropic", Model: "claude-sonnet-5", Pool: "sonnet-5",
				Usage: claude.Usage{InputTokens: claude.Some(tokens), OutputTokens: claude.Some[int64](100)},
				Readings: []claude.Reading{
					{Limiter: claude.LimiterInputTokens, Limit: claude.Some[int64](2_000_000), Remaining: claude.Some[int64](1_900_000)},
					{Limiter: claude.LimiterRequests, Limit: claude.Some[int64](1000), Remaining: claude.Some[int64](999)},
				},
			})
		}
	}
	if _, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: calls}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestForecast checks the dates of a growth that can be worked out, in both formats, and what is said where there is none.
func TestForecast(t *testing.T) {
	db := growing(t, 60)
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"forecast", "--db", db, "--output", "json"}, streams{nil, &out, &errs}); code != 0 {
		t.Fatalf("forecast: %d, %s", code, errs.String())
	}
	var got []forecastObject
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Limiter != claude.LimiterInputTokens || got[0].Days != 60 || got[0].Weekly == nil || math.Abs(*got[0].Weekly-0.1) > 0.01 {
		t.Fatalf("forecasts = %s; want input tokens and requests, growing by a tenth a week", out.String())
	}
	// 300,000 tokens have grown to 676,000; half of the limit is ln(1000/676) = 0.39 on, which at ln(1.1) a week that fades after
	// two weeks takes 34 days.
	mid, err := time.Parse(time.DateOnly, got[0].Ask.Mid)
	if days := time.Until(mid).Hours() / 24; err != nil || days < 31 || days > 37 {
		t.Errorf("half of the limit is reached on %s; want 34 days from now", got[0].Ask.Mid)
	}
	if got[1].Limiter != claude.LimiterRequests || got[1].Ask != (dates{}) || got[1].Unknown != "" {
		t.Errorf("requests = %+v; want no date within the horizon", got[1])
	}
	out.Reset()
	if code := run(t.Context(), []string{"forecast", "--db", db}, streams{nil, &out, &errs}); code != 0 {
		t.Fatalf("forecast: %d, %s", code, errs.String())
	}
	for _, want := range []string{"input_tokens", "+10.0 %", "> 90 days", "the next published tier is Build with 5M (as of 2026-08)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("forecast prints\n%s; want %q in it", out.String(), want)
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"forecast", "--db", db, "--backtest"}, streams{nil, &out, &errs}); code != 0 || !strings.Contains(out.String(), "100 %") {
		t.Errorf("forecast --backtest: %d\n%s; want an interval that always held", code, out.String())
	}
	out.Reset()
	if code := run(t.Context(), []string{"forecast", "--db", growing(t, 20)}, streams{nil, &out, &errs}); code != 0 ||
		!strings.Contains(out.String(), "20 days with use, 21 are") {
		t.Errorf("forecast of 20 days: %d\n%s; want it to say what is missing", code, out.String())
	}
}
