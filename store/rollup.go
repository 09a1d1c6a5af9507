package store

import (
	"cmp"
	"math"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// rollupKey is what a row of sums is about; the cause is the id of its name.
type rollupKey struct{ start, scope, user, status, cause int64 }

func compareRollupKeys(a, b *rollupKey) int {
	switch {
	case a.start != b.start:
		return cmp.Compare(a.start, b.start)
	case a.scope != b.scope:
		return cmp.Compare(a.scope, b.scope)
	case a.user != b.user:
		return cmp.Compare(a.user, b.user)
	case a.status != b.status:
		return cmp.Compare(a.status, b.status)
	default:
		return cmp.Compare(a.cause, b.cause)
	}
}

// sums are the columns of minutes, hours and days, in their order. Whole numbers throughout: they add up to the same in any order.
type sums [17]int64

// sumsOf returns what one call adds.
func sumsOf(c *claude.Call) sums {
	t := (&claude.Change{After: *c, New: true}).Tally()
	return sumsOfTally(c, &t)
}

// sumsOfTally returns what one call adds; the tally is that of the call when it is new.
func sumsOfTally(c *claude.Call, t *claude.Tally) sums {
	total := t.Tokens.Input + t.Tokens.Output + t.Tokens.CacheRead + t.Tokens.CacheWrite()
	duration, timed := c.DurationSeconds.Get()
	cost, priced := c.CostUSD.Get()
	unpriced := total
	if priced {
		unpriced = 0
	}
	return sums{
		1, t.RateLimited, t.Overloaded, t.Errors, t.Retries, whole(t.RetryDelaySeconds, 1e6),
		one(c.Usage != claude.Usage{}), t.Tokens.Input, t.Tokens.Output, t.Tokens.CacheRead, t.Tokens.CacheWrite5m, t.Tokens.CacheWrite1h,
		one(timed), whole(duration, 1e6), one(priced), whole(cost, 1e9), unpriced,
	}
}

func whole(f, unit float64) int64 { return int64(math.Round(f * unit)) }

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// sumRow is a row of sums, as far as a transaction changes it.
type sumRow struct {
	rollupKey
	sums    sums
	samples int32    // the last of the row's in its rollup, one more than the index; 0 for none
	kept    *keptRow // the row as it is stored
}

// sample is a duration that a row's sketch gains, so many times, or loses.
type sample struct {
	bin  int
	n    int64
	next int32 // as sumRow.samples
}

// rollup gathers what a transaction adds to and takes from one of the tables.
type rollup struct {
	index   map[rollupKey]int
	rows    []sumRow
	samples []sample
	last    int // the row that was added to last: neighbours often share it
}

func (r *rollup) reset() {
	if r.index == nil {
		r.index = map[rollupKey]int{}
	}
	clear(r.index)
	r.rows, r.samples, r.last = r.rows[:0], r.samples[:0], 0
}

func (r *rollup) add(k rollupKey, s *sums) {
	if len(r.rows) == 0 || r.rows[r.last].rollupKey != k {
		at, ok := r.index[k]
		if !ok {
			at = len(r.rows)
			r.index[k], r.rows = at, append(r.rows, sumRow{rollupKey: k})
		}
		r.last = at
	}
	have := &r.rows[r.last].sums
	for i, n := range s {
		have[i] += n
	}
}

// sample adds to the sketch of the row that was added to last.
func (r *rollup) sample(bin int, n int64) {
	row := &r.rows[r.last]
	r.samples = append(r.samples, sample{bin, n, row.samples})
	row.samples = int32(len(r.samples)) //nolint:gosec // as many as there are calls
}

// changed returns what is not 0, in the order of the tables.
func (r *rollup) changed() []*sumRow {
	rows := make([]*sumRow, 0, len(r.rows))
	for i := range r.rows {
		if r.rows[i].sums != (sums{}) || r.rows[i].samples != 0 {
			rows = append(rows, &r.rows[i])
		}
	}
	slices.SortFunc(rows, func(a, b *sumRow) int { return compareRollupKeys(&a.rollupKey, &b.rollupKey) })
	return rows
}

// saveRollups corrects the sums by what the entries are now and were before.
func (c *commit) saveRollups() error {
	c.db.kept.begin()
	for _, t := range sumTables {
		c.rolled(t).reset()
	}
	for _, e := range c.entries {
		if !e.same {
			c.rollEntry(e)
		}
	}
	for _, t := range sumTables {
		if err := c.saveRollup(t); err != nil {
			return err
		}
	}
	return nil
}

// rollEntry corrects the sums by what one entry is now and was before.
func (c *commit) rollEntry(e *entry) {
	if e.was == nil && e.into != nil {
		return
	}
	if e.was != nil && e.into == nil && e.was.group == e.now && e.call.Status == e.was.call.Status && e.call.Time.Equal(e.was.call.Time) &&
		e.call.DurationSeconds == e.was.call.DurationSeconds { // it counts in the same rows, under the same duration
		s := c.sumsOf(e)
		for i, n := range sumsOf(&e.was.call) {
			s[i] -= n
		}
		c.roll(e.call, e.now, &s, 0)
		return
	}
	if e.was != nil {
		s := sumsOf(&e.was.call)
		for i := range s {
			s[i] = -s[i]
		}
		c.roll(&e.was.call, e.was.group, &s, -1)
	}
	if e.into == nil {
		s := c.sumsOf(e)
		c.roll(e.call, e.now, &s, 1)
	}
}

// roll adds to the sums of all tables that a call counts in. Its duration comes to them, goes from them or, for 0, stays.
func (c *commit) roll(call *claude.Call, g group, s *sums, sign int64) {
	unix := call.Time.Unix()
	duration, timed := call.DurationSeconds.Get()
	timed = timed && sign != 0
	bin := 0
	if timed {
		bin = binOf(duration)
	}
	for _, t := range sumTables {
		k := rollupKey{unix / t.seconds, g.scope, 0, int64(call.Status), g.cause}
		if t.byUser {
			k.user = g.user
		}
		r := c.rolled(t)
		r.add(k, s)
		if t.sketch && timed {
			r.sample(bin, sign)
		}
	}
}

// sumsOf returns what an entry's call adds. The tally of a call that was seen once is known already.
func (c *commit) sumsOf(e *entry) sums {
	if e.was == nil && e.call == &c.all[e.first].change.After {
		return sumsOfTally(e.call, &c.scratch.tallies[e.first])
	}
	return sumsOf(e.call)
}
