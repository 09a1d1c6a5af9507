package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// entry is a call while a transaction works on it.
type entry struct {
	call claude.Call
	keys []key

	// What the database holds of it; row 0 for nothing.
	row    int64
	stored claude.Call
	kept   []key
	old    row

	into *entry // the entry that this one turned out to be a sighting of
}

func (e *entry) resolve() *entry {
	for e.into != nil {
		e = e.into
	}
	return e
}

// link turns a batch into changes: it finds the stored calls that may be meant and then goes through the batch in order.
func (c *commit) link(ctx context.Context, b collector.Batch) ([]claude.Change, error) {
	calls := make([]claude.Call, len(b.Calls))
	keys := make([][]key, len(b.Calls))
	for i := range b.Calls {
		calls[i] = c.dated(b.Calls[i])
		record := ""
		if len(b.Keys) > 0 {
			record = b.Keys[i]
		}
		keys[i] = keysOf(c.db.salt, &calls[i], record)
	}
	if err := c.load(ctx, calls, keys); err != nil {
		return nil, err
	}
	changes := make([]claude.Change, len(calls))
	for i := range calls {
		changes[i] = c.place(calls[i], keys[i])
		changes[i].Live = !changes[i].After.Time.Before(c.now.Add(-c.db.liveWindow))
	}
	return changes, nil
}

// dated gives the call the time that it is stored under.
func (c *commit) dated(call claude.Call) claude.Call {
	if y := call.Time.Year(); call.Time.IsZero() || y < 1971 || y > 2200 {
		call.Time, call.Undated = c.now, true
	}
	call.Time = call.Time.Truncate(time.Millisecond).UTC()
	return call
}

// load brings in the stored calls that share a key with the batch.
func (c *commit) load(ctx context.Context, calls []claude.Call, keys [][]key) error {
	wanted := map[int64][]int64{}
	for i := range calls {
		for _, s := range c.db.slotsNear(&calls[i]) {
			for _, k := range keys[i] {
				wanted[s] = append(wanted[s], k.hash)
			}
		}
	}
	found := map[int64][]int64{}
	for _, s := range slices.Sorted(maps.Keys(wanted)) {
		if err := lookUp(ctx, c.tx, s, wanted[s], found); err != nil {
			return err
		}
	}
	var ids []int64
	for _, rows := range found {
		ids = append(ids, rows...)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), chunk) {
		if err := c.loadRows(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) loadRows(ctx context.Context, ids []int64) error {
	args := make([]any, chunk)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	var loaded []*entry
	err := each(ctx, c.tx, func(scan scanFunc) error {
		e := &entry{}
		dest, finish := e.old.dest()
		err := scan(append([]any{&e.row}, dest...)...)
		finish()
		loaded = append(loaded, e)
		return err
	}, "SELECT id, "+callColumns+" FROM calls WHERE id IN (?"+strings.Repeat(", ?", chunk-1)+") ORDER BY id", args...)
	if err != nil {
		return err
	}
	for _, e := range loaded {
		var extra []key
		if e.stored, extra, err = e.old.call(ctx, e.row, dictionary{c.db, c.tx}); err != nil {
			return err
		}
		e.call = e.stored
		e.kept = append(keysOf(c.db.salt, &e.stored, ""), extra...)
		c.begin(e, e.kept)
	}
	return nil
}

// begin takes up an entry.
func (c *commit) begin(e *entry, keys []key) {
	c.entries = append(c.entries, e)
	c.identify(e, keys)
}

// identify registers an entry under keys that it does not have yet.
func (c *commit) identify(e *entry, keys []key) {
	for _, k := range keys {
		if !slices.Contains(e.keys, k) {
			e.keys = append(e.keys, k)
			c.byKey[k] = append(c.byKey[k], e)
		}
	}
}

// place merges a sighting with the entries that it is a sighting of, or makes it a new one.
func (c *commit) place(call claude.Call, keys []key) claude.Change {
	same := c.sightings(&call, keys)
	if len(same) == 0 {
		e := &entry{call: call}
		c.begin(e, keys)
		return claude.Change{After: call, New: true}
	}
	first := same[0]
	before := first.call
	for _, other := range same[1:] {
		before = join(before, other.call)
		other.into = first
		c.identify(first, other.keys)
	}
	first.call = join(before, call)
	c.identify(first, keys)
	return claude.Change{Before: before, After: first.call}
}

// sightings returns the entries that are the same call as this one: by the request id, by the record, or by the message where
// the rest agrees. What one match tells counts for the next, so two calls that exclude each other never become one.
func (c *commit) sightings(call *claude.Call, keys []key) []*entry {
	var same []*entry
	all := *call
	for _, kind := range []keyKind{byRequest, byRecord, byMessage} {
		for _, k := range keys {
			if k.kind != kind {
				continue
			}
			for _, e := range c.byKey[k] {
				e = e.resolve()
				if slices.Contains(same, e) || !near(&all, &e.call) || kind == byMessage && !all.SameMessage(&e.call) {
					continue
				}
				same = append(same, e)
				all = join(all, e.call)
			}
		}
	}
	return same
}

// join merges two sightings. The request id of a side chain is that of the replay: it stays a key, but next to the original
// it is not the call's, or a third sighting that names the original's would look like another call.
func join(a, b claude.Call) claude.Call {
	switch {
	case a.Sidechain && !b.Sidechain:
		a.RequestID = ""
		return b.Merge(a)
	case b.Sidechain && !a.Sidechain:
		b.RequestID = ""
	}
	return a.Merge(b)
}
