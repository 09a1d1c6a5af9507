package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

var _ alerts.SilenceStore = (*DB)(nil)

// Silences returns the silences that end after a time, the one that ends first before the others.
func (db *DB) Silences(ctx context.Context, after time.Time) ([]alerts.Silence, error) {
	return read(ctx, db, func(scan scanFunc) (s alerts.Silence, err error) {
		var matchers string
		var starts, ends, created sql.NullInt64
		if err := scan(&s.ID, &matchers, &starts, &ends, &created, &s.Author, &s.Comment); err != nil {
			return s, err
		}
		s.StartsAt, s.EndsAt, s.CreatedAt = fromMicros(starts), fromMicros(ends), fromMicros(created)
		return s, json.Unmarshal([]byte(matchers), &s.Matchers)
	}, "SELECT id, matchers, starts_at, ends_at, created_at, author, comment FROM silences WHERE ends_at > ? ORDER BY ends_at, id", after.UnixMicro())
}

// SaveSilence keeps a silence, in the place of one of the same id.
func (db *DB) SaveSilence(ctx context.Context, s alerts.Silence) error {
	matchers, err := json.Marshal(s.Matchers)
	if err != nil {
		return err
	}
	return db.write(ctx, "save silence in store", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO silences (id, matchers, starts_at, ends_at, created_at, author, comment)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			s.ID, string(matchers), s.StartsAt.UnixMicro(), s.EndsAt.UnixMicro(), s.CreatedAt.UnixMicro(), s.Author, s.Comment)
		return err
	})
}

// Episodes returns the alerts that fired in a span of time, or were still firing in it, the newest first, at most so many.
func (db *DB) Episodes(ctx context.Context, from, to time.Time, most int) ([]alerts.Alert, error) {
	return read(ctx, db, func(scan scanFunc) (a alerts.Alert, err error) {
		var body string
		if err := scan(&body); err != nil {
			return a, err
		}
		return a, json.Unmarshal([]byte(body), &a)
	}, `SELECT body FROM episodes WHERE fired_at < ? AND (fired_at >= ? OR resolved_at >= ?
		OR episode IN (SELECT body ->> 'episode' FROM alerts WHERE body ->> 'state' IN ('firing', 'recovering')))
		ORDER BY fired_at DESC, episode LIMIT ?`, to.UnixMicro(), from.UnixMicro(), from.UnixMicro(), most)
}

// DigestUntil returns until when a receiver was told of the day; the zero time when it never was.
func (db *DB) DigestUntil(ctx context.Context, receiver string) (time.Time, error) {
	all, err := read(ctx, db, func(scan scanFunc) (time.Time, error) {
		var until sql.NullInt64
		err := scan(&until)
		return fromMicros(until), err
	}, "SELECT until FROM digests WHERE receiver = ?", receiver)
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	return all[0], nil
}

// SaveDigest keeps until when a receiver was told of the day.
func (db *DB) SaveDigest(ctx context.Context, receiver string, until time.Time) error {
	return db.write(ctx, "save digest in store", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO digests (receiver, until) VALUES (?, ?)", receiver, until.UnixMicro())
		return err
	})
}
