package store

import (
	"context"
	"maps"
	"slices"
)

// slot is a partition of keys.
type slot struct {
	runs   []keyRun   // as committed
	filter *keyFilter // nil where there is none yet, or no more
	blind  bool       // the filter had to be given up; making it again and again would cost more than it spares
}

// slots are the partitions that hold keys. Only who holds the writer's connection uses them.
type slots struct {
	all     map[int64]*slot
	words   int    // what the filters take
	limit   int    // what they may take
	clock   uint64 // counts uses of filters
	maxRun  int    // the keys of a run, but for those that differ in nothing
	lastRun int64
	open    bool // a transaction has begun and is not known to have committed: the runs may be others
}

func newSlots(runs map[int64][]keyRun) *slots {
	s := &slots{all: map[int64]*slot{}, limit: maxFilters, maxRun: maxRun}
	s.set(runs)
	return s
}

// set takes the runs as they are stored.
func (s *slots) set(runs map[int64][]keyRun) {
	for _, p := range s.all {
		p.runs = nil
	}
	for id, of := range runs {
		if s.all[id] == nil {
			s.all[id] = &slot{}
		}
		s.all[id].runs = of
		for _, r := range of {
			s.lastRun = max(s.lastRun, r.id)
		}
	}
}

// begin makes sure that the runs are those that a new transaction sees.
func (s *slots) begin(ctx context.Context, q querier) error {
	if s.open {
		runs, err := readRuns(ctx, q)
		if err != nil {
			return err
		}
		s.set(runs)
	}
	s.open = true
	return nil
}

// newRun returns an id that no run has. One that a rolled back transaction took stays unused.
func (s *slots) newRun() int64 {
	s.lastRun++
	return s.lastRun
}

// asked is what is looked for in a partition.
type asked struct {
	slot   *slot
	id     int64
	hashes []uint64 // whole ones
}

// near returns the partitions in which the keys of a call of a day can be.
func (s *slots) near(day int64, all map[int64]*asked) []*asked {
	ids := []int64{day - 1, day, day + 1, undatedSlot}
	if day == undatedSlot {
		ids = slices.Sorted(maps.Keys(s.all))
	}
	near := make([]*asked, 0, len(ids))
	for _, id := range ids {
		p := s.all[id]
		if p == nil {
			continue
		}
		if all[id] == nil {
			all[id] = &asked{slot: p, id: id}
		}
		near = append(near, all[id])
	}
	return near
}

// mayHave reports whether a partition can have a key.
func (p *slot) mayHave(hash uint64) bool { return p.filter == nil || p.filter.mayHave(hash) }

// wanted returns for each partition which of the calls' keys have to be looked for in it: all that may be there.
func (c *commit) wanted(all []sighting) (map[int64]*asked, error) {
	s := c.db.slots
	s.clock++
	wanted := map[int64]*asked{}
	var near []*asked
	last := int64(undatedSlot - 1)
	for i := range all {
		if day := slotOf(&all[i].change.After); day != last {
			near, last = s.near(day, wanted), day
			if err := c.fillFilters(near); err != nil {
				return nil, err
			}
		}
		for _, k := range all[i].keys {
			h := short(k.hash)
			for _, p := range near {
				if p.slot.mayHave(h) {
					p.hashes = append(p.hashes, uint64(k.hash)) //nolint:gosec // the bits
				}
			}
		}
	}
	return wanted, nil
}

// fillFilters makes the filters of partitions that an earlier process wrote, and notes that all are in use.
func (c *commit) fillFilters(of []*asked) error {
	for _, a := range of {
		p := a.slot
		if p.filter == nil && !p.blind {
			if err := c.fillFilter(a.id, p); err != nil {
				return err
			}
		}
		if p.filter != nil {
			p.filter.used = c.db.slots.clock
		}
	}
	return nil
}

func (c *commit) fillFilter(id int64, p *slot) error {
	keys := int64(0)
	for _, r := range p.runs {
		keys += r.keys
	}
	if filterWords(keys) > filtersInUse*c.db.slots.limit {
		p.blind = true
		return nil
	}
	f := newFilter(keys)
	for _, r := range p.runs {
		entries, err := c.readRun(id, r, nil)
		if err != nil {
			return err
		}
		for _, e := range entries {
			f.add(e.hash)
		}
	}
	f.used = c.db.slots.clock
	p.filter = f
	c.db.slots.grown(f.words())
	return nil
}

// add notes keys that are about to be written to a partition. After a rollback some too many are known, which only costs a look.
func (s *slots) add(id int64, entries []keyEntry) {
	p := s.all[id]
	if p == nil {
		p = &slot{filter: &keyFilter{}}
		s.all[id] = p
	}
	if p.filter == nil {
		return
	}
	p.filter.used = s.clock
	words := 0
	for _, e := range entries {
		words += p.filter.add(e.hash)
	}
	s.grown(words)
}

// grown counts what filters take more, and gives up those that have not been used for longest until all keep to the limits.
func (s *slots) grown(words int) {
	for s.words += words; s.words > s.limit; {
		var oldest *slot
		for _, p := range s.all {
			if p.filter != nil && (oldest == nil || p.filter.used < oldest.filter.used) {
				oldest = p
			}
		}
		if oldest.filter.used == s.clock && s.words <= filtersInUse*s.limit {
			return
		}
		s.words -= oldest.filter.words()
		oldest.filter, oldest.blind = nil, true
	}
}

// runs returns the runs of a partition as the transaction sees them.
func (c *commit) runs(id int64) []keyRun {
	if runs, ok := c.newRuns[id]; ok {
		return runs
	}
	if p := c.db.slots.all[id]; p != nil {
		return p.runs
	}
	return nil
}

// committed takes over the runs that a transaction has left.
func (s *slots) committed(runs map[int64][]keyRun) {
	s.open = false
	for id, of := range runs {
		s.all[id].runs = of
	}
}
