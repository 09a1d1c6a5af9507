package store

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Uses returns what was used since the minute of the given time, the newest minutes first. However many calls that are, it costs as
// much as there are kinds of them.
func (db *DB) Uses(ctx context.Context, since time.Time) ([]claude.Use, error) {
	return read(ctx, db, func(scan scanFunc) (u claude.Use, err error) {
		var minute int64
		err = scan(&minute, &u.Provider, &u.Organization, &u.Workspace, &u.App, &u.Model, &u.Pool, &u.Calls, &u.Measured,
			&u.Tokens.Input, &u.Tokens.Output, &u.Tokens.CacheRead, &u.Tokens.CacheWrite5m, &u.Tokens.CacheWrite1h)
		u.Minute = time.Unix(minute*60, 0).UTC()
		return u, err
	}, `SELECT m.start, s.provider, s.organization, s.workspace, s.app, s.model, s.pool, sum(m.calls), sum(m.measured),
		sum(m.input), sum(m.output), sum(m.cache_read), sum(m.write_5m), sum(m.write_1h)
		FROM minutes m JOIN scopes s ON s.id = m.scope WHERE m.start >= ? GROUP BY m.start, m.scope ORDER BY m.start DESC, m.scope`, since.Unix()/60)
}
