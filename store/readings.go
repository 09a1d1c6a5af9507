package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// observe keeps the latest readings of a call.
func (l *liveSums) observe(c *claude.Call) {
	b := c.Bucket("")
	hint := hintOf(b.Workspace, string(b.Pool)) * 8 // a call has that many readings at most, mostly
	for i := range c.Readings {
		r := &c.Readings[i]
		b.Limiter = r.Limiter
		fresh := false
		have := l.latestMemo.get(hint+i, b, func() *claude.Observation {
			fresh = true
			o := &claude.Observation{Bucket: b}
			l.latest = append(l.latest, o)
			return o
		})
		if fresh || later(r.Reset, c.Time, have) {
			have.Reading, have.At, have.Server = *r, c.Time, c.ServerTime
		}
	}
}

// later reports whether a reading with this reset, taken at this time, tells more of its bucket than another: the larger reset, then the
// newer one. The order in which log lines come says nothing.
func later(reset, at time.Time, than *claude.Observation) bool {
	if !reset.Equal(than.Reading.Reset) {
		return reset.After(than.Reading.Reset)
	}
	return !at.Before(than.At)
}

const upsertReading = `INSERT INTO latest_readings (provider, organization, workspace, pool, limiter, max, remaining, utilization, status,
	reset, at, server) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET max = excluded.max, remaining = excluded.remaining, utilization = excluded.utilization,
	status = excluded.status, reset = excluded.reset, at = excluded.at, server = excluded.server
	WHERE ifnull(excluded.reset, -1 << 63) > ifnull(reset, -1 << 63) OR excluded.reset IS reset AND excluded.at >= at`

// saveReadings keeps those that are later than the stored ones. The same bucket may be there more than once.
func (c *commit) saveReadings(l *liveSums) error {
	var rows []byte
	for _, o := range l.latest {
		b, r := &o.Bucket, &o.Reading
		rows = packTexts(rows, b.Provider, b.Organization, b.Workspace, string(b.Pool), string(b.Limiter))
		rows = packCount(packCount(rows, r.Limit), r.Remaining)
		if used, ok := r.Utilization.Get(); ok {
			rows = packFloat(rows, used)
		} else {
			rows = packNull(rows)
		}
		rows = packText(rows, r.Status)
		rows = packMicros(packMicros(packMicros(rows, r.Reset), o.At), o.Server)
	}
	return c.execAll(upsertReading, rows)
}

// Observations returns the latest reading of each bucket that was read at the given time or later: the one with the largest
// reset, the newest of those.
func (db *DB) Observations(ctx context.Context, since time.Time) ([]claude.Observation, error) {
	return read(ctx, db, func(scan scanFunc) (o claude.Observation, err error) {
		var limit, remaining, reset, at, server sql.NullInt64
		var used sql.NullFloat64
		b := &o.Bucket
		err = scan(&b.Provider, &b.Organization, &b.Workspace, &b.Pool, &b.Limiter, &limit, &remaining, &used, &o.Reading.Status,
			&reset, &at, &server)
		o.Reading.Limiter = b.Limiter
		o.Reading.Limit, o.Reading.Remaining = known(limit.Int64, limit.Valid), known(remaining.Int64, remaining.Valid)
		o.Reading.Utilization = known(used.Float64, used.Valid)
		o.Reading.Reset, o.At, o.Server = fromMicros(reset), fromMicros(at), fromMicros(server)
		return o, err
	}, `SELECT provider, organization, workspace, pool, limiter, max, remaining, utilization, status, reset, at, server
		FROM latest_readings WHERE at >= ? ORDER BY provider, organization, workspace, pool, limiter`, since.UnixMicro())
}

func known[T comparable](v T, ok bool) claude.Opt[T] {
	if ok {
		return claude.Some(v)
	}
	return claude.Opt[T]{}
}
