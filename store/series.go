package store

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

// Series returns how much of its limit a bucket used: so many points up to a time, each the busiest minute of its span. It is empty when
// the limit was never read or less than two points are known.
func (db *DB) Series(ctx context.Context, b claude.Bucket, to time.Time, span time.Duration, points int) ([]alerts.Point, error) {
	limit, err := db.limitOf(ctx, b)
	if err != nil || limit <= 0 {
		return nil, err
	}
	from := to.Add(-span * time.Duration(points)).Truncate(time.Minute)
	uses, err := db.minuteUses(ctx, from, to, b.Pool)
	if err != nil || len(uses) == 0 {
		return nil, err
	}
	all := make([]alerts.Point, points)
	for i := range all {
		all[i].At = from.Add(span * time.Duration(i))
	}
	for _, u := range uses {
		i := int(time.Unix(u.start*60, 0).Sub(from) / span)
		if of := u.bucket; i < 0 || i >= points || of.Provider != b.Provider || of.Organization != b.Organization || of.Workspace != b.Workspace {
			continue
		}
		all[i].Value = max(all[i].Value, float64(u.counted(b.Limiter))/float64(limit))
	}
	return all, nil
}

// limitOf returns the limit that was last read of a bucket; 0 for none.
func (db *DB) limitOf(ctx context.Context, b claude.Bucket) (int64, error) {
	all, err := db.Observations(ctx, time.Time{})
	if err != nil {
		return 0, err
	}
	for i := range all {
		if all[i].Bucket == b {
			return all[i].Reading.Limit.Or(0), nil
		}
	}
	return 0, nil
}

// Refused returns how many calls were refused with 429 in a span of time. A scope of nothing is all calls; what is empty in it matches
// everything.
func (db *DB) Refused(ctx context.Context, scope claude.Bucket, app string, from, to time.Time) (int64, error) {
	all, err := read(ctx, db, func(scan scanFunc) (n int64, err error) { return n, scan(&n) },
		`SELECT ifnull(sum(rate_limited), 0) FROM minutes m JOIN scopes s ON s.id = m.scope WHERE start >= ?1 AND start <= ?2
		AND (?3 = '' OR s.provider = ?3) AND (?4 = '' OR s.organization = ?4) AND (?5 = '' OR s.workspace = ?5) AND (?6 = '' OR s.pool = ?6)
		AND (?7 = '' OR s.app = ?7)`,
		minuteOf(from), minuteOf(to), scope.Provider, scope.Organization, scope.Workspace, string(scope.Pool), app)
	if err != nil {
		return 0, err
	}
	return all[0], nil
}
