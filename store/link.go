package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// entry is a call while a transaction works on it.
type entry struct {
	call  *claude.Call // never written to: changes have it too
	first int          // the index of its first sighting in the transaction; means nothing where was is set
	keys  []key
	row   int64   // the id that it has in the database; 0 for none
	was   *stored // what the database holds of it; nil for nothing
	now   group   // what sums are kept by, known from prepare on
	same  bool    // the database holds just this, known from prepare on
	into  *entry  // the entry that this one turned out to be a sighting of
}

// found reports that the entry is a stored call of which no sighting came.
func (e *entry) found() bool { return e.was != nil && e.into == nil && e.call == &e.was.call }

// stored is a call as a transaction found it.
type stored struct {
	call   claude.Call
	keys   []key
	group  group
	packed []byte // its row
}

// sighting is one call of a batch.
type sighting struct {
	change *claude.Change // whose After is the sighting, until it is placed
	keys   []key
}

func (e *entry) resolve() *entry {
	for e.into != nil {
		e = e.into
	}
	return e
}

// link turns batches into changes: it finds the stored calls that may be meant and then goes through the batches in order.
func (c *commit) link(ctx context.Context, batches []collector.Batch) ([][]claude.Change, error) {
	if err := c.db.slots.begin(ctx, c.tx); err != nil {
		return nil, err
	}
	changes := make([][]claude.Change, len(batches))
	c.all = c.sightingsOf(batches, changes)
	c.byHash.reset(2 * len(c.all))
	c.entries = take(&c.scratch.entries, len(c.all))
	if err := c.load(ctx, c.all); err != nil {
		return nil, err
	}
	since := c.now.Add(-c.db.liveWindow)
	fresh := take(&c.scratch.fresh, len(c.all))[:len(c.all)]
	for i := range c.all {
		fresh[i] = entry{first: i}
		c.place(&c.all[i], &fresh[i])
		ch := c.all[i].change
		ch.Live = !ch.After.Time.Before(since)
	}
	return changes, nil
}

// sightingsOf makes the changes of the batches, with the sightings in them, and their keys.
func (c *commit) sightingsOf(batches []collector.Batch, changes [][]claude.Change) []sighting {
	n := 0
	for i := range batches {
		n += len(batches[i].Calls)
	}
	all, keys := take(&c.scratch.sightings, n), take(&c.scratch.keys, 3*n)
	for i := range batches {
		b := &batches[i]
		changes[i] = c.changesOf(len(b.Calls), !b.Unanswered)
		for j := range b.Calls {
			ch, record := &changes[i][j], ""
			ch.After = b.Calls[j]
			c.date(&ch.After)
			if len(b.Keys) > 0 {
				record = b.Keys[j]
			}
			from := len(keys)
			keys = c.db.keys.keysOf(keys, &ch.After, record)
			all = append(all, sighting{ch, keys[from:len(keys):len(keys)]})
		}
	}
	return all
}

// date gives the call the time that it is stored under.
func (c *commit) date(call *claude.Call) {
	const first, end = 31_536_000, 7_289_654_400 // 1971-01-01 and 2201-01-01, Unix seconds
	if unix := call.Time.Unix(); unix < first || unix >= end {
		call.Time, call.Undated = c.now, true
	}
	call.Time = call.Time.Truncate(time.Millisecond).UTC()
}

// load brings in the stored calls that share a key with the sightings.
func (c *commit) load(ctx context.Context, all []sighting) error {
	wanted, err := c.wanted(all)
	if err != nil {
		return err
	}
	var ids []int64
	var found []keyEntry
	for slot, a := range wanted {
		slices.Sort(a.hashes)
		if found, err = c.lookUp(slot, slices.Compact(a.hashes), found[:0]); err != nil {
			return err
		}
		for _, e := range found {
			if e.call&1 == 0 {
				ids = append(ids, e.row(slot))
			}
		}
	}
	slices.Sort(ids)
	return c.loadRows(ctx, slices.Compact(ids))
}

