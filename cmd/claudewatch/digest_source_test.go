package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/forecast"
)

// quietDay is a day without calls, or an error.
type quietDay struct{ err error }

func (q quietDay) Digest(context.Context, time.Time, time.Time) (alerts.Digest, error) {
	return alerts.Digest{}, q.err
}

// TestDigestForecasts checks that the digest names the limits that are reached first, and leaves out those without a date.
func TestDigestForecasts(t *testing.T) {
	on := func(day int) forecast.Dates {
		at := time.Date(2026, 12, day, 0, 0, 0, 0, time.UTC)
		return forecast.Dates{Low: at.AddDate(0, 0, -2), Mid: at, High: at.AddDate(0, 0, 9)}
	}
	limit := func(pool claude.Pool, d forecast.Dates, why string) limitForecast {
		return limitForecast{bucket: claude.Bucket{Pool: pool, Limiter: claude.LimiterInputTokens}, have: d, forecast: forecast.Forecast{Unknown: why}}
	}
	all := []limitForecast{limit("late", on(20), ""), limit("new", on(1), "too few days"), limit("calm", forecast.Dates{}, ""), limit("soon", on(5), "")}
	s := digestSource{quietDay{}, func() []limitForecast { return all }}
	d, err := s.Digest(t.Context(), time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []alerts.Field{
		{Name: "soon input_tokens", Value: "80 % of the limit on 5 Dec (3 Dec - 14 Dec)"},
		{Name: "late input_tokens", Value: "80 % of the limit on 20 Dec (18 Dec - 29 Dec)"},
	}
	if diff := cmp.Diff(want, d.Forecasts); diff != "" {
		t.Errorf("forecasts of the digest differ (-want +got):\n%s", diff)
	}
	s.days = quietDay{errors.New("no store")}
	if _, err := s.Digest(t.Context(), time.Time{}, time.Time{}); err == nil {
		t.Error("the store's error is lost")
	}
}
