package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

var _ collector.Sink = (*DB)(nil)

// Commit stores a batch and returns one change per call, in order: CommitAll of the one batch.
func (db *DB) Commit(ctx context.Context, b collector.Batch) ([]claude.Change, error) {
	changes, err := db.CommitAll(ctx, []collector.Batch{b})
	if err != nil {
		return nil, err
	}
	return changes[0], nil
}

// CommitAll stores several batches in one transaction, as if they were committed one after the other, and returns for each one
// change per call, in order. Calls that are sightings of a stored call, or of one another, are merged. Times are kept in
// milliseconds; a call without a believable time gets the present one and counts as undated. After an error nothing of any
// batch is stored; it wraps ErrFull, ErrLocked or ErrReadOnly where that is the matter.
//
// A sighting may show that two stored calls are one: then its change has both together as Before. Sums are corrected for that,
// counters are not, because they never go back.
func (db *DB) CommitAll(ctx context.Context, batches []collector.Batch) ([][]claude.Change, error) {
	for i := range batches {
		if b := &batches[i]; len(b.Keys) != 0 && len(b.Keys) != len(b.Calls) {
			return nil, fmt.Errorf("commit to store %s: %d keys for %d calls", db.path, len(b.Keys), len(b.Calls))
		}
	}
	if len(batches) == 0 {
		return nil, nil
	}
	var changes [][]claude.Change
	var c *commit
	err := db.writeThen(ctx, "commit to store", func(ctx context.Context, tx *sql.Tx) error {
		c = db.newCommit(ctx, tx)
		defer c.release()
		var err error
		if changes, err = c.link(ctx, batches); err != nil {
			return err
		}
		return c.save(ctx, batches, changes)
	}, func() { c.committed() })
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// commit is one transaction of Commit.
type commit struct {
	db     *DB
	tx     *sql.Tx
	conn   *sql.Conn // the transaction's
	now    time.Time
	names  *interner[string]
	scopes *interner[scope]
	rowsOf *rowWriter

	scopeIDs *memo[scope, int64]
	all      []sighting
	entries  []*entry
	byHash   *keyIndex
	scratch  *scratch
	newRuns  map[int64][]keyRun // of the partitions that it has written to
}

func (db *DB) newCommit(ctx context.Context, tx *sql.Tx) *commit {
	c := &commit{
		db: db, tx: tx, conn: db.writing, now: db.now(),
		names: db.nameInterner(ctx, tx), scopes: db.scopeInterner(ctx, tx),
		newRuns: map[int64][]keyRun{}, scratch: &db.scratch, byHash: &db.scratch.index,
		scopeIDs: &db.scratch.scopeIDs,
	}
	c.scopeIDs.reset() // a transaction before may have been rolled back
	c.rowsOf = &db.scratch.rowsOf
	c.rowsOf.reset(c)
	return c
}

func (c *commit) nameID(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	return c.names.id(s)
}

func (c *commit) scopeID(call *claude.Call) (id int64, err error) {
	s := scopeOf(call)
	id = c.scopeIDs.get(s.hint(), &s, func() int64 {
		id, err = c.scopes.id(s)
		return id
	})
	return id, err
}

// save writes what the linked calls and the rest of the batches come to.
func (c *commit) save(ctx context.Context, batches []collector.Batch, changes [][]claude.Change) error {
	if err := c.saveEntries(ctx); err != nil {
		return err
	}
	live := c.liveSums()
	if err := c.saveRollups(); err != nil {
		return err
	}
	if err := c.saveTallies(live); err != nil {
		return err
	}
	if err := c.saveReadings(live); err != nil {
		return err
	}
	for i := range batches {
		if err := c.saveSource(&batches[i], changes[i]); err != nil {
			return err
		}
	}
	return nil
}

// saveSource writes what a batch says of its source.
func (c *commit) saveSource(b *collector.Batch, changes []claude.Change) error {
	if err := c.saveActivity(b.Source, changes); err != nil {
		return err
	}
	if err := c.savePositions(b.Positions); err != nil {
		return err
	}
	return c.saveCounts(b.Counts)
}

// committed lets the next transactions know what this one made.
func (c *commit) committed() {
	c.names.committed()
	c.scopes.committed()
	c.db.slots.committed(c.newRuns)
	c.db.kept.open = false
}
