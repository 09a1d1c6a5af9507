package alerts

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Headline is the digest in one line.
func (d *Digest) Headline() string {
	return fmt.Sprintf("Claude, %s to %s: %s calls, %s, %s refused with 429",
		d.stamp(d.From), d.stamp(d.To), count(d.Calls), costText(d.CostUSD), count(d.RateLimited))
}

func (d *Digest) stamp(t time.Time) string {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2 Jan 15:04 MST")
}

// Totals are the digest's figures by name. What nobody knows is said to be unknown.
func (d *Digest) Totals() []Field {
	f := []Field{{"Calls", count(d.Calls)}, {"Tokens", count(d.Tokens)}, {"Cost", strings.TrimPrefix(costText(d.CostUSD), "cost ")}}
	if n, ok := d.Unpriced.Get(); ok && n > 0 {
		f = append(f, Field{"Without a price", grouped(n) + " tokens"})
	}
	f = append(f, Field{"Refused with 429", count(d.RateLimited)}, Field{"Overloaded (529)", count(d.Overloaded)})
	retries := count(d.Retries)
	if delay, ok := d.RetryDelay.Get(); ok && delay > 0 {
		retries += ", told to wait " + Span(delay) + " in all"
	}
	return append(f, Field{"Retries", retries})
}

// LimitLines says how near each limit the busiest minute came.
func (d *Digest) LimitLines() []string {
	var lines []string
	for _, l := range d.Limits {
		line := l.Name + ": use unknown"
		if p, ok := l.Peak.Get(); ok {
			line = l.Name + ": busiest minute at " + percent(p)
		}
		if n, ok := l.Limit.Get(); ok {
			line += ", limit " + grouped(n)
		}
		if !l.At.IsZero() {
			line += ", " + d.stamp(l.At)
		}
		lines = append(lines, line)
	}
	return lines
}

// AppLines says what each app used.
func (d *Digest) AppLines() []string {
	var lines []string
	for _, a := range d.Apps {
		name := a.App
		if name == "" {
			name = "(no app named)"
		}
		lines = append(lines, fmt.Sprintf("%s: %s calls, %s tokens, %s", name, grouped(a.Calls), grouped(a.Tokens), costText(a.CostUSD)))
	}
	return lines
}

// AlertLines says what fired.
func (d *Digest) AlertLines() []string {
	var lines []string
	for i := range d.Alerts {
		a := &d.Alerts[i]
		line := fmt.Sprintf("%s, %s: %s", d.stamp(a.FiredAt), a.Severity, a.Facts.Title)
		if a.ResolvedAt.IsZero() {
			line += " (still firing)"
		} else {
			line += " (for " + Span(a.ResolvedAt.Sub(a.FiredAt)) + ")"
		}
		lines = append(lines, line)
	}
	if d.AlertsOmitted > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", grouped(int64(d.AlertsOmitted))))
	}
	return lines
}

// ForecastLines says where use is going.
func (d *Digest) ForecastLines() []string {
	var lines []string
	for _, f := range d.Forecasts {
		lines = append(lines, strings.TrimSpace(f.Name+": "+f.Value))
	}
	return lines
}

func count(n claude.Opt[int64]) string {
	if v, ok := n.Get(); ok {
		return grouped(v)
	}
	return "unknown"
}

func costText(usd claude.Opt[float64]) string {
	v, ok := usd.Get()
	switch {
	case !ok:
		return "cost unknown"
	case v > 0 && v < 0.01:
		return "under 0.01 USD"
	default:
		cents := int64(math.Round(v * 100))
		return fmt.Sprintf("%s.%02d USD", grouped(cents/100), cents%100)
	}
}
