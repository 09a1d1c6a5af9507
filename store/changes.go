package store

import (
	"sync"

	"github.com/claudewatch/claudewatch/claude"
)

const (
	// leastSlab is from how many calls on a batch is one of a backlog, in which batches follow each other at once, and slabCalls for how
	// many there is room at least: sources make larger batches only of very long lines.
	leastSlab = 256
	slabCalls = 1152
	// maxSlabs is how many slabs wait, as many as there are under way: that of a transaction, of the one before, which waits to be looked
	// at, and of the one before that, which somebody looks at.
	maxSlabs = 3
	// calmBatches is after how many small batches a backlog is over: between large ones there are some.
	calmBatches = 8
)

// changeSlabs are the changes of large batches that nobody reads any more. In a backlog they go round, else they would be a third of all
// that is allocated. The zero value is ready.
type changeSlabs struct {
	mu    sync.Mutex // protects free and small
	free  [][]claude.Change
	small int // batches since a large one
}

// take returns n empty changes. For small batches it has none that are kept: there are many of them where little is
// to be done, and then all slabs are let go.
func (s *changeSlabs) take(n int) []claude.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < leastSlab {
		if s.small++; s.small >= calmBatches || n == 0 {
			s.free = nil
		}
		return make([]claude.Change, n)
	}
	s.small = 0
	for len(s.free) > 0 {
		last := len(s.free) - 1
		slab := s.free[last]
		s.free[last], s.free = nil, s.free[:last]
		if cap(slab) >= n {
			return slab[:n]
		}
	}
	return make([]claude.Change, n, max(n, slabCalls))
}

// put takes a batch's changes back. What they refer to is let go: else it would stay in memory, and the garbage collector would look at
// all of it each time.
func (s *changeSlabs) put(changes []claude.Change) {
	n := cap(changes)
	if n < slabCalls || n > maxScratch {
		return
	}
	clear(changes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < maxSlabs {
		s.free = append(s.free, changes[:0])
	}
}

// changesOf returns room for the changes of a batch. What an answered one gets belongs to who asked.
func (c *commit) changesOf(calls int, answered bool) []claude.Change {
	if answered {
		return make([]claude.Change, calls)
	}
	return c.db.spare.take(calls)
}

// Reuse takes back the changes of a batch, as CommitAll returned them, when nobody reads any of their transaction's any more: a later one
// writes over them, and a change may refer to another of its transaction. Nobody needs to give any back.
func (db *DB) Reuse(changes []claude.Change) { db.spare.put(changes) }
