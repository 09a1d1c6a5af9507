// Package logreceiver tells of alerts in the agent's own log: one line per revision. It is what receives when nothing else is
// configured.
package logreceiver

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"github.com/claudewatch/claudewatch/alerts"
)

// Receiver writes alerts to a logger.
type Receiver struct {
	name string
	log  *slog.Logger
}

// Options is what a receiver is made of. Logger is required.
type Options struct {
	Name   string // default: "log"
	Logger *slog.Logger
}

// New returns a receiver.
func New(o Options) (*Receiver, error) {
	if o.Logger == nil {
		return nil, errors.New("log receiver: no logger")
	}
	if o.Name == "" {
		o.Name = "log"
	}
	return &Receiver{name: o.Name, log: o.Logger}, nil
}

// Name returns the receiver's name.
func (r *Receiver) Name() string { return r.name }

// Send writes one line. It never fails.
func (r *Receiver) Send(ctx context.Context, m alerts.Message, _ alerts.Ref) (alerts.Ref, error) {
	a := &m.Alert
	attrs := []slog.Attr{
		slog.String("rule", a.Rule), slog.String("severity", string(a.Severity)), slog.String("state", string(a.State)),
		slog.String("title", a.Facts.Title), slog.Any("labels", a.Labels),
		slog.String("value", alerts.Amount(a.Value, a.Facts.Unit)), slog.String("peak", alerts.Amount(a.Peak, a.Facts.Unit)),
		slog.String("episode", a.Episode), slog.Int64("revision", a.Revision), slog.Time("fired_at", a.FiredAt),
	}
	if !a.EndsAt.IsZero() {
		attrs = append(attrs, slog.Time("ends_at", a.EndsAt))
	}
	if a.State == alerts.Resolved {
		attrs = append(attrs, slog.Time("resolved_at", a.ResolvedAt))
	}
	if len(a.Facts.Do) > 0 {
		attrs = append(attrs, slog.String("do", a.Facts.Do[0]))
	}
	r.log.LogAttrs(ctx, level(a), "alert", attrs...)
	return alerts.Ref{Channel: "log", ID: strconv.FormatInt(a.Revision, 10)}, nil
}

// SendDigest writes one line with the day's totals. It never fails.
func (r *Receiver) SendDigest(ctx context.Context, d alerts.Digest) error {
	attrs := []slog.Attr{slog.Time("from", d.From), slog.Time("to", d.To)}
	for _, f := range d.Totals() {
		attrs = append(attrs, slog.String(strings.ReplaceAll(strings.ToLower(f.Name), " ", "_"), f.Value))
	}
	parts := [][]string{d.LimitLines(), d.AppLines(), d.AlertLines(), d.ForecastLines()}
	for i, name := range []string{"limits", "apps", "alerts", "forecast"} {
		if len(parts[i]) > 0 {
			attrs = append(attrs, slog.Any(name, parts[i]))
		}
	}
	r.log.LogAttrs(ctx, slog.LevelInfo, "digest", attrs...)
	return nil
}

var _ alerts.Digested = (*Receiver)(nil)

// level makes a resolved alert no louder than news.
func level(a *alerts.Alert) slog.Level {
	switch {
	case a.State == alerts.Resolved || a.Severity == alerts.Info:
		return slog.LevelInfo
	case a.Severity == alerts.Critical:
		return slog.LevelError
	default:
		return slog.LevelWarn
	}
}
