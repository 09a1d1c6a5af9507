package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

const savePosition = `INSERT OR REPLACE INTO positions (id, source, path, device, inode, offset, size, head_size, head, tail_hash, state,
	updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (c *commit) savePositions(positions []collector.Position) error {
	var rows []byte
	for i := range positions {
		p := &positions[i]
		rows = packTexts(rows, p.ID, p.Source, p.Path)
		for _, n := range [...]int64{int64(p.Device), int64(p.Inode), p.Offset, p.Size, p.HeadSize} { //nolint:gosec // the bits matter
			rows = packInt(rows, n)
		}
		rows = packBlob(packBlob(packBlob(rows, p.Head), p.TailHash), p.State)
		rows = packMicros(rows, p.UpdatedAt)
	}
	return c.execAll(savePosition, rows)
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

const upsertCount = `INSERT INTO line_counts (source, kind, reason, n, sample) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET n = n + excluded.n, sample = CASE excluded.sample WHEN '' THEN sample ELSE excluded.sample END`

func (c *commit) saveCounts(counts []collector.Count) error {
	var rows []byte
	for _, n := range counts {
		rows = packText(packInt(packTexts(rows, n.Source, string(n.Kind), n.Reason), n.N), n.Sample)
	}
	return c.execAll(upsertCount, rows)
}

// Counts returns the totals of all lines by source, kind and reason, each with its last sample.
func (db *DB) Counts(ctx context.Context) ([]collector.Count, error) {
	return read(ctx, db, func(scan scanFunc) (n collector.Count, err error) {
		err = scan(&n.Source, &n.Kind, &n.Reason, &n.N, &n.Sample)
		return n, err
	}, "SELECT source, kind, reason, n, sample FROM line_counts ORDER BY source, kind, reason")
}

const activityColumns = "source, calls, duplicates, historical, first, last, longest_gap"

const (
	selectActivity = "SELECT calls, duplicates, historical, first, last, longest_gap FROM source_activity WHERE source = ?"
	saveActivity   = "INSERT OR REPLACE INTO source_activity (" + activityColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?)"
)

// saveActivity notes what a source delivered.
func (c *commit) saveActivity(source string, changes []claude.Change) error {
	if len(changes) == 0 {
		return nil
	}
	a, ok := c.db.kept.live.sources[source]
	if !ok {
		var err error
		if a, err = c.activity(source); err != nil {
			return err
		}
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
		a.Deliver(c.now)
	}
	a.First, a.Last = a.First.Truncate(time.Microsecond), a.Last.Truncate(time.Microsecond) // as they will be read
	c.db.kept.live.sources = withRoom(c.db.kept.live.sources, 1)
	c.db.kept.live.sources[source] = a
	row := packText(c.scratch.packed[:0], source)
	row = packInt(packInt(packInt(row, a.Calls), a.Duplicates), a.Historical)
	row = packInt(packMicros(packMicros(row, a.First), a.Last), int64(a.LongestGap))
	c.scratch.packed = row
	return c.execAll(saveActivity, row)
}

// activity returns what is known of a source in the transaction; nothing is no error.
func (c *commit) activity(source string) (a claude.SourceActivity, err error) {
	p, err := c.query(selectActivity, packText(nil, source))
	if err != nil || len(p.rest) == 0 {
		return a, err
	}
	if err := p.ints(&a.Calls, &a.Duplicates, &a.Historical); err != nil {
		return a, err
	}
	for _, t := range []*time.Time{&a.First, &a.Last} {
		n, err := p.next()
		if err != nil {
			return a, err
		}
		*t = fromMicros(sql.NullInt64{Int64: n.bits, Valid: n.kind == packedInt})
	}
	return a, p.ints((*int64)(&a.LongestGap))
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
