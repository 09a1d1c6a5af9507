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

// Commit stores a batch and returns one change per call, in order. Calls that are sightings of a stored call, or of one
// another, are merged. Times are kept in milliseconds; a call without a believable time gets the present one and counts as
// undated. After an error nothing of the batch is stored; it wraps ErrFull, ErrLocked or ErrReadOnly where that is the matter.
//
// A sighting may show that two stored calls are one: then its change has both together as Before. Sums are corrected for that,
// counters are not, because they never go back.
func (db *DB) Commit(ctx context.Context, b collector.Batch) ([]claude.Change, error) {
	if len(b.Keys) != 0 && len(b.Keys) != len(b.Calls) {
		return nil, fmt.Errorf("commit to store %s: %d keys for %d calls", db.path, len(b.Keys), len(b.Calls))
	}
	var changes []claude.Change
	var c *commit
	err := db.write(ctx, "commit to store", func(ctx context.Context, tx *sql.Tx) error {
		c = db.newCommit(ctx, tx)
		var err error
		if changes, err = c.link(ctx, b); err != nil {
			return err
		}
		return c.save(ctx, b, changes)
	})
	if err != nil {
		return nil, err
	}
	c.committed()
	return changes, nil
}

// commit is one transaction of Commit.
type commit struct {
	db     *DB
	tx     *sql.Tx
	now    time.Time
	names  *interner[string]
	scopes *interner[scope]

	conn    *sql.Conn // the transaction's
	entries []*entry
	byHash  map[int64]holders
}

func (db *DB) newCommit(ctx context.Context, tx *sql.Tx) *commit {
	return &commit{
		db: db, tx: tx, now: db.now(),
		names: db.nameInterner(ctx, tx), scopes: db.scopeInterner(ctx, tx),
		conn: db.writing,
	}
}

func (c *commit) nameID(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	return c.names.id(s)
}

func (c *commit) scopeID(s scope) (int64, error) { return c.scopes.id(s) }

// save writes what the linked calls and the rest of the batch come to.
func (c *commit) save(ctx context.Context, b collector.Batch, changes []claude.Change) error {
	live := map[claude.TallyKey]*claude.Tally{}
	latest := map[claude.Bucket]*claude.Observation{}
	for i := range changes {
		tally(live, &changes[i])
		observe(latest, &changes[i].After)
	}
	steps := []func() error{
		func() error { return c.saveEntries(ctx) },
		func() error { return c.saveRollups(ctx) },
		func() error { return saveTallies(ctx, c.tx, live) },
		func() error { return saveReadings(ctx, c.tx, latest) },
		func() error { return saveActivity(ctx, c.tx, b.Source, changes, c.now) },
		func() error { return savePositions(ctx, c.tx, b.Positions) },
		func() error { return saveCounts(ctx, c.tx, b.Counts) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// committed lets the next transactions know what this one made.
func (c *commit) committed() {
	c.names.committed()
	c.scopes.committed()
}
