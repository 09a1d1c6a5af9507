package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/forecast"
	"github.com/claudewatch/claudewatch/internal/metrics"
	"github.com/claudewatch/claudewatch/store"
)

// The levels of a limit that forecasts are made for: from half of it on a higher one may be asked for, at 80 % it should be there.
const (
	askLevel  = 0.5
	haveLevel = 0.8
)

// historyDays is how far back a forecast looks. Sums by minute are kept as long by default.
const historyDays = 90

// limitForecast is what is to come of one limit.
type limitForecast struct {
	bucket    claude.Bucket
	limit     int64 // per minute, as it is now
	days      []forecast.Day
	forecast  forecast.Forecast
	ask, have forecast.Dates
}

// makeForecasts reads the history and makes a forecast for each limit that was read in it or is known now.
func makeForecasts(ctx context.Context, db *store.DB, levels []claude.Level, now time.Time) ([]limitForecast, error) {
	since := now.AddDate(0, 0, -historyDays)
	// Limits hardly change: those of the last weeks will do where nothing was called since.
	known, err := db.Observations(ctx, since)
	if err != nil {
		return nil, err
	}
	peaks, err := db.Peaks(ctx, since)
	if err != nil {
		return nil, err
	}
	return forecastLimits(peaks, withKnown(levels, known)), nil
}

// withKnown adds the limits that are configured to those that were read, which win.
func withKnown(levels []claude.Level, known []claude.Observation) []claude.Level {
	have := map[claude.Bucket]bool{}
	var out []claude.Level
	for _, o := range known {
		if o.Reading.Limit.Known() {
			have[o.Bucket] = true
			out = append(out, claude.Level{Bucket: o.Bucket, Limit: o.Reading.Limit})
		}
	}
	for _, l := range levels {
		if !have[l.Bucket] {
			out = append(out, l)
		}
	}
	for i := range out {
		in, answer := out[i].Bucket, out[i].Bucket
		in.Limiter, answer.Limiter = claude.LimiterInputTokens, claude.LimiterOutputTokens
		out[i].Derived = out[i].Bucket.Limiter == claude.LimiterTokens && have[in] && have[answer]
	}
	return out
}

// forecastLimits makes a forecast for each limit that is known. The sum of input and output has none where both have their own.
func forecastLimits(peaks []store.Peak, levels []claude.Level) []limitForecast {
	var out []limitForecast
	for i := range levels {
		l := &levels[i]
		limit, ok := l.Limit.Get()
		if !ok || limit <= 0 || l.Derived || l.Bucket.Limiter.Unified() {
			continue
		}
		f := limitForecast{bucket: l.Bucket, limit: limit}
		for _, p := range peaks {
			if p.Bucket == l.Bucket {
				f.days = append(f.days, forecast.Day{Date: p.Day, Load: float64(p.Count) / float64(limit)})
			}
		}
		f.forecast = forecast.New(f.days)
		f.ask, f.have = f.forecast.Reaches(askLevel), f.forecast.Reaches(haveLevel)
		out = append(out, f)
	}
	return out
}

// outlook keeps the forecasts of a running agent. They change with the days, so they are made anew once an hour, which also takes
// up limits that were not known before.
type outlook struct {
	db     *store.DB
	levels func(time.Time) []claude.Level
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex // guards current
	current []limitForecast
}

// outlookEvery is how often forecasts are made.
const outlookEvery = time.Hour

// Run makes forecasts until ctx ends.
func (o *outlook) Run(ctx context.Context) error {
	ticker := time.NewTicker(outlookEvery)
	defer ticker.Stop()
	for {
		if err := o.renew(ctx); err != nil && ctx.Err() == nil {
			o.log.Error("forecast", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (o *outlook) renew(ctx context.Context) error {
	now := o.now()
	next, err := makeForecasts(ctx, o.db, o.levels(now), now)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.current = next
	return nil
}

func (o *outlook) all() []limitForecast {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.current)
}

// metrics returns the forecasts as the metrics show them.
func (o *outlook) metrics() []metrics.Forecast {
	var out []metrics.Forecast
	for _, f := range o.all() {
		for level, d := range map[string]forecast.Dates{metrics.LevelAsk: f.ask, metrics.LevelHave: f.have} {
			out = append(out, metrics.Forecast{Bucket: f.bucket, Level: level, Low: d.Low, Mid: d.Mid, High: d.High})
		}
	}
	return out
}

// alerts returns the forecasts as the alerts judge them.
func (o *outlook) alerts(time.Time) []alerts.Forecast {
	var out []alerts.Forecast
	for _, f := range o.all() {
		if f.forecast.Unknown == "" {
			out = append(out, alerts.Forecast{Bucket: f.bucket, Low: f.have.Low, Mid: f.have.Mid, High: f.have.High})
		}
	}
	return out
}
