package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// liveSums are what the changes of a transaction add to the counters, and the readings that it brings. Few different ones come
// again and again, so they are remembered by what they are and not looked for in a map each time.
type liveSums struct {
	tallies []*claude.Tally
	latest  []*claude.Observation

	tallyMemo  memo[claude.TallyKey, *claude.Tally]
	latestMemo memo[claude.Bucket, *claude.Observation]
}

// liveSums adds up the transaction's changes, whose tallies it keeps.
func (c *commit) liveSums() *liveSums {
	l := &liveSums{}
	tallies := take(&c.scratch.tallies, len(c.all))[:len(c.all)]
	c.scratch.tallies = tallies
	for i := range c.all {
		ch := c.all[i].change
		tallies[i] = ch.Tally()
		if ch.Live {
			l.tally(&tallies[i], ch.New)
		}
		if len(ch.After.Readings) > 0 {
			l.observe(&ch.After)
		}
	}
	return l
}

func (l *liveSums) tally(t *claude.Tally, fresh bool) {
	if !fresh && *t == (claude.Tally{TallyKey: t.TallyKey}) {
		return
	}
	s := scope{workspace: t.Workspace, app: t.App, model: t.Model}
	sum := l.tallyMemo.get(s.hint()+t.Status, t.TallyKey, func() *claude.Tally {
		fresh := &claude.Tally{TallyKey: t.TallyKey}
		l.tallies = append(l.tallies, fresh)
		return fresh
	})
	sum.Add(*t)
}

const upsertTally = `INSERT INTO tallies (provider, workspace, app, model, status, error_type, cause, limiter, calls, rate_limited,
	overloaded, errors, retries, input, output, cache_read, write_5m, write_1h, unpriced, retry_delay, cost)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, rate_limited = rate_limited + excluded.rate_limited,
	overloaded = overloaded + excluded.overloaded, errors = errors + excluded.errors, retries = retries + excluded.retries,
	input = input + excluded.input, output = output + excluded.output, cache_read = cache_read + excluded.cache_read,
	write_5m = write_5m + excluded.write_5m, write_1h = write_1h + excluded.write_1h, unpriced = unpriced + excluded.unpriced,
	retry_delay = retry_delay + excluded.retry_delay, cost = cost + excluded.cost`

// saveTallies adds to the counters. The same key may be there more than once.
func (c *commit) saveTallies(l *liveSums) error {
	slices.SortStableFunc(l.tallies, func(a, b *claude.Tally) int { return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Model, b.Model)) })
	var rows []byte
	for _, t := range l.tallies {
		rows = packTexts(rows, t.Provider, t.Workspace, t.App, t.Model)
		rows = packInt(rows, int64(t.Status))
		rows = packTexts(rows, t.ErrorType, string(t.Cause), string(t.Limiter))
		for _, n := range [...]int64{
			t.Calls, t.RateLimited, t.Overloaded, t.Errors, t.Retries, t.Tokens.Input, t.Tokens.Output, t.Tokens.CacheRead,
			t.Tokens.CacheWrite5m, t.Tokens.CacheWrite1h, t.UnpricedTokens,
		} {
			rows = packInt(rows, n)
		}
		rows = packFloat(packFloat(rows, t.RetryDelaySeconds), t.CostUSD)
	}
	return c.execAll(upsertTally, rows)
}

// Tallies returns what the live changes of all commits add up to, for counters that go on across a restart.
func (db *DB) Tallies(ctx context.Context) ([]claude.Tally, error) {
	return read(ctx, db, func(scan scanFunc) (t claude.Tally, err error) {
		err = scan(&t.Provider, &t.Workspace, &t.App, &t.Model, &t.Status, &t.ErrorType, &t.Cause, &t.Limiter, &t.Calls, &t.RateLimited,
			&t.Overloaded, &t.Errors, &t.Retries, &t.Tokens.Input, &t.Tokens.Output, &t.Tokens.CacheRead, &t.Tokens.CacheWrite5m,
			&t.Tokens.CacheWrite1h, &t.UnpricedTokens, &t.RetryDelaySeconds, &t.CostUSD)
		return t, err
	}, `SELECT provider, workspace, app, model, status, error_type, cause, limiter, calls, rate_limited, overloaded, errors, retries,
		input, output, cache_read, write_5m, write_1h, unpriced, retry_delay, cost FROM tallies`)
}