var selectCalls = fmt.Sprintf("SELECT id, %s FROM calls WHERE id >= ?1 AND id < ?1 + %d", callColumns, 1<<idBits)

// loadRows brings in the calls whose ids begin like the given ones. Those of other keys that come along stay as they are.
func (c *commit) loadRows(ctx context.Context, ids []int64) error {
	var args []byte
	for _, id := range ids {
		args = packInt(args, id)
	}
	p, err := c.query(selectCalls, args)
	if err != nil {
		return err
	}
	p.rest = slices.Clone(p.rest) // what follows asks for names
	for len(p.rest) > 0 {
		e := &entry{was: &stored{}}
		if err := c.readEntry(ctx, &p, e); err != nil {
			return err
		}
		c.begin(e, e.was.keys)
	}
	return nil
}

// readEntry takes a stored call off packed rows.
func (c *commit) readEntry(ctx context.Context, p *packed, e *entry) error {
	if err := p.ints(&e.row); err != nil {
		return err
	}
	from := p.rest
	var r row
	if err := r.next(p); err != nil {
		return err
	}
	was := e.was
	was.packed, was.group = from[:len(from)-len(p.rest)], r.group()
	var extra []key
	var err error
	if was.call, extra, err = r.call(ctx, e.row, dictionary{c.db, c.tx}); err != nil {
		return err
	}
	e.call = &was.call
	was.keys = append(c.db.keys.keysOf(make([]key, 0, 2), e.call, ""), extra...)
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
		c.byHash.add(k.hash, e)
	}
}

// place merges a sighting with the entries that it is a sighting of, or makes it the fresh one.
func (c *commit) place(s *sighting, fresh *entry) {
	ch := s.change
	same := c.sightings(&ch.After, s.keys)
	if len(same) == 0 {
		fresh.call, fresh.keys = &ch.After, s.keys[:0]
		c.begin(fresh, s.keys)
		ch.New = true
		c.price(&ch.After)
		return
	}
	first, call := same[0], ch.After
	ch.Before = first.call
	for _, other := range same[1:] {
		both := join(ch.Before, other.call)
		ch.Before = &both
		other.into = first
		c.identify(first, other.keys)
	}
	ch.After = join(ch.Before, &call)
	if !ch.Same() || !ch.After.Time.Equal(ch.Before.Time) { // who only says the same again does not change the price of then
		c.price(&ch.After)
	}
	first.call = &ch.After
	c.identify(first, s.keys)
}

// price gives a call the cost that it has by what is known of it. Where that is unknown the cost in its log stays.
func (c *commit) price(call *claude.Call) {
	if c.db.price == nil {
		return
	}
	if usd := c.db.price(call); usd.Known() {
		call.CostUSD = usd
	}
}

// sightings returns the entries that are the same call as this one: by the request id, by the record, or by the message where
// the rest agrees. What one match tells counts for the next, so two calls that exclude each other never become one.
func (c *commit) sightings(call *claude.Call, keys []key) []*entry {
	if !c.known(keys) {
		return nil
	}
	var same []*entry
	all := *call
	for _, kind := range []keyKind{byRequest, byRecord, byMessage} {
		for _, k := range keys {
			if k.kind != kind {
				continue
			}
			c.byHash.each(k.hash, func(e *entry) {
				e = e.resolve()
				if !slices.Contains(same, e) && near(&all, e.call) && (kind != byMessage || all.SameMessage(e.call)) {
					same = append(same, e)
					all = join(&all, e.call)
				}
			})
		}
	}
	return same
}

// known reports whether any entry has one of the keys.
func (c *commit) known(keys []key) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return c.byHash.has(k.hash) })
}

// join merges two sightings. The request id of a side chain is that of the replay: it stays a key, but next to the original
// it is not the call's, or a third sighting that names the original's would look like another call.
func join(a, b *claude.Call) claude.Call {
	first, second := *a, *b
	switch {
	case a.Sidechain && !b.Sidechain:
		first.RequestID = ""
		first, second = second, first
	case b.Sidechain && !a.Sidechain:
		second.RequestID = ""
	}
	return first.Merge(second)
}
