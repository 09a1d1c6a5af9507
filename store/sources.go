package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func savePositions(ctx context.Context, tx *sql.Tx, positions []collector.Position) error {
	for i := range positions {
		p := &positions[i]
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO positions (id, source, path, device, inode, offset, size, head_size, head,
			tail_hash, state, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.ID, p.Source, p.Path, int64(p.Device), int64(p.Inode), p.Offset, p.Size, p.HeadSize, p.Head, p.TailHash, p.State, //nolint:gosec // the bits matter
			micros(p.UpdatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// Positions returns where every file was read to.
func (db *DB) Positions(ctx context.Context) ([]collector.Position, error) {
	return read(ctx, db, func(scan scanFunc) (p collector.Position, err error) {
		var device, inode int64
		var updated sql.NullInt64
		err = scan(&p.ID, &p.Source, &p.Path, &device, &inode, &p.Offset, &p.Size, &p.HeadSize, &p.Head, &p.TailHash, &p.State, &updated)
		p.Device, p.Inode, p.UpdatedAt = uint64(device), uint64(inode), fromMicros(updated) //nolint:gosec // as they were written
		return p, err
	}, `SELECT id, source, path, device, inode, offset, size, head_size, head, tail_hash, state, updated_at FROM positions ORDER BY id`)
}

func saveCounts(ctx context.Context, tx *sql.Tx, counts []collector.Count) error {
	for _, n := range counts {
		_, err := tx.ExecContext(ctx, `INSERT INTO line_counts (source, kind, reason, n, sample) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET n = n + excluded.n, sample = CASE excluded.sample WHEN '' THEN sample ELSE excluded.sample END`,
			n.Source, string(n.Kind), n.Reason, n.N, n.Sample)
		if err != nil {
			return err
		}
	}
	return nil
}

// Counts returns the totals of all lines by source, kind and reason, each with its last sample.
func (db *DB) Counts(ctx context.Context) ([]collector.Count, error) {
	return read(ctx, db, func(scan scanFunc) (n collector.Count, err error) {
		err = scan(&n.Source, &n.Kind, &n.Reason, &n.N, &n.Sample)
		return n, err
	}, "SELECT source, kind, reason, n, sample FROM line_counts ORDER BY source, kind, reason")
}

const activityColumns = "source, calls, duplicates, historical, first, last, longest_gap"

// saveActivity notes what a source delivered.
func saveActivity(ctx context.Context, tx *sql.Tx, source string, changes []claude.Change, now time.Time) error {
	if len(changes) == 0 {
		return nil
	}
	row := tx.QueryRowContext(ctx, "SELECT "+activityColumns+" FROM source_activity WHERE source = ?", source)
	a, err := scanActivity(row.Scan)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	live := false
	for i := range changes {
		ch := &changes[i]
		switch {
		case !ch.New:
			a.Duplicates++
			continue
		case ch.Live:
			live = true
		default:
			a.Historical++
		}
		a.Calls++
	}
	if live {
		a.Deliver(now)
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO source_activity ("+activityColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		source, a.Calls, a.Duplicates, a.Historical, micros(a.First), micros(a.Last), int64(a.LongestGap))
	return err
}

func scanActivity(scan scanFunc) (a claude.SourceActivity, err error) {
	var first, last sql.NullInt64
	err = scan(&a.Source, &a.Calls, &a.Duplicates, &a.Historical, &first, &last, (*int64)(&a.LongestGap))
	a.First, a.Last = fromMicros(first), fromMicros(last)
	return a, err
}

// Sources returns what each source has delivered.
func (db *DB) Sources(ctx context.Context) ([]claude.SourceActivity, error) {
	return read(ctx, db, scanActivity, "SELECT "+activityColumns+" FROM source_activity ORDER BY source")
}
