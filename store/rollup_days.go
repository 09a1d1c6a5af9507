package store

import "slices"

// Sums of users by day lie on as many pages as there are users in a transaction. A transaction does not write all of these: it appends what it
// adds as one block. When many blocks wait, one transaction merges them, and each of those that follow adds a merged one to the rows, so that
// none of them takes long. Whoever reads reads both.

// waitLimits say when blocks are merged, and how large merged ones are.
type waitLimits struct {
	parts  int // that wait to be merged
	blocks int // that they are in
	rows   int // of a merged block
}

// 32,768 parts are about 1 MB, and merging them takes about 20 ms; adding 1,024 to their rows takes 5 ms.
const (
	waitingMost  = 32_768
	blocksMost   = 4096
	rowsOfMerged = 1024
)

// Merged blocks have the ids from -1 down; the lowest is the next to be added to its rows.
const (
	appendDayBlock = "INSERT INTO day_blocks (parts, sums) VALUES (?, ?)"
	insertDayBlock = "INSERT INTO day_blocks (id, parts, sums) VALUES (?, ?, ?)"
	countDayBlocks = "SELECT ifnull(sum(id >= 0), 0), ifnull(sum(iif(id >= 0, parts, 0)), 0), max(0, -ifnull(min(id), 0)) FROM day_blocks"
)

// waitingSums is what no row has yet.
type waitingSums struct {
	blocks, parts int // not merged
	merged        int // blocks that were
	known         bool
}

// saveDays adds the sums to a table that has some wait.
func (c *commit) saveDays(t *sumTable) error {
	r, waiting := c.rolled(t), &c.db.kept.waiting
	changed := r.changed()
	if len(changed) == 0 {
		return nil
	}
	if err := c.countWaiting(waiting); err != nil {
		return err
	}
	if r.takesAway() { // what a row is to lose may wait
		if err := c.settleAll(t, waiting); err != nil {
			return err
		}
		return c.saveRows(t, r, changed)
	}
	block, err := c.blockOf(r, changed)
	if err != nil {
		return err
	}
	c.scratch.packed = packBlob(packInt(c.scratch.packed[:0], int64(len(changed))), block)
	if err := c.execAll(appendDayBlock, c.scratch.packed); err != nil {
		return err
	}
	waiting.blocks, waiting.parts = waiting.blocks+1, waiting.parts+len(changed)
	return c.settle(t, waiting)
}

// settle does what has to be done now for what waits. The transaction's own sums are among that: their rollup is free.
func (c *commit) settle(t *sumTable, waiting *waitingSums) error {
	many := waiting.blocks > c.db.waits.blocks || waiting.parts > c.db.waits.parts
	switch {
	case many && waiting.merged > 0: // large transactions add more than small steps settle
		return c.settleAll(t, waiting)
	case many:
		return c.mergeBlocks(t, waiting)
	case waiting.merged > 0:
		return c.settleMerged(t, waiting)
	default:
		return nil
	}
}

// countWaiting finds out what waits, unless it is known.
func (c *commit) countWaiting(waiting *waitingSums) error {
	if waiting.known {
		return nil
	}
	err := c.tx.QueryRow(countDayBlocks).Scan(&waiting.blocks, &waiting.parts, &waiting.merged) //nolint:noctx // statements of a transaction have none, see DB.write
	waiting.known = err == nil
	return err
}

// takesAway reports whether a row has fewer calls or durations now.
func (r *rollup) takesAway() bool {
	return slices.ContainsFunc(r.rows, func(row sumRow) bool { return row.sums[0] < 0 }) ||
		slices.ContainsFunc(r.samples, func(s sample) bool { return s.n < 0 })
}

// blockOf packs rows. The block is good until the next one, or until rows are saved.
func (c *commit) blockOf(r *rollup, rows []*sumRow) ([]byte, error) {
	w, s := blockWriter{block: c.scratch.sums[:0]}, &c.scratch.sketch
	for _, row := range rows {
		cause, err := c.causeText(row.cause)
		if err != nil {
			return nil, err
		}
		s.sketch.reset()
		s.sketch.gain(r, row)
		s.encoded = s.sketch.encode(s.encoded[:0])
		w.add(&row.rollupKey, cause, &row.sums, s.encoded)
	}
	c.scratch.sums = w.block // it may have moved
	return w.block, nil
}
