package store

import (
	"context"
	"sync"

	"github.com/claudewatch/claudewatch/claude"
)

// slots are the partitions that hold keys, with a filter of the keys where there is one: where this process began the partition
// and has not had to give the memory back. Others are always looked into.
type slots struct {
	// mu guards what follows.
	mu    sync.Mutex
	all   map[int64]*keyFilter // nil where there is no filter
	words int                  // what the filters take
	limit int                  // what they may take
	clock uint64               // counts uses of filters
}

func newSlots(known []int64) *slots {
	s := &slots{all: map[int64]*keyFilter{}, limit: maxFilters}
	for _, slot := range known {
		s.all[slot] = nil
	}
	return s
}

// wanted returns for each partition which of the calls' keys have to be looked for in it: all that may be there.
func (s *slots) wanted(calls []claude.Call, keys [][]key) map[int64][]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock++
	wanted := map[int64][]int64{}
	for i := range calls {
		day := slotOf(&calls[i])
		if day == undatedSlot {
			for slot := range s.all {
				s.want(wanted, slot, keys[i])
			}
			continue
		}
		for _, slot := range [...]int64{day - 1, day, day + 1, undatedSlot} {
			s.want(wanted, slot, keys[i])
		}
	}
	return wanted
}

func (s *slots) want(wanted map[int64][]int64, slot int64, keys []key) {
	filter, ok := s.all[slot]
	if !ok {
		return
	}
	if filter != nil {
		filter.used = s.clock
	}
	for _, k := range keys {
		if filter == nil || filter.mayHave(k.hash) {
			wanted[slot] = append(wanted[slot], k.hash)
		}
	}
}

// add notes keys that are about to be written. After a rollback some too many are known, which only costs a look.
func (s *slots) add(keys []slottedKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock++
	for _, k := range keys {
		filter, ok := s.all[k.slot]
		if !ok {
			filter = &keyFilter{}
			s.all[k.slot] = filter
		}
		if filter == nil {
			continue
		}
		filter.used = s.clock
		s.words += filter.add(k.hash)
		for s.words > s.limit {
			s.drop()
		}
	}
}

// drop gives up the filter that has not been used for longest. What it knew can't be known again, so its partition stays without.
func (s *slots) drop() {
	var oldest *keyFilter
	var at int64
	for slot, f := range s.all {
		if f != nil && (oldest == nil || f.used < oldest.used) {
			oldest, at = f, slot
		}
	}
	s.words -= oldest.words()
	s.all[at] = nil
}

// readSlots lists the partitions that hold keys, with one look-up each.
func readSlots(ctx context.Context, q querier) ([]int64, error) {
	const query = `WITH RECURSIVE s(slot) AS (
		SELECT min(slot) FROM call_keys
		UNION ALL SELECT (SELECT min(slot) FROM call_keys WHERE slot > s.slot) FROM s WHERE s.slot IS NOT NULL
	) SELECT slot FROM s WHERE slot IS NOT NULL`
	var all []int64
	err := each(ctx, q, func(scan scanFunc) error {
		var s int64
		err := scan(&s)
		all = append(all, s)
		return err
	}, query)
	return all, err
}
