package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// observe keeps the latest readings of a call in a transaction's collection.
func observe(latest map[claude.Bucket]*claude.Observation, c *claude.Call) {
	for i := range c.Readings {
		b := c.Bucket(c.Readings[i].Limiter)
		o := claude.Observation{Bucket: b, Reading: c.Readings[i], At: c.Time, Server: c.ServerTime}
		if have := latest[b]; have == nil {
			kept := o
			latest[b] = &kept
		} else if later(&o, have) {
			*have = o
		}
	}
}

// later reports whether a tells more of its bucket than b: the larger reset, then the newer one. The order in which log lines come
// says nothing.
func later(a, b *claude.Observation) bool {
	if !a.Reading.Reset.Equal(b.Reading.Reset) {
		return a.Reading.Reset.After(b.Reading.Reset)
	}
	return !a.At.Before(b.At)
}

const upsertReading = `INSERT INTO latest_readings (provider, organization, workspace, pool, limiter, max, remaining, utilization, status,
	reset, at, server) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET max = excluded.max, remaining = excluded.remaining, utilization = excluded.utilization,
	status = excluded.status, reset = excluded.reset, at = excluded.at, server = excluded.server
	WHERE ifnull(excluded.reset, -1 << 63) > ifnull(reset, -1 << 63) OR excluded.reset IS reset AND excluded.at >= at`

func saveReadings(ctx context.Context, tx *sql.Tx, latest map[claude.Bucket]*claude.Observation) error {
	for b, o := range latest {
		r := o.Reading
		var used any
		if u, ok := r.Utilization.Get(); ok {
			used = u
		}
		_, err := tx.ExecContext(ctx, upsertReading, b.Provider, b.Organization, b.Workspace, string(b.Pool), string(b.Limiter),
			count(r.Limit), count(r.Remaining), used, r.Status, micros(r.Reset), micros(o.At), micros(o.Server))
		if err != nil {
			return err
		}
	}
	return nil
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
