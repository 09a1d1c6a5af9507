package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Retention says how long calls and their sums by minute are kept. Sums by hour and day stay for ever. 0 keeps for ever.
type Retention struct {
	Calls, Minutes time.Duration
}

// Pruned says what a pruning took out.
type Pruned struct {
	Calls, Minutes int64
}

// pruneRows is how much one step takes out: a few milliseconds, so that intake never waits for long.
const pruneRows = 1000

// freePages is how many free pages one step gives back to the file system.
const freePages = 200

// Prune takes out what is older than the retention, in small transactions with room for intake between them, and gives the free
// space back. When ctx ends it stops between two steps, which is no error.
func (db *DB) Prune(ctx context.Context, keep Retention) (Pruned, error) {
	var p Pruned
	var keys int64 // blocks of them; nobody asks how many
	now := db.now()
	undated := undatedKeys{db: db}
	steps := []struct {
		age  time.Duration
		step pruneStep
		sum  *int64
	}{
		{keep.Calls, pruneCalls, &p.Calls},
		{keep.Calls, db.dropKeys, &keys},
		{keep.Calls, undated.drop, &keys},
		{keep.Minutes, db.pruneMinutes, &p.Minutes},
	}
	for _, s := range steps {
		if s.age <= 0 {
			continue
		}
		undated.idle = p.Calls == 0
		if err := db.pruneBy(ctx, s.step, now.Add(-s.age), s.sum); err != nil {
			return p, unless(ctx, err)
		}
	}
	if err := db.prunePositions(ctx, now.Add(-keepPositions)); err != nil {
		return p, unless(ctx, err)
	}
	return p, unless(ctx, db.shrink(ctx))
}

// pruneStep takes out some of what is older than a time and returns how much; 0 when nothing is left.
type pruneStep func(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error)

// pruneBy repeats a step until nothing is left, each in a transaction of its own.
func (db *DB) pruneBy(ctx context.Context, step pruneStep, before time.Time, sum *int64) error {
	for {
		var n int64
		err := db.write(ctx, "prune store", func(ctx context.Context, tx *sql.Tx) (err error) {
			n, err = step(ctx, tx, before)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		*sum += n
	}
}

// unless drops an error that is only the end of a context.
func unless(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// pruneCalls takes out the oldest calls.
func pruneCalls(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	n, err := affected(tx.ExecContext(ctx, "DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE id < ? ORDER BY id LIMIT ?)",
		before.UnixMilli()<<16, pruneRows))
	if err != nil || n == 0 {
		return 0, err
	}
	if err := noteKept(ctx, tx, keptCalls, before); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE meta SET value = value - ? WHERE name = 'calls'", n)
	return n, err
}

// pruneMinutes takes out the sums of the oldest minutes, all of a minute at once.
func (db *DB) pruneMinutes(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	var last sql.NullInt64
	err := tx.QueryRowContext(ctx, "SELECT max(start) FROM (SELECT start FROM minutes WHERE start < ? ORDER BY start LIMIT ?)",
		before.Unix()/60, pruneRows).Scan(&last)
	if err != nil || !last.Valid {
		return 0, err
	}
	if err := noteKept(ctx, tx, keptMinutes, before); err != nil {
		return 0, err
	}
	db.kept.forget()
	return affected(tx.ExecContext(ctx, "DELETE FROM minutes WHERE start <= ?", last.Int64))
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// shrink gives free pages back, a few at a time.
func (db *DB) shrink(ctx context.Context) error {
	for {
		free, err := db.freePages(ctx)
		if err != nil || free == 0 {
			return err
		}
		if err := db.vacuum(ctx); err != nil {
			return err
		}
		if left, err := db.freePages(ctx); err != nil || left >= free {
			return err // a file from before incremental vacuum was set keeps its pages and uses them again
		}
	}
}

func (db *DB) freePages(ctx context.Context) (n int64, err error) {
	err = db.reader.QueryRowContext(ctx, "SELECT freelist_count FROM pragma_freelist_count").Scan(&n)
	return n, wrap("count free pages of store", db.path, err)
}

// vacuum runs outside of a transaction of ours: the pragma is one by itself, a step for each page.
func (db *DB) vacuum(ctx context.Context) error {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return wrap("shrink store", db.path, err)
	}
	defer conn.Close() //nolint:errcheck // given back to its pool
	err = each(ctx, conn, func(scanFunc) error { return nil }, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", freePages))
	return wrap("shrink store", db.path, err)
}
