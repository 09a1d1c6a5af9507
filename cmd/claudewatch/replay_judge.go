package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// replayBurst is how much of the log's time lies between two evaluations at least. An agent is quicker, but no rule looks at less than
// the last 15 seconds.
const replayBurst = time.Second

// How a silence of the log is passed. Buckets drain, holds run out and baselines age in it as they would live; once all that is over
// it is leapt, so that one wrong date does not make years of ticks.
const (
	replaySettled = 2 * time.Hour       // after the last call: longer than any hold, window or re-opening
	replayCoarse  = time.Minute         // a tick from then on, while something fires still
	replayLeap    = 40 * 24 * time.Hour // longer than any limit holds by itself
)

// judge is the live path on the clock of a log: the same tracker and engine, evaluated as often as the agent would.
type judge struct {
	tracker  *limits.Tracker
	engine   *alerts.Engine
	episodes *episodes
	ledger   *replayLedger    // nil without budgets
	metrics  *metrics.Metrics // nil without rules of the user's own
	prices   *priceList
	tick     time.Duration

	calls     int64
	first     time.Time
	now       time.Time // the log's clock: it never goes back
	evaluated time.Time
	called    time.Time // when a call came last
	changed   bool      // something was not evaluated yet
	one       [1]claude.Change
}

func newJudge(cfg *config.Config) (*judge, error) {
	j := &judge{episodes: newEpisodes(), tick: evaluationTick(cfg)}
	var err error
	if j.prices, err = newPriceList(cfg); err != nil {
		return nil, err
	}
	if j.tracker, err = limits.New(limits.Options{Limits: configuredLimits(cfg)}); err != nil {
		return nil, err
	}
	o := alerts.EngineOptions{
		Store: j.episodes, Settings: alertSettings(cfg), Budgets: budgets(cfg), Rules: customRules(cfg),
		Priced: true, Forecast: func(time.Time) []alerts.Forecast { return nil }, // so that upgrade_due exists, and may be set
	}
	if len(o.Budgets) > 0 {
		j.ledger = newReplayLedger()
		o.Ledger = j.ledger
	}
	if len(o.Rules) > 0 {
		if o.Values, err = j.addMetrics(cfg); err != nil {
			return nil, err
		}
	}
	j.engine, err = alerts.New(o)
	return j, err
}

// addMetrics sets up the metrics of an agent that has read nothing but the log, for the rules of the user's own.
func (j *judge) addMetrics(cfg *config.Config) (values func(context.Context, []string) (map[string][]alerts.Sample, error), err error) {
	registry := prometheus.NewRegistry()
	j.metrics, err = metrics.New(metrics.Options{
		Registerer: registry, Users: cfg.Metrics.Users,
		Levels:  func() []claude.Level { return j.tracker.Levels(j.evaluated) },
		Firing:  func() []metrics.Firing { return firingByRule(j.engine) },
		Budgets: func() []metrics.Budget { return budgetUses(j.engine, j.evaluated) },
	})
	return gathered(registry), err
}

// price gives a call the cost that the store would give it.
func (j *judge) price(c *claude.Call) {
	if cost := j.prices.cost(c); cost.Known() {
		c.CostUSD = cost
	}
}

// take takes one change at the time of its call, or now where the log is out of order.
func (j *judge) take(ctx context.Context, ch claude.Change) error {
	at := ch.After.Time
	switch {
	case j.first.IsZero(): // an agent that starts with the log
		j.first, j.now, j.called = at, at, at
		if err := j.evaluate(ctx, at); err != nil {
			return err
		}
	case at.After(j.now):
		if err := j.pass(ctx, at); err != nil {
			return err
		}
		j.now, j.called = at, at
	}
	j.price(&ch.After)
	if ch.New {
		j.calls++
	} else {
		j.price(ch.Before)
	}
	j.one[0] = ch
	if j.metrics != nil {
		j.metrics.Apply(j.one[:])
	}
	if j.ledger != nil {
		j.ledger.add(&ch)
	}
	j.engine.Observe(j.one[:], j.now)
	if !ch.Same() {
		j.tracker.Apply(ch, j.now)
		j.changed = true
	}
	return nil
}

// pass evaluates what is due before a time.
func (j *judge) pass(ctx context.Context, until time.Time) error {
	for {
		due := j.due(until)
		if !due.Before(until) {
			return nil
		}
		if err := j.evaluate(ctx, due); err != nil {
			return err
		}
	}
}

// due is when the agent would evaluate next: soon after a change, else at the next tick.
func (j *judge) due(until time.Time) time.Time {
	silent := j.evaluated.Sub(j.called)
	switch {
	case j.changed:
		return later(j.now, j.evaluated.Add(replayBurst))
	case silent < replaySettled:
		return j.evaluated.Add(j.tick)
	case silent < replayLeap && j.episodes.open():
		return j.evaluated.Add(replayCoarse)
	default:
		return until
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (j *judge) evaluate(ctx context.Context, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.evaluated, j.changed = now, false
	return j.engine.Evaluate(ctx, alerts.View{Now: now, Levels: j.tracker.Levels(now)})
}

// end evaluates at the end of the log, so that its last calls count too.
func (j *judge) end(ctx context.Context) error {
	if j.first.IsZero() || !j.changed {
		return nil
	}
	return j.evaluate(ctx, later(j.now, j.evaluated))
}

func (j *judge) result() replayed {
	return replayed{episodes: j.episodes.list(j.engine.Firing()), calls: j.calls, first: j.first, last: j.now}
}
