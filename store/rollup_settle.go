package store

import (
	"fmt"
	"slices"
)

const (
	selectDayBlocks = "SELECT id, sums FROM day_blocks WHERE id > ? ORDER BY id LIMIT 16" // about 0.5 MB
	selectDayBlock  = "SELECT sums FROM day_blocks WHERE id = ?"
	deleteDayBlocks = "DELETE FROM day_blocks"
	deleteDayBlock  = "DELETE FROM day_blocks WHERE id = ?"
)

// settleAll adds all that waits to the rows.
func (c *commit) settleAll(t *sumTable, waiting *waitingSums) error {
	blocks, err := c.takeBlocks(waiting.blocks + waiting.merged)
	if err != nil {
		return err
	}
	*waiting = waitingSums{known: true}
	var r rollup // the transaction's own may be waiting for this
	return c.mergeDays(&r, blocks, func() error { return c.saveRows(t, &r, r.changed()) })
}

// mergeBlocks makes merged blocks of all that wait, what this transaction adds too.
func (c *commit) mergeBlocks(t *sumTable, waiting *waitingSums) error {
	blocks, err := c.takeBlocks(waiting.blocks)
	if err != nil {
		return err
	}
	*waiting = waitingSums{known: true}
	r := c.rolled(t)
	return c.mergeDays(r, blocks, func() error {
		rows := r.changed()
		block, err := c.blockOf(r, rows)
		if err != nil {
			return err
		}
		waiting.merged++
		c.scratch.packed = packBlob(packInt(packInt(c.scratch.packed[:0], int64(-waiting.merged)), int64(len(rows))), block)
		return c.execAll(insertDayBlock, c.scratch.packed)
	})
}

// settleMerged adds one merged block to the rows.
func (c *commit) settleMerged(t *sumTable, waiting *waitingSums) error {
	id := packInt(nil, int64(-waiting.merged))
	p, err := c.query(selectDayBlock, id)
	if err != nil {
		return err
	}
	block, err := p.next()
	if err != nil {
		return fmt.Errorf("read block %d of sums: %w", -waiting.merged, err)
	}
	own := slices.Clone(block.bytes)
	waiting.merged--
	if err := c.execAll(deleteDayBlock, id); err != nil {
		return err
	}
	r := c.rolled(t)
	return c.mergeDays(r, [][]byte{own}, func() error { return c.saveRows(t, r, r.changed()) })
}

// takeBlocks takes out all blocks, which are so many.
func (c *commit) takeBlocks(n int) ([][]byte, error) {
	if n == 0 {
		return nil, nil
	}
	blocks, last, found := make([][]byte, 0, n), int64(-1<<63), true
	for found {
		p, err := c.query(selectDayBlocks, packInt(nil, last))
		for found = len(p.rest) > 0; err == nil && len(p.rest) > 0; {
			var block cell
			if err = p.ints(&last); err == nil {
				block, err = p.next()
				blocks = append(blocks, slices.Clone(block.bytes))
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if len(blocks) != n {
		return nil, fmt.Errorf("read blocks of sums: %d are there, want %d", len(blocks), n)
	}
	_, err := c.tx.Exec(deleteDayBlocks) //nolint:noctx // as in countWaiting
	return blocks, err
}

// mergeDays gathers the rows that blocks come to, in their order and some at a time, and calls a function with each of these some.
func (c *commit) mergeDays(r *rollup, blocks [][]byte, save func() error) error {
	m := blockMerge{causes: c.nameID}
	for _, b := range blocks {
		if err := m.add(b); err != nil {
			return err
		}
	}
	r.reset()
	for len(m.heads) > 0 {
		h := m.heads[0]
		if len(r.rows) >= c.db.waits.rows && r.rows[r.last].rollupKey != h.key {
			if err := save(); err != nil {
				return err
			}
			r.reset()
		}
		r.addNext(h.key, &h.sums)
		if err := r.addSketch(h.sketch, &c.scratch.sketch.sketch); err != nil {
			return err
		}
		if err := m.next(); err != nil {
			return err
		}
	}
	if len(r.rows) == 0 {
		return nil
	}
	return save()
}

// addNext is add for keys that come in order, so that none has to be looked for.
func (r *rollup) addNext(k rollupKey, s *sums) {
	if len(r.rows) == 0 || r.rows[r.last].rollupKey != k {
		r.last, r.rows = len(r.rows), append(r.rows, sumRow{rollupKey: k})
	}
	r.add(k, s)
}

// addSketch adds an encoded sketch to the row that was added to last. s is to work with.
func (r *rollup) addSketch(stored []byte, s *sketch) error {
	s.reset()
	if err := s.addStored(stored); err != nil {
		return err
	}
	for i, n := range s.counts {
		if n != 0 {
			r.sample(s.first+i, n)
		}
	}
	return nil
}
