package store

import (
	"context"
	"database/sql"

	"github.com/claudewatch/claudewatch/claude"
)

// tally adds a live change to the counters of a transaction.
func tally(live map[claude.TallyKey]*claude.Tally, ch *claude.Change) {
	if !ch.Live {
		return
	}
	t := ch.Tally()
	if t == (claude.Tally{TallyKey: t.TallyKey}) {
		return
	}
	if have := live[t.TallyKey]; have != nil {
		have.Add(t)
		return
	}
	sum := t
	live[t.TallyKey] = &sum
}

const upsertTally = `INSERT INTO tallies (provider, workspace, app, model, status, error_type, cause, limiter, calls, rate_limited,
	overloaded, errors, retries, input, output, cache_read, write_5m, write_1h, retry_delay, cost)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, rate_limited = rate_limited + excluded.rate_limited,
	overloaded = overloaded + excluded.overloaded, errors = errors + excluded.errors, retries = retries + excluded.retries,
	input = input + excluded.input, output = output + excluded.output, cache_read = cache_read + excluded.cache_read,
	write_5m = write_5m + excluded.write_5m, write_1h = write_1h + excluded.write_1h,
	retry_delay = retry_delay + excluded.retry_delay, cost = cost + excluded.cost`

func saveTallies(ctx context.Context, tx *sql.Tx, live map[claude.TallyKey]*claude.Tally) error {
	for k, t := range live {
		_, err := tx.ExecContext(ctx, upsertTally, k.Provider, k.Workspace, k.App, k.Model, k.Status, k.ErrorType, string(k.Cause),
			string(k.Limiter), t.Calls, t.RateLimited, t.Overloaded, t.Errors, t.Retries, t.Tokens.Input, t.Tokens.Output,
			t.Tokens.CacheRead, t.Tokens.CacheWrite5m, t.Tokens.CacheWrite1h, t.RetryDelaySeconds, t.CostUSD)
		if err != nil {
			return err
		}
	}
	return nil
}

// Tallies returns what the live changes of all commits add up to, for counters that go on across a restart.
func (db *DB) Tallies(ctx context.Context) ([]claude.Tally, error) {
	return read(ctx, db, func(scan scanFunc) (t claude.Tally, err error) {
		err = scan(&t.Provider, &t.Workspace, &t.App, &t.Model, &t.Status, &t.ErrorType, &t.Cause, &t.Limiter, &t.Calls, &t.RateLimited,
			&t.Overloaded, &t.Errors, &t.Retries, &t.Tokens.Input, &t.Tokens.Output, &t.Tokens.CacheRead, &t.Tokens.CacheWrite5m,
			&t.Tokens.CacheWrite1h, &t.RetryDelaySeconds, &t.CostUSD)
		return t, err
	}, `SELECT provider, workspace, app, model, status, error_type, cause, limiter, calls, rate_limited, overloaded, errors, retries,
		input, output, cache_read, write_5m, write_1h, retry_delay, cost FROM tallies`)
}
