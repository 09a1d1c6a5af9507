package store

import "slices"

// Sums of users by day lie on as many pages as there are users in a transaction. A small one does not write all of these: it appends what it
// adds to a table of parts. What many transactions have added is added to the rows at once, from memory. Whoever reads reads both.
const (
	partRows     = 256    // a transaction that changes more than so many adds to the rows at once: they share pages then
	waitingMost  = 16_384 // parts that wait, some 3 MB; adding them to the rows takes about 20 ms
	partsAtATime = 1024   // that are read or written in one go
)

const (
	insertPart  = "INSERT INTO day_parts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	selectParts = "SELECT start, scope, user, status, cause, " + sumColumns + ", sketch FROM day_parts WHERE rowid > ? AND rowid <= ?"
	spanOfParts = "SELECT ifnull(min(rowid), 0), ifnull(max(rowid), -1), count(*) FROM day_parts"
	deleteParts = "DELETE FROM day_parts"
)

// waitingParts are the parts that no row has yet, added up.
type waitingParts struct {
	rollup
	n     int // of the stored ones
	known bool
}

// saveDays adds the sums to a table that takes parts.
func (c *commit) saveDays(t *sumTable) error {
	r, waiting := c.rolled(t), &c.db.kept.parts
	changed := r.changed()
	if len(changed) == 0 {
		return nil
	}
	few, less := len(changed) <= partRows, r.takesAway()
	if !few && !less {
		return c.saveRows(t, r, changed)
	}
	if err := c.loadParts(waiting); err != nil {
		return err
	}
	few = few && !less && waiting.n+len(changed) <= waitingMost
	if few || waiting.n > 0 {
		waiting.merge(r, changed)
	}
	if few {
		waiting.n += len(changed)
		return c.saveParts(t, changed)
	}
	if waiting.n == 0 {
		return c.saveRows(t, r, changed)
	}
	return c.settleParts(t, waiting)
}

// settleParts adds all that waits to the rows. What a row is to lose may be among it.
func (c *commit) settleParts(t *sumTable, waiting *waitingParts) error {
	for some := range slices.Chunk(waiting.changed(), partsAtATime) {
		if err := c.saveRows(t, &waiting.rollup, some); err != nil {
			return err
		}
	}
	*waiting = waitingParts{known: true} // so much memory is not kept
	waiting.reset()
	_, err := c.tx.Exec(deleteParts) //nolint:noctx // statements of a transaction have none, see DB.write
	return err
}

// takesAway reports whether a row has fewer calls or durations now.
func (r *rollup) takesAway() bool {
	return slices.ContainsFunc(r.rows, func(row sumRow) bool { return row.sums[0] < 0 }) ||
		slices.ContainsFunc(r.samples, func(s sample) bool { return s.sign < 0 })
}

// merge adds rows of another rollup.
func (r *rollup) merge(o *rollup, rows []*sumRow) {
	for _, row := range rows {
		r.add(row.rollupKey, &row.sums)
		for at := row.samples; at != 0; at = o.samples[at-1].next {
			r.sample(o.samples[at-1].bin, int64(o.samples[at-1].sign))
		}
	}
}

// saveParts appends what a transaction adds.
func (c *commit) saveParts(t *sumTable, changed []*sumRow) error {
	rows, s := take(&c.scratch.sums, len(changed)*(5+len(sums{}))*9), &c.scratch.sketch
	for _, row := range changed {
		cause, err := c.causeText(row.cause)
		if err != nil {
			return err
		}
		rows = t.pack(rows, &row.rollupKey, cause)
		for _, n := range row.sums {
			rows = packInt(rows, n)
		}
		if row.samples == 0 {
			rows = packNull(rows)
			continue
		}
		s.take(c.rolled(t), row)
		s.encoded = appendBins(s.encoded[:0], s.bins)
		rows = packBlob(rows, s.encoded)
	}
	c.scratch.sums = rows[:0] // it may have moved
	return c.execAll(insertPart, rows)
}

// loadParts reads what waits, unless it is known.
func (c *commit) loadParts(waiting *waitingParts) error {
	if waiting.known {
		return nil
	}
	waiting.reset()
	var first, last int64
	if err := c.tx.QueryRow(spanOfParts).Scan(&first, &last, &waiting.n); err != nil { //nolint:noctx // as in settleParts
		return err
	}
	for after := first - 1; after < last; after += partsAtATime {
		p, err := c.query(selectParts, packInt(packInt(nil, after), after+partsAtATime))
		for len(p.rest) > 0 && err == nil {
			err = c.loadPart(waiting, &p)
		}
		if err != nil {
			return err
		}
	}
	waiting.known = true
	return nil
}

// loadPart adds one part that waits.
func (c *commit) loadPart(waiting *waitingParts, p *packed) error {
	var k rollupKey
	if err := p.ints(&k.start, &k.scope, &k.user, &k.status); err != nil {
		return err
	}
	cause, err := p.next()
	if err != nil {
		return err
	}
	if k.cause, err = c.nameID(string(cause.bytes)); err != nil {
		return err
	}
	var s sums
	for i := range s {
		if err := p.ints(&s[i]); err != nil {
			return err
		}
	}
	stored, err := p.next()
	if err != nil {
		return err
	}
	waiting.add(k, &s)
	sketch := &c.scratch.sketch.sketch
	sketch.reset()
	if err := sketch.addStored(stored.bytes); err != nil {
		return err
	}
	for i, n := range sketch.counts {
		for range n {
			waiting.sample(sketch.first+i, 1)
		}
	}
	return nil
}
