package main

import (
	"context"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// mostForecasts is how many limits a digest names: those that are reached first.
const mostForecasts = 5

// digestSource adds to a day's figures where use is going.
type digestSource struct {
	days    alerts.DigestSource
	outlook func() []limitForecast
}

// Digest implements alerts.DigestSource.
func (s digestSource) Digest(ctx context.Context, from, to time.Time) (alerts.Digest, error) {
	d, err := s.days.Digest(ctx, from, to)
	if err != nil {
		return d, err
	}
	for _, f := range soonest(s.outlook()) {
		d.Forecasts = append(d.Forecasts, alerts.Field{Name: f.name(), Value: "80 % of the limit on " + when(f.have)})
	}
	return d, nil
}

// soonest returns the limits that will reach 80 %, the first ones first.
func soonest(all []limitForecast) []limitForecast {
	reached := slices.DeleteFunc(slices.Clone(all), func(f limitForecast) bool { return f.forecast.Unknown != "" || f.have.Mid.IsZero() })
	slices.SortStableFunc(reached, func(a, b limitForecast) int { return a.have.Mid.Compare(b.have.Mid) })
	return reached[:min(len(reached), mostForecasts)]
}
