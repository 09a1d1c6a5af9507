package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

// How much a digest lists.
const (
	digestApps   = 5
	digestLimits = 8
	digestAlerts = 10
)

// Digest returns what happened from one time until before another, by minutes.
func (db *DB) Digest(ctx context.Context, from, to time.Time) (alerts.Digest, error) {
	d := alerts.Digest{From: from, To: to}
	if err := db.digestTotals(ctx, &d); err != nil {
		return d, err
	}
	var err error
	if d.Apps, err = db.digestApps(ctx, from, to); err != nil {
		return d, err
	}
	if d.Limits, err = db.digestLimits(ctx, from, to); err != nil {
		return d, err
	}
	all, err := db.Episodes(ctx, from, to, 1000)
	all = slices.DeleteFunc(all, func(a alerts.Alert) bool { return a.Revision == 0 }) // nobody was to hear of it
	d.Alerts, d.AlertsOmitted = all[:min(len(all), digestAlerts)], max(0, len(all)-digestAlerts)
	return d, err
}

func (db *DB) digestTotals(ctx context.Context, d *alerts.Digest) error {
	_, err := read(ctx, db, func(scan scanFunc) (struct{}, error) {
		var calls, limited, overloaded, retries, delay, tokens, priced, cost, unpriced int64
		err := scan(&calls, &limited, &overloaded, &retries, &delay, &tokens, &priced, &cost, &unpriced)
		d.Calls, d.RateLimited, d.Overloaded = claude.Some(calls), claude.Some(limited), claude.Some(overloaded)
		d.Retries, d.RetryDelay = claude.Some(retries), claude.Some(time.Duration(delay)*time.Microsecond)
		d.Tokens, d.Unpriced, d.CostUSD = claude.Some(tokens), claude.Some(unpriced), usd(cost, priced, unpriced)
		return struct{}{}, err
	}, `SELECT ifnull(sum(calls), 0), ifnull(sum(rate_limited), 0), ifnull(sum(overloaded), 0), ifnull(sum(retries), 0), ifnull(sum(retry_delay), 0),
		ifnull(sum(input + output + cache_read + write_5m + write_1h), 0), ifnull(sum(priced), 0), ifnull(sum(cost), 0), ifnull(sum(unpriced), 0)
		FROM minutes WHERE start >= ? AND start < ?`, minuteOf(d.From), minuteOf(d.To))
	return err
}

// usd is a sum of costs, or unknown when none of the calls that used tokens has a price.
func usd(cost, priced, unpriced int64) claude.Opt[float64] {
	if priced == 0 && unpriced > 0 {
		return claude.Opt[float64]{}
	}
	return claude.Some(float64(cost) / 1e9)
}

func (db *DB) digestApps(ctx context.Context, from, to time.Time) ([]alerts.DigestApp, error) {
	return read(ctx, db, func(scan scanFunc) (a alerts.DigestApp, err error) {
		var priced, cost, unpriced int64
		err = scan(&a.App, &a.Calls, &a.Tokens, &priced, &cost, &unpriced)
		a.CostUSD = usd(cost, priced, unpriced)
		return a, err
	}, `SELECT s.app, sum(calls), sum(input + output + cache_read + write_5m + write_1h) AS tokens, sum(priced), sum(cost), sum(unpriced)
		FROM minutes m JOIN scopes s ON s.id = m.scope WHERE start >= ? AND start < ?
		GROUP BY s.app ORDER BY tokens DESC, s.app LIMIT ?`, minuteOf(from), minuteOf(to), digestApps)
}

// minuteUse is what one group of callers used in one minute.
type minuteUse struct {
	start  int64
	bucket claude.Bucket // without a limiter
	calls  int64
	tokens claude.Tokens
}

// counted is what a limiter counts of a minute.
func (m *minuteUse) counted(l claude.Limiter) int64 {
	if l == claude.LimiterRequests {
		return m.calls
	}
	return m.tokens.Counted(l, m.bucket.Pool)
}

func (db *DB) minuteUses(ctx context.Context, from, to time.Time, pool claude.Pool) ([]minuteUse, error) {
	return read(ctx, db, func(scan scanFunc) (m minuteUse, err error) {
		b, t := &m.bucket, &m.tokens
		return m, scan(&m.start, &b.Provider, &b.Organization, &b.Workspace, &b.Pool, &m.calls, &t.Input, &t.Output, &t.CacheRead, &t.CacheWrite5m, &t.CacheWrite1h)
	}, `SELECT m.start, s.provider, s.organization, s.workspace, s.pool, sum(calls), sum(input), sum(output), sum(cache_read), sum(write_5m), sum(write_1h)
		FROM minutes m JOIN scopes s ON s.id = m.scope WHERE start >= ?1 AND start < ?2 AND (?3 = '' OR s.pool = ?3)
		GROUP BY m.start, s.provider, s.organization, s.workspace, s.pool`, minuteOf(from), minuteOf(to), string(pool))
}

// digestLimits returns the busiest minute of each limit that was read, the fullest first.
func (db *DB) digestLimits(ctx context.Context, from, to time.Time) ([]alerts.DigestLimit, error) {
	limits, err := db.Observations(ctx, from.AddDate(0, 0, -7))
	if err != nil {
		return nil, err
	}
	uses, err := db.minuteUses(ctx, from, to, "")
	if err != nil {
		return nil, err
	}
	var all []alerts.DigestLimit
	for i := range limits {
		limit, ok := limits[i].Reading.Limit.Get()
		if !ok || limit <= 0 {
			continue
		}
		b := limits[i].Bucket
		l := alerts.DigestLimit{Name: bucketTitle(b), Limit: claude.Some(limit)}
		for _, u := range uses {
			if u.bucket.Pool != b.Pool || u.bucket.Provider != b.Provider || u.bucket.Workspace != b.Workspace || u.bucket.Organization != b.Organization {
				continue
			}
			if peak := float64(u.counted(b.Limiter)) / float64(limit); peak > l.Peak.Or(-1) {
				l.Peak, l.At = claude.Some(peak), time.Unix(u.start*60, 0).UTC()
			}
		}
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b alerts.DigestLimit) int {
		return cmp.Or(cmp.Compare(b.Peak.Or(-1), a.Peak.Or(-1)), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), digestLimits)], nil
}

func bucketTitle(b claude.Bucket) string {
	title := strings.ReplaceAll(string(b.Limiter), "_", " ")
	if b.Pool != "" {
		title += " of " + string(b.Pool)
	}
	if b.Workspace != "" {
		title += " in " + b.Workspace
	}
	return title
}

// minuteOf is a time as the minutes' table counts.
func minuteOf(t time.Time) int64 { return t.Unix() / 60 }
