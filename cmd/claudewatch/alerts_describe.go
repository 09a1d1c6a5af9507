package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// What a message's chart shows, and how long a message waits for it.
const (
	chartPoints     = 20
	chartSpan       = 9 * time.Minute // of one point
	describeTimeout = 2 * time.Second
)

// describer adds to an alert what only its messages need: the chart of its limit, and how many calls were refused while it fired. A
// message that can't have them goes without.
func describer(db *store.DB, log *slog.Logger, now func() time.Time) func(context.Context, *alerts.Alert) {
	return func(ctx context.Context, a *alerts.Alert) {
		b := bucketOf(a)
		if b == (claude.Bucket{}) { // it is about no calls in particular
			return
		}
		ctx, cancel := context.WithTimeout(ctx, describeTimeout)
		defer cancel()
		end := now()
		if !a.ResolvedAt.IsZero() {
			end = a.ResolvedAt
		}
		n, err := db.Refused(ctx, b, a.Labels["app"], a.FiredAt, end)
		if err == nil && (n > 0 || a.State == alerts.Resolved) {
			a.Facts.Refused = claude.Some(n)
		}
		if err == nil && b.Limiter != "" && a.Facts.Unit == "ratio" && len(a.Facts.Series) == 0 {
			a.Facts.Series, err = db.Series(ctx, b, end, chartSpan, chartPoints)
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("alert goes without its chart", "rule", a.Rule, "err", err)
		}
	}
}

func bucketOf(a *alerts.Alert) claude.Bucket {
	return claude.Bucket{
		Provider: a.Labels["provider"], Organization: a.Labels["organization"], Workspace: a.Labels["workspace"],
		Pool: claude.Pool(a.Labels["pool"]), Limiter: claude.Limiter(a.Labels["limiter"]),
	}
}
