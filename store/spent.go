package store

import (
	"context"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

var _ alerts.Ledger = (*DB)(nil)

// Spent returns what each user, app or workspace used in the calls of whole hours from a time on, those that used the most first. Who
// is not known is left out.
func (db *DB) Spent(ctx context.Context, by string, since time.Time, limit int) ([]alerts.Spent, error) {
	var subject, from string
	switch by {
	case alerts.ByUser:
		subject, from = "n.text", "hours h JOIN names n ON n.id = h.user"
	case alerts.ByApp, alerts.ByWorkspace:
		subject, from = "s."+by, "hours h JOIN scopes s ON s.id = h.scope"
	default:
		return nil, fmt.Errorf("sum what was spent by %q: no such kind", by)
	}
	const tokens = "sum(h.input + h.output + h.write_5m + h.write_1h)"
	return read(ctx, db, func(scan scanFunc) (s alerts.Spent, err error) {
		var cost int64
		err = scan(&s.Subject, &s.Tokens, &cost, &s.Priced, &s.Unpriced)
		s.USD = float64(cost) / 1e9
		return s, err
	}, "SELECT "+subject+" AS subject, "+tokens+", sum(h.cost), sum(h.priced), sum(h.unpriced) FROM "+from+
		" WHERE h.start >= ? AND subject <> '' GROUP BY subject ORDER BY "+tokens+" DESC, subject LIMIT ?", since.Unix()/3600, limit)
}
