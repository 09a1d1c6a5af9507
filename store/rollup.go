package store

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// rollupKey is what a row of minutes or hours is about.
type rollupKey struct {
	start, scope, user, status int64
	cause                      string
}

// sums are the columns of minutes and hours, in their order. Whole numbers throughout: they add up to the same in any order.
type sums [17]int64

// sumsOf returns what one call adds.
func sumsOf(c *claude.Call) sums {
	t := (&claude.Change{After: *c, New: true}).Tally()
	total := t.Tokens.Input + t.Tokens.Output + t.Tokens.CacheRead + t.Tokens.CacheWrite()
	duration, timed := c.DurationSeconds.Get()
	cost, priced := c.CostUSD.Get()
	unpriced := total
	if priced {
		unpriced = 0
	}
	return sums{
		1, t.RateLimited, t.Overloaded, t.Errors, t.Retries, whole(t.RetryDelaySeconds, 1e6),
		one(c.Usage.Known()), t.Tokens.Input, t.Tokens.Output, t.Tokens.CacheRead, t.Tokens.CacheWrite5m, t.Tokens.CacheWrite1h,
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

// rollup gathers what a transaction adds to and takes from one of the tables.
type rollup map[rollupKey]*sums

func (r rollup) add(k rollupKey, s *sums, sign int64) {
	have, ok := r[k]
	if !ok {
		have = &sums{}
		r[k] = have
	}
	for i := range s {
		have[i] += sign * s[i]
	}
}

// changed returns the keys of what is not 0, in the order of the tables.
func (r rollup) changed() []rollupKey {
	keys := make([]rollupKey, 0, len(r))
	for k, s := range r {
		if *s != (sums{}) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b rollupKey) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.scope, b.scope), cmp.Compare(a.user, b.user), cmp.Compare(a.status, b.status),
			cmp.Compare(a.cause, b.cause))
	})
	return keys
}

// saveRollups corrects the sums by what the entries are now and were before.
func (c *commit) saveRollups(ctx context.Context) error {
	minutes, hours := rollup{}, rollup{}
	for _, e := range c.entries {
		if e.was != nil {
			rollUp(minutes, hours, &e.was.call, &e.was.row, -1)
		}
		if e.into == nil {
			rollUp(minutes, hours, e.call, &e.now, 1)
		}
	}
	if err := c.saveRollup(ctx, "minutes", minutes); err != nil {
		return err
	}
	return c.saveRollup(ctx, "hours", hours)
}

func rollUp(minutes, hours rollup, call *claude.Call, r *row, sign int64) {
	s := sumsOf(call)
	unix := call.Time.Unix()
	minutes.add(rollupKey{unix / 60, r.scope, 0, int64(call.Status), string(call.Cause)}, &s, sign)
	hours.add(rollupKey{unix / 3600, r.scope, integer(r.user), int64(call.Status), string(call.Cause)}, &s, sign)
}

// upsertRollup takes NULL for a cause of ”: the driver binds all arguments at once only if none is an empty text.
const upsertRollup = ` (start, scope, user, status, cause, calls, rate_limited, overloaded, errors, retries, retry_delay, measured, input,
	output, cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced)
	VALUES (?, ?, ?, ?, ifnull(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, rate_limited = rate_limited + excluded.rate_limited,
	overloaded = overloaded + excluded.overloaded, errors = errors + excluded.errors, retries = retries + excluded.retries,
	retry_delay = retry_delay + excluded.retry_delay, measured = measured + excluded.measured, input = input + excluded.input,
	output = output + excluded.output, cache_read = cache_read + excluded.cache_read, write_5m = write_5m + excluded.write_5m,
	write_1h = write_1h + excluded.write_1h, timed = timed + excluded.timed, duration = duration + excluded.duration,
	priced = priced + excluded.priced, cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced`

// saveRollup adds the sums to a table and takes out rows that no call is left of.
func (c *commit) saveRollup(ctx context.Context, table string, r rollup) error {
	keys := r.changed()
	var fewer []rollupKey
	err := c.raw("INSERT INTO "+table+upsertRollup, len(keys), func(s *rawStmt, i int) error {
		k := keys[i]
		s.set(0, k.start, k.scope, k.user, k.status, orNull(k.cause))
		for i, n := range r[k] {
			s.args[5+i].Value = n
		}
		if r[k][0] < 0 {
			fewer = append(fewer, k)
		}
		return s.exec(ctx)
	})
	if err != nil {
		return err
	}
	empty := "DELETE FROM " + table + " WHERE start = ? AND scope = ? AND user = ? AND status = ? AND cause = ifnull(?, '') AND calls = 0"
	return c.raw(empty, len(fewer), func(s *rawStmt, i int) error {
		k := fewer[i]
		s.set(0, k.start, k.scope, k.user, k.status, orNull(k.cause))
		return s.exec(ctx)
	})
}

// orNull is NULL for "".
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
