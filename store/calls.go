package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// pageSize is how many calls Recent reads at a time, so that a slow caller does not hold a snapshot of the database.
const pageSize = 1000

// Recent calls a function for each call at the given time or later, in the order of time; undated calls stand where they were
// read. It stops at the function's first error and returns that.
func (db *DB) Recent(ctx context.Context, since time.Time, fn func(claude.Call) error) error {
	for next := since.UnixMilli() << 16; ; {
		page, err := read(ctx, db, func(scan scanFunc) (d rowDest, err error) {
			err = d.scan(scan)
			return d, err
		}, "SELECT id, "+callColumns+" FROM calls WHERE id >= ? ORDER BY id LIMIT ?", next, pageSize)
		if err != nil {
			return err
		}
		for i := range page {
			r := page[i].row()
			c, _, err := r.call(ctx, page[i].id, dictionary{db, db.reader})
			if err != nil {
				return wrap("read call from store", db.path, err)
			}
			if err := fn(c); err != nil {
				return err
			}
			next = page[i].id + 1
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// Calls returns how many calls are stored.
func (db *DB) Calls(ctx context.Context) (int64, error) {
	var n int64
	err := db.reader.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'calls'").Scan(&n)
	return n, wrap("count calls of store", db.path, err)
}

// Traffic returns the counts of calls by minute, provider and organization since the minute of the given time, in the order
// of time. Minutes without a call are left out.
func (db *DB) Traffic(ctx context.Context, since time.Time) ([]claude.Traffic, error) {
	return read(ctx, db, func(scan scanFunc) (t claude.Traffic, err error) {
		var minute int64
		err = scan(&minute, &t.Provider, &t.Organization, &t.Calls, &t.RateLimited, &t.Overloaded)
		t.Minute = time.Unix(minute*60, 0).UTC()
		return t, err
	}, `SELECT m.start, s.provider, s.organization, sum(m.calls), sum(m.rate_limited), sum(m.overloaded)
		FROM minutes m JOIN scopes s ON s.id = m.scope WHERE m.start >= ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, since.Unix()/60)
}

// errCheck says that the database lost the row that Check writes.
var errCheck = errors.New("row of checks is gone")

// Check reports whether the database can be written now, by writing a few bytes. It costs one commit.
func (db *DB) Check(ctx context.Context) error {
	return db.write(ctx, "check store", func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE meta SET value = value + 1 WHERE name = 'checks'")
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errCheck)
		}
		return nil
	})
}
