package store

import "github.com/claudewatch/claudewatch/claude"

// scratch is memory that one transaction after the other uses, so that each does not leave megabytes to the garbage collector. Only
// who holds the writer's connection has it.
type scratch struct {
	sightings []sighting
	keys      []key
	fresh     []entry
	entries   []*entry
	index     keyIndex
	written   []freshRow
	rows      []byte
	sums      []byte
	changed   []keyEntry
	sorter    entrySorter
	rollups   [3]rollup // by sumTable.index
	sketch    sketchScratch
	tallies   []claude.Tally
	scopeIDs  memo[scope, int64]
	live      liveSums
	rowsOf    rowWriter
	packed    []byte // rows of few bytes
}

// sketchScratch is what changing a stored sketch takes.
type sketchScratch struct {
	sketch  sketch
	bins    []int
	encoded []byte
}

// maxScratch is for how many calls memory is kept: batches beyond that are rare.
const maxScratch = 4096

// take returns a slice of length 0 with room for n elements, the kept one where that is large enough.
func take[T any](kept *[]T, n int) []T {
	if cap(*kept) < n {
		*kept = make([]T, 0, n)
	}
	return (*kept)[:0]
}

// release forgets what the transaction had in hand; batches belong to who committed them.
func (c *commit) release() {
	s, n := c.scratch, len(c.all)
	if n > maxScratch {
		*s = scratch{}
		return
	}
	clear(c.all)
	clear(c.entries)
	clear(s.fresh[:min(n, cap(s.fresh))])
	clear(s.tallies[:min(n, cap(s.tallies))])
	clear(s.written[:min(len(c.entries), cap(s.written))])
	clear(s.index.nodes)
	s.live.reset()
}
