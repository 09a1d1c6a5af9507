package store

import (
	"context"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

var _ alerts.Ledger = (*DB)(nil)

// spentSums are the columns that tell what was spent.
const spentSums = "input + output + write_5m + write_1h AS tokens, cost, priced, unpriced"

// spentByHour is what scopes spent from an hour on. spentByDay is what users spent from a day on; days are the only sums that tell users
// apart, so that the calls themselves tell of the time from ?2 until that day.
const (
	spentByHour = "SELECT scope AS of, " + spentSums + " FROM hours WHERE start >= ?1"
	spentByDay  = "SELECT user AS of, " + spentSums + " FROM days WHERE start >= ?1 UNION ALL SELECT user AS of, " + spentSums + ` FROM (
	SELECT user, ifnull(input, 0) AS input, ifnull(output, 0) AS output, ifnull(cache_read, 0) AS cache_read,
		max(ifnull(write_5m, 0) + ifnull(write_1h, 0), ifnull(cache_write, 0)) AS write_5m, 0 AS write_1h,
		CAST(round(iif(typeof(cost) = 'real', cost * 1e9, ifnull(cost, 0))) AS INTEGER) AS cost, cost IS NOT NULL AS priced,
		iif(cost IS NULL, ifnull(input, 0) + ifnull(output, 0) + ifnull(cache_read, 0)
			+ max(ifnull(write_5m, 0) + ifnull(write_1h, 0), ifnull(cache_write, 0)), 0) AS unpriced
	FROM calls WHERE id >= ?2 << 16 AND id < ?1 * 86400000 << 16)`
)

// Spent returns what each user, app or workspace used in the calls from a full hour on, those that used the most first. Who is not known
// is left out.
func (db *DB) Spent(ctx context.Context, by string, since time.Time, limit int) ([]alerts.Spent, error) {
	var subject, sums, who string
	var start int64
	switch by {
	case alerts.ByUser:
		subject, sums, who, start = "w.text", spentByDay, "names", up(since.UnixMilli(), aDay)/aDay
	case alerts.ByApp, alerts.ByWorkspace:
		subject, sums, who, start = "w."+by, spentByHour, "scopes", since.UnixMilli()/anHour
	default:
		return nil, fmt.Errorf("sum what was spent by %q: no such kind", by)
	}
	return read(ctx, db, func(scan scanFunc) (s alerts.Spent, err error) {
		var cost int64
		err = scan(&s.Subject, &s.Tokens, &cost, &s.Priced, &s.Unpriced)
		s.USD = float64(cost) / 1e9
		return s, err
	}, "SELECT "+subject+" AS subject, sum(tokens) AS tokens, sum(cost), sum(priced), sum(unpriced) FROM ("+sums+") JOIN "+who+
		" w ON w.id = of WHERE subject <> '' GROUP BY subject ORDER BY 2 DESC, subject LIMIT ?3", start, since.UnixMilli(), limit)
}
