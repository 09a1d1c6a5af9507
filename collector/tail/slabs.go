package tail

import (
	"sync"

	"github.com/claudewatch/claudewatch/claude"
)

// slabCalls is the room of a slab: as many calls as a batch has, and those of the line that filled it.
const slabCalls = maxCalls + maxCalls/8

// slabs are the slices of large batches that are stored. In a backlog they go round, else calls would be most of what is allocated.
// The zero value is ready.
type slabs struct {
	mu   sync.Mutex // protects free
	free [][]claude.Call
}

// get returns an empty slab.
func (s *slabs) get() []claude.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free) - 1
	if n < 0 {
		return make([]claude.Call, 0, slabCalls)
	}
	slab := s.free[n]
	s.free = s.free[:n]
	return slab
}

// put takes back the calls of a batch that nobody reads any more. What is no slab is left to the collector.
func (s *slabs) put(calls []claude.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cap(calls) == slabCalls && len(s.free) <= queueDepth {
		clear(calls) // else it keeps the texts of its calls in memory
		s.free = append(s.free, calls[:0])
	}
}

// drop forgets them all.
func (s *slabs) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = nil
}
