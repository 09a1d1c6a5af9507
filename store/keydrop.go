package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// dropKeys takes out the oldest run of keys of a day that ended before a time, and returns how many keys that were. The calls of that day
// must be gone: nobody would find them again.
func (db *DB) dropKeys(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	var id, keys int64
	err := tx.QueryRowContext(ctx, "SELECT id, keys FROM key_runs WHERE slot >= 0 AND slot < ? ORDER BY slot, id LIMIT 1",
		before.UnixMilli()/msPerDay).Scan(&id, &keys)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	db.slots.open = true // the next commit reads which runs there are
	if _, err := tx.ExecContext(ctx, deleteBlocks, id<<partShift, (id+1)<<partShift); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, deleteRun, id)
	return keys, err
}
