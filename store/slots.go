package store

import "context"

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
	lastRun int64
	open    bool // a transaction has begun and is not known to have committed: the runs may be others
}

func newSlots(runs map[int64][]keyRun) *slots {
	s := &slots{all: map[int64]*slot{}, limit: maxFilters}
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

// near returns the partitions in which the keys of a call of a day can be.
func (s *slots) near(day int64) map[int64]*slot {
	if day == undatedSlot {
		return s.all
	}
	near := make(map[int64]*slot, 4)
	for _, id := range [...]int64{day - 1, day, day + 1, undatedSlot} {
		if p := s.all[id]; p != nil {
			near[id] = p
		}
	}
	return near
}

// mayHave reports whether a partition can have a key.
func (p *slot) mayHave(hash uint64) bool { return p.filter == nil || p.filter.mayHave(hash) }

// wanted returns for each partition which of the calls' keys have to be looked for in it: all that may be there.
func (c *commit) wanted(all []sighting) (map[int64][]uint64, error) {
	s := c.db.slots
	s.clock++
	wanted := map[int64][]uint64{}
	var near map[int64]*slot
	last := int64(undatedSlot - 1)
	for i := range all {
		if day := slotOf(&all[i].change.After); day != last {
			near, last = s.near(day), day
			if err := c.fillFilters(near); err != nil {
				return nil, err
			}
		}
		for id, p := range near {
			for _, k := range all[i].keys {
				if h := short(k.hash); p.mayHave(h) {
					wanted[id] = append(wanted[id], h)
				}
			}
		}
	}
	return wanted, nil
}

// fillFilters makes the filters of partitions that an earlier process wrote, and notes that all are in use.
func (c *commit) fillFilters(of map[int64]*slot) error {
	for id, p := range of {
		if p.filter == nil && !p.blind {
			if err := c.fillFilter(id, p); err != nil {
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
	if filterWords(keys) > c.db.slots.limit {
		p.blind = true
		return nil
	}
	f := newFilter(keys)
	for _, r := range p.runs {
		entries, err := c.readRun(id, r)
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

// grown counts what filters take more, and gives up those that have not been used for longest until all keep to the limit.
func (s *slots) grown(words int) {
	for s.words += words; s.words > s.limit; {
		var oldest *slot
		for _, p := range s.all {
			if p.filter != nil && (oldest == nil || p.filter.used < oldest.filter.used) {
				oldest = p
			}
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
