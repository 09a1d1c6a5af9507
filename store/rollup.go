package store

import (
	"context"
	"math"

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
type rollup map[rollupKey]sums

func (r rollup) add(k rollupKey, s sums, sign int64) {
	have := r[k]
	for i := range s {
		have[i] += sign * s[i]
	}
	r[k] = have
}

// saveRollups corrects the sums by what the entries are now and were before.
func (c *commit) saveRollups(ctx context.Context) error {
	minutes, hours := rollup{}, rollup{}
	for _, e := range c.entries {
		if e.row != 0 {
			if err := c.rollUp(minutes, hours, &e.stored, -1); err != nil {
				return err
			}
		}
		if e.into == nil {
			if err := c.rollUp(minutes, hours, &e.call, 1); err != nil {
				return err
			}
		}
	}
	if err := c.saveRollup(ctx, "minutes", minutes); err != nil {
		return err
	}
	return c.saveRollup(ctx, "hours", hours)
}

func (c *commit) rollUp(minutes, hours rollup, call *claude.Call, sign int64) error {
	scope, err := c.scopeID(scopeOf(call))
	if err != nil {
		return err
	}
	user, err := c.nameID(call.User)
	if err != nil {
		return err
	}
	s := sumsOf(call)
	unix := call.Time.Unix()
	minutes.add(rollupKey{unix / 60, scope, 0, int64(call.Status), string(call.Cause)}, s, sign)
	hours.add(rollupKey{unix / 3600, scope, user, int64(call.Status), string(call.Cause)}, s, sign)
	return nil
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

// saveRollup adds the sums to a table and takes out rows that no call is left of.
func (c *commit) saveRollup(ctx context.Context, table string, r rollup) error {
	upsert, err := c.tx.PrepareContext(ctx, "INSERT INTO "+table+upsertRollup)
	if err != nil {
		return err
	}
	defer upsert.Close() //nolint:errcheck // the end of the transaction closes it anyway
	for k, s := range r {
		if s == (sums{}) {
			continue
		}
		args := append(make([]any, 0, 22), k.start, k.scope, k.user, k.status, k.cause)
		for _, n := range s {
			args = append(args, n)
		}
		if _, err := upsert.ExecContext(ctx, args...); err != nil {
			return err
		}
		if s[0] >= 0 {
			continue
		}
		empty := "DELETE FROM " + table + " WHERE start = ? AND scope = ? AND user = ? AND status = ? AND cause = ? AND calls = 0"
		if _, err := c.tx.ExecContext(ctx, empty, k.start, k.scope, k.user, k.status, k.cause); err != nil {
			return err
		}
	}
	return nil
}
