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
	call *claude.Call // nobody else's
	keys []key
	row  int64   // the id that it has in the database; 0 for none
	was  *stored // what the database holds of it; nil for nothing
	now  row     // what is to be held of it, known from prepare on
	into *entry  // the entry that this one turned out to be a sighting of
}

// stored is a call as a transaction found it.
type stored struct {
	call claude.Call
	keys []key
	row  row
}

// holders are the entries that have a key: nearly always one.
type holders struct {
	first *entry
	more  []*entry
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
	c.byHash = make(map[int64]holders, 2*len(b.Calls))
	c.entries = make([]*entry, 0, len(b.Calls))
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
		c.place(&changes[i], &calls[i], keys[i])
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
	wanted := c.db.slots.wanted(calls, keys)
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
		e := &entry{was: &stored{}}
		dest, finish := e.was.row.dest()
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
		if e.was.call, extra, err = e.was.row.call(ctx, e.row, dictionary{c.db, c.tx}); err != nil {
			return err
		}
		now := e.was.call
		e.call = &now
		e.was.keys = append(keysOf(c.db.salt, e.call, ""), extra...)
		c.begin(e, e.was.keys)
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
		if slices.Contains(e.keys, k) {
			continue
		}
		e.keys = append(e.keys, k)
		h := c.byHash[k.hash]
		if h.first == nil {
			h.first = e
		} else {
			h.more = append(h.more, e)
		}
		c.byHash[k.hash] = h
	}
}

// place merges a sighting with the entries that it is a sighting of, or makes it a new one, which takes the call over.
func (c *commit) place(ch *claude.Change, call *claude.Call, keys []key) {
	same := c.sightings(call, keys)
	if len(same) == 0 {
		c.begin(&entry{call: call, keys: make([]key, 0, len(keys))}, keys)
		ch.After, ch.New = *call, true
		return
	}
	first := same[0]
	ch.Before = *first.call
	for _, other := range same[1:] {
		ch.Before = join(ch.Before, *other.call)
		other.into = first
		c.identify(first, other.keys)
	}
	*first.call = join(ch.Before, *call)
	c.identify(first, keys)
	ch.After = *first.call
}

// sightings returns the entries that are the same call as this one: by the request id, by the record, or by the message where
// the rest agrees. What one match tells counts for the next, so two calls that exclude each other never become one.
func (c *commit) sightings(call *claude.Call, keys []key) []*entry {
	if !c.known(keys) {
		return nil
	}
	var same []*entry
	all := *call
	see := func(e *entry, kind keyKind) {
		if e = e.resolve(); !slices.Contains(same, e) && near(&all, e.call) && (kind != byMessage || all.SameMessage(e.call)) {
			same = append(same, e)
			all = join(all, *e.call)
		}
	}
	for _, kind := range []keyKind{byRequest, byRecord, byMessage} {
		for _, k := range keys {
			if h := c.byHash[k.hash]; k.kind == kind && h.first != nil {
				see(h.first, kind)
				for _, e := range h.more {
					see(e, kind)
				}
			}
		}
	}
	return same
}

// known reports whether any entry has one of the keys.
func (c *commit) known(keys []key) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return c.byHash[k.hash].first != nil })
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
