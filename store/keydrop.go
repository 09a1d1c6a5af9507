package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// dropBlocks is how many blocks of keys one step takes out or looks through: about a megabyte.
const dropBlocks = 250

// dropKeys takes out keys of a day that ended before a time, a part of a run at a time, and returns how many blocks and runs that were.
// The calls of that day must be gone: nobody would find them again.
func (db *DB) dropKeys(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	var id int64
	err := tx.QueryRowContext(ctx, "SELECT id FROM key_runs WHERE slot >= 0 AND slot < ? ORDER BY slot, id LIMIT 1",
		before.UnixMilli()/msPerDay).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	db.slots.open = true // the next commit reads which runs there are
	n, err := affected(tx.ExecContext(ctx, "DELETE FROM key_blocks WHERE id IN (SELECT id FROM key_blocks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)",
		id<<partShift, (id+1)<<partShift, dropBlocks))
	if err != nil || n == dropBlocks {
		return n, err
	}
	_, err = tx.ExecContext(ctx, deleteRun, id)
	return n + 1, err
}

// undatedKeys takes the keys of calls that are gone out of the partition of those without a time, whose runs are of all days.
type undatedKeys struct {
	db   *DB
	idle bool  // no call was taken out, so there is nothing to do
	next int64 // the block to go on with
}

// drop looks through some blocks. It goes on while there are more, whether or not it found something.
func (u *undatedKeys) drop(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	if u.idle {
		return 0, nil
	}
	u.db.slots.open = true
	seen := int64(0)
	blocks := map[int64][]byte{} // that change, as they are to be
	gone := map[int64]int64{}    // keys, by run
	err := each(ctx, tx, func(scan scanFunc) error {
		var id, form int64
		var block []byte
		if err := scan(&id, &form, &block); err != nil {
			return err
		}
		seen, u.next = seen+1, id+1
		f := formOf(form, undatedSlot)
		kept := f.keysFrom(block, before.UnixMilli()<<16)
		if n := (len(block) - len(kept)) / f.size(); n > 0 {
			blocks[id] = kept
			gone[id>>partShift] += int64(n)
		}
		return nil
	}, fmt.Sprintf(`SELECT b.id, r.form, b.keys FROM key_runs r JOIN key_blocks b ON b.id >= r.id << %d AND b.id < (r.id + 1) << %d
		WHERE r.slot = ? AND b.id >= ? ORDER BY r.id, b.id LIMIT ?`, partShift, partShift), undatedSlot, u.next, dropBlocks)
	if err != nil || seen == 0 {
		return 0, err
	}
	for id, block := range blocks {
		if _, err := tx.ExecContext(ctx, "UPDATE key_blocks SET keys = ? WHERE id = ?", block, id); err != nil {
			return 0, err
		}
	}
	return seen, shortenRuns(ctx, tx, gone)
}

// keysFrom returns the entries of a block whose calls have an id or a larger one. The block stays as it is.
func (f keyForm) keysFrom(block []byte, first int64) []byte {
	size := f.size()
	kept := make([]byte, 0, len(block))
	for i := range len(block) / size {
		if f.at(block, i).row(undatedSlot) >= first { // the first id of a time, so nothing is left out of it
			kept = append(kept, block[i*size:(i+1)*size]...)
		}
	}
	return kept
}

// shortenRuns notes how many keys runs have lost, and takes out those that have none left.
func shortenRuns(ctx context.Context, tx *sql.Tx, gone map[int64]int64) error {
	for id, n := range gone {
		if _, err := tx.ExecContext(ctx, "UPDATE key_runs SET keys = keys - ? WHERE id = ?", n, id); err != nil {
			return err
		}
		var left int64
		if err := tx.QueryRowContext(ctx, "SELECT keys FROM key_runs WHERE id = ?", id).Scan(&left); err != nil {
			return err
		}
		if left > 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, deleteBlocks, id<<partShift, (id+1)<<partShift); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteRun, id); err != nil {
			return err
		}
	}
	return nil
}
