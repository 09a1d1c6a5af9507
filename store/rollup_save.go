package store

import "fmt"

// rolled returns what the transaction does to a table.
func (c *commit) rolled(t *sumTable) *rollup { return &c.scratch.rollups[t.index] }

// saveRollup adds the sums to a table.
func (c *commit) saveRollup(t *sumTable) error {
	if t.blocks {
		return c.saveDays(t)
	}
	r := c.rolled(t)
	return c.saveRows(t, r, r.changed())
}

// keptOf returns the rows of a table that are kept, nil for none.
func (c *commit) keptOf(t *sumTable) *keptRows {
	if t.blocks {
		return nil
	}
	return &c.db.kept.tables[t.index]
}

// saveRows adds to rows of a table and takes out those that no call is left of.
func (c *commit) saveRows(t *sumTable, r *rollup, changed []*sumRow) error {
	kept := c.keptOf(t)
	if err := c.fetchSums(t, kept, changed); err != nil {
		return err
	}
	rows, empty := take(&c.scratch.sums, len(changed)*(5+len(sums{}))*9), []byte(nil)
	for _, row := range changed {
		cause, err := c.causeText(row.cause)
		if err != nil {
			return err
		}
		have := row.kept
		if err := have.add(r, row, &c.scratch.sketch, kept != nil); err != nil {
			return err
		}
		if have.sums[0] == 0 {
			kept.drop(row.rollupKey)
			empty = t.pack(empty, &row.rollupKey, cause)
			continue
		}
		rows = t.pack(rows, &row.rollupKey, cause)
		for _, n := range have.sums {
			rows = packInt(rows, n)
		}
		if t.sketch {
			rows = packBlob(rows, have.sketch)
		}
	}
	c.scratch.sums = rows[:0] // it may have moved
	if err := c.execAll(t.put, rows); err != nil {
		return err
	}
	return c.execAll(t.drop, empty)
}

// add adds what a transaction changes. Sketches of rows that are kept may have loose parts, because they are written often.
func (k *keptRow) add(r *rollup, row *sumRow, s *sketchScratch, loose bool) error {
	for i, n := range row.sums {
		k.sums[i] += n
	}
	if row.samples == 0 {
		return nil
	}
	if loose && s.take(r, row) {
		had := len(k.sketch)
		if k.sketch = appendBins(k.sketch, s.bins); len(k.sketch) <= 2*k.compact+looseSketch {
			return nil
		}
		k.sketch = k.sketch[:had]
	}
	return k.resketch(r, row, &s.sketch)
}

// take gathers the bins of a row, and reports whether it gains all of them, once each.
func (s *sketchScratch) take(r *rollup, row *sumRow) (onlyMore bool) {
	onlyMore, s.bins = true, s.bins[:0]
	for at := row.samples; at != 0; at = r.samples[at-1].next {
		s.bins = append(s.bins, r.samples[at-1].bin)
		onlyMore = onlyMore && r.samples[at-1].n == 1
	}
	return onlyMore
}

// gain adds what a row gains, and takes what it loses.
func (s *sketch) gain(r *rollup, row *sumRow) {
	for at := row.samples; at != 0; at = r.samples[at-1].next {
		s.count(r.samples[at-1].bin, r.samples[at-1].n)
	}
}

// looseSketch is how many bytes a sketch may have in loose parts at least.
const looseSketch = 32

// resketch writes a sketch anew in one part, with what a row gains and loses. s is to work with.
func (k *keptRow) resketch(r *rollup, row *sumRow, s *sketch) error {
	s.reset()
	if err := s.addStored(k.sketch); err != nil {
		return fmt.Errorf("sum of %d in scope %d: %w", row.start, row.scope, err)
	}
	s.gain(r, row)
	if k.sketch = s.encode(k.sketch[:0]); len(k.sketch) == 0 {
		k.sketch = nil
	}
	k.compact = len(k.sketch)
	return nil
}

// fetchSums reads the rows that are about to change and are not kept from an earlier transaction.
func (c *commit) fetchSums(t *sumTable, kept *keptRows, changed []*sumRow) error {
	var args []byte
	for i, row := range changed {
		if row.kept = kept.get(row.rollupKey); row.kept != nil {
			continue
		}
		row.kept = &keptRow{}
		kept.put(row.rollupKey, row.kept)
		cause, err := c.causeText(row.cause)
		if err != nil {
			return err
		}
		args = t.pack(packInt(args, int64(i)), &row.rollupKey, cause)
	}
	p, err := c.query(t.find, args)
	for len(p.rest) > 0 && err == nil {
		err = t.fetched(&p, changed)
	}
	return err
}

// fetched takes one row off those that were read.
func (t *sumTable) fetched(p *packed, changed []*sumRow) error {
	var at int64
	if err := p.ints(&at); err != nil {
		return err
	}
	if at < 0 || at >= int64(len(changed)) {
		return errPacked
	}
	row := changed[at].kept
	if err := p.columns(row.sums[:]); err != nil {
		return err
	}
	if !t.sketch {
		return nil
	}
	c, err := p.next()
	row.sketch = append(row.sketch, c.bytes...)
	return err
}

// causeText returns the text of a cause's id.
func (c *commit) causeText(id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	return c.names.text(id)
}
