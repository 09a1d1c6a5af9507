package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Where meta notes from when on all of a table is there, in Unix milliseconds: a late call may stand before that among ones that are gone.
const (
	keptCalls   = "calls_from"
	keptMinutes = "minutes_from"
)

// noteKept notes in a transaction that rows before a time are gone from a table. The note never goes back.
func noteKept(ctx context.Context, tx *sql.Tx, name string, before time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET value = max(value, excluded.value)`, name, up(before.UnixMilli(), aMinute))
	return err
}

// keptFrom returns the note of a table, or a time before all when nothing was ever taken out.
func keptFrom(ctx context.Context, q querier, name string) (int64, error) {
	var at int64
	err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", name).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return down(-1<<62, aMinute), nil
	}
	return at, err
}
