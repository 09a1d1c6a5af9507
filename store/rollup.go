package store

import (
	"cmp"
	"math"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// rollupKey is what a row of minutes or hours is about; the cause is the id of its name.
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

// sums are the columns of minutes and hours, in their order. Whole numbers throughout: they add up to the same in any order.
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

// sumRow is a row of minutes or hours, as far as a transaction changes it.
type sumRow struct {
	rollupKey
	sums sums
}

// rollup gathers what a transaction adds to and takes from one of the tables.
type rollup struct {
	index map[rollupKey]int
	rows  []sumRow
	last  int // the row that was added to last: neighbours often share it
}

func (r *rollup) reset() {
	if r.index == nil {
		r.index = map[rollupKey]int{}
	}
	clear(r.index)
	r.rows, r.last = r.rows[:0], 0
}

func (r *rollup) add(k rollupKey, s *sums, sign int64) {
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
		have[i] += sign * n
	}
}

// changed returns what is not 0, in the order of the tables.
func (r *rollup) changed() []*sumRow {
	rows := make([]*sumRow, 0, len(r.rows))
	for i := range r.rows {
		if r.rows[i].sums != (sums{}) {
			rows = append(rows, &r.rows[i])
		}
	}
	slices.SortFunc(rows, func(a, b *sumRow) int { return compareRollupKeys(&a.rollupKey, &b.rollupKey) })
	return rows
}

// saveRollups corrects the sums by what the entries are now and were before.
func (c *commit) saveRollups() error {
	minutes, hours := &c.scratch.minutes, &c.scratch.hours
	minutes.reset()
	hours.reset()
	add := func(call *claude.Call, g group, s *sums, sign int64) {
		unix, status := call.Time.Unix(), int64(call.Status)
		minutes.add(rollupKey{unix / 60, g.scope, 0, status, g.cause}, s, sign)
		hours.add(rollupKey{unix / 3600, g.scope, g.user, status, g.cause}, s, sign)
	}
	for _, e := range c.entries {
		if e.same {
			continue
		}
		if e.was != nil {
			s := sumsOf(&e.was.call)
			add(&e.was.call, e.was.group, &s, -1)
		}
		if e.into == nil {
			s := c.sumsOf(e)
			add(e.call, e.now, &s, 1)
		}
	}
	if err := c.saveRollup("minutes", minutes); err != nil {
		return err
	}
	return c.saveRollup("hours", hours)
}

// sumsOf returns what an entry's call adds. The tally of a call that was seen once is known already.
func (c *commit) sumsOf(e *entry) sums {
	if e.was == nil && e.call == &c.all[e.first].change.After {
		return sumsOfTally(e.call, &c.scratch.tallies[e.first])
	}
	return sumsOf(e.call)
}

const upsertRollup = ` (start, scope, user, status, cause, calls, rate_limited, overloaded, errors, retries, retry_delay, measured, input,
	output, cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, rate_limited = rate_limited + excluded.rate_limited,
	overloaded = overloaded + excluded.overloaded, errors = errors + excluded.errors, retries = retries + excluded.retries,
	retry_delay = retry_delay + excluded.retry_delay, measured = measured + excluded.measured, input = input + excluded.input,
	output = output + excluded.output, cache_read = cache_read + excluded.cache_read, write_5m = write_5m + excluded.write_5m,
	write_1h = write_1h + excluded.write_1h, timed = timed + excluded.timed, duration = duration + excluded.duration,
	priced = priced + excluded.priced, cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced`

const deleteRollup = " WHERE start = ? AND scope = ? AND user = ? AND status = ? AND cause = ? AND calls = 0"

// saveRollup adds the sums to a table and takes out rows that no call is left of.
func (c *commit) saveRollup(table string, r *rollup) error {
	all := r.changed()
	rows, empty := take(&c.scratch.sums, len(all)*(5+len(sums{}))*9), []byte(nil)
	for _, row := range all {
		k := &row.rollupKey
		cause, err := c.causeText(k.cause)
		if err != nil {
			return err
		}
		from := len(rows)
		for _, n := range [...]int64{k.start, k.scope, k.user, k.status} {
			rows = packInt(rows, n)
		}
		rows = packText(rows, cause)
		if row.sums[0] < 0 {
			empty = append(empty, rows[from:]...)
		}
		for _, n := range row.sums {
			rows = packInt(rows, n)
		}
	}
	if err := c.execAll("INSERT INTO "+table+upsertRollup, rows); err != nil {
		return err
	}
	return c.execAll("DELETE FROM "+table+deleteRollup, empty)
}

// causeText returns the text of a cause's id.
func (c *commit) causeText(id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	return c.names.text(id)
}
