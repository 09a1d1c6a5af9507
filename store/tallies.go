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
	tallies []claude.Tally
	latest  []latestReading

	tallyMemo  memo[claude.TallyKey, int] // indexes of the two above
	latestMemo memo[claude.Bucket, int]
	runMemo    memo[claude.Bucket, latestRun] // by all of a bucket but the limiter
	runs       int
}

// reset forgets all and keeps the memory.
func (l *liveSums) reset() {
	clear(l.tallies)
	clear(l.latest)
	l.tallies, l.latest = l.tallies[:0], l.latest[:0]
	l.tallyMemo.reset()
	l.latestMemo.reset()
	l.runMemo.reset()
	l.runs = 0
}

// liveSums adds up the transaction's changes, whose tallies it keeps.
func (c *commit) liveSums() *liveSums {
	l := &c.scratch.live
	l.reset() // a transaction before may have stopped
	tallies := take(&c.scratch.tallies, len(c.all))[:len(c.all)]
	c.scratch.tallies = tallies
	for i := range c.all {
		ch := c.all[i].change
		tallies[i] = claude.Tally{}
		tallies[i].Of(ch)
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
	at := l.tallyMemo.get(s.hint()+t.Status, &t.TallyKey, func() int {
		l.tallies = append(l.tallies, claude.Tally{TallyKey: t.TallyKey})
		return len(l.tallies) - 1
	})
	l.tallies[at].Add(*t)
}

const (
	tallySums   = `calls, rate_limited, overloaded, errors, retries, input, output, cache_read, write_5m, write_1h, unpriced, retry_delay, cost`
	selectTally = "SELECT ?, " + tallySums + ` FROM tallies WHERE provider = ? AND workspace = ? AND app = ? AND model = ? AND status = ?
	AND error_type = ? AND cause = ? AND limiter = ?`
	putTally = "INSERT OR REPLACE INTO tallies (provider, workspace, app, model, status, error_type, cause, limiter, " + tallySums + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// saveTallies adds to the counters. The same key may be there more than once.
func (c *commit) saveTallies(l *liveSums) error {
	slices.SortStableFunc(l.tallies, func(a, b claude.Tally) int { return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Model, b.Model)) })
	if err := c.fetchTallies(l.tallies); err != nil {
		return err
	}
	kept, rows := c.db.kept.live.tallies, c.scratch.packed[:0]
	for i := range l.tallies {
		t := kept[l.tallies[i].TallyKey]
		if t == nil {
			t = &claude.Tally{TallyKey: l.tallies[i].TallyKey}
			kept[t.TallyKey] = t
		}
		t.Add(l.tallies[i])
		rows = packTallyKey(rows, &t.TallyKey)
		for _, n := range tallyCounts(t) {
			rows = packInt(rows, *n)
		}
		rows = packFloat(packFloat(rows, t.RetryDelaySeconds), t.CostUSD)
	}
	c.scratch.packed = rows
	return c.execAll(putTally, rows)
}

func packTallyKey(b []byte, k *claude.TallyKey) []byte {
	b = packInt(packTexts(b, k.Provider, k.Workspace, k.App, k.Model), int64(k.Status))
	return packTexts(b, k.ErrorType, string(k.Cause), string(k.Limiter))
}

// tallyCounts are the whole numbers of a tally, in the order of their columns.
func tallyCounts(t *claude.Tally) [11]*int64 {
	return [...]*int64{
		&t.Calls, &t.RateLimited, &t.Overloaded, &t.Errors, &t.Retries, &t.Tokens.Input, &t.Tokens.Output, &t.Tokens.CacheRead,
		&t.Tokens.CacheWrite5m, &t.Tokens.CacheWrite1h, &t.UnpricedTokens,
	}
}

// fetchTallies reads the counters that are not kept from an earlier transaction.
func (c *commit) fetchTallies(of []claude.Tally) error {
	kept := withRoom(c.db.kept.live.tallies, len(of))
	c.db.kept.live.tallies = kept
	var args []byte
	for i := range of {
		if kept[of[i].TallyKey] == nil {
			args = packTallyKey(packInt(args, int64(i)), &of[i].TallyKey)
		}
	}
	p, err := c.query(selectTally, args)
	for len(p.rest) > 0 && err == nil {
		err = p.tally(of, kept)
	}
	return err
}

// tally takes a counter off those that were read, and keeps it.
func (p *packed) tally(of []claude.Tally, kept map[claude.TallyKey]*claude.Tally) error {
	var at int64
	if err := p.ints(&at); err != nil {
		return err
	}
	if at < 0 || at >= int64(len(of)) {
		return errPacked
	}
	t := &claude.Tally{TallyKey: of[at].TallyKey}
	counts := tallyCounts(t)
	if err := p.ints(counts[:]...); err != nil {
		return err
	}
	for _, f := range []*float64{&t.RetryDelaySeconds, &t.CostUSD} {
		c, err := p.next()
		if err != nil {
			return err
		}
		*f = c.float()
	}
	kept[t.TallyKey] = t
	return nil
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
