package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/internal/metrics"
	"github.com/claudewatch/claudewatch/store"
)

// How often alerts are evaluated: at once when a commit changed something, but not more often than burst, and at every tick,
// since buckets drain and holds run out without any call.
const (
	evaluateTick  = 15 * time.Second
	evaluateBurst = 100 * time.Millisecond
)

// watch is where batches go: first into the store, then what the store says is new into limits, metrics and alerts. A
// collector.Group brings it the batches of all sources, a transaction at a time.
type watch struct {
	db        *store.DB
	tracker   *limits.Tracker
	metrics   *metrics.Metrics
	engine    *alerts.Engine
	deliverer *alerts.Deliverer
	log       *slog.Logger
	now       func() time.Time
	tick      time.Duration
	ticks     chan time.Duration    // of capacity 1: another tick
	faults    func() []alerts.Fault // what can't be read; nil for none
	applier   *applier              // has take take what was committed
	pacer     *pacer

	// changed holds a token while a commit has changed something that was not evaluated yet.
	changed chan struct{}

	mu      sync.Mutex // guards what follows
	blind   string     // why the store can't keep what comes in; "" while it can
	damaged string     // what a check of the store found; "" for nothing
}

// CommitAll implements collector.GroupSink. It returns when everything is on disk; what was new moves the picture a moment later.
func (w *watch) CommitAll(ctx context.Context, batches []collector.Batch) ([][]claude.Change, error) {
	start := w.now()
	changes, err := w.db.CommitAll(ctx, batches)
	if ctx.Err() == nil {
		w.setBlind(err)
	}
	if err != nil {
		return nil, err
	}
	done := newCommitted(batches, changes) // the changes belong to the caller too, who only reads them, but for a batch that is unanswered
	done.at = w.now()
	done.took = done.at.Sub(start)
	w.applier.put(done)
	return changes, nil
}

// take moves the counters and the picture by a transaction.
func (w *watch) take(c committed) {
	w.metrics.CommitSeconds(c.took.Seconds())
	moved := false
	for i := range c.batches {
		b := &c.batches[i]
		w.count(b)
		w.metrics.Apply(b.changes)
		moved = w.apply(b.changes, c.at) || moved
	}
	if c.alone {
		for i := range c.batches {
			w.db.Reuse(c.batches[i].changes)
		}
	}
	if moved {
		w.wake()
	}
	w.pacer.look()
}

// storeBroken reports an error that every batch would meet.
func storeBroken(err error) bool {
	return errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrLocked) || errors.Is(err, store.ErrReadOnly)
}

// apply moves the live picture and reports whether it moved.
func (w *watch) apply(changes []claude.Change, now time.Time) bool {
	w.engine.Observe(changes, now)
	return w.tracker.ApplyAll(changes, now)
}

// count moves the agent's own counters.
func (w *watch) count(b *committedBatch) {
	for _, c := range b.counts {
		w.metrics.Count(string(c.Kind), c.Source, c.Reason, c.N)
	}
	var fresh, duplicate, historical int64
	for i := range b.changes {
		switch {
		case !b.changes[i].New:
			duplicate++
		case !b.changes[i].Live:
			fresh++
			historical++
		default:
			fresh++
		}
	}
	if len(b.changes) > 0 {
		w.metrics.Ingested(b.source, fresh, duplicate, historical)
	}
}

func (w *watch) wake() {
	select {
	case w.changed <- struct{}{}:
	default: // an evaluation is due already and will see this change too
	}
}

// Run evaluates the alerts until ctx ends.
func (w *watch) Run(ctx context.Context) error {
	ticker := time.NewTicker(w.tick)
	defer ticker.Stop()
	for {
		if err := w.evaluate(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("evaluate alerts", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(evaluateBurst):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.changed:
		case tick := <-w.ticks:
			ticker.Reset(tick)
		case <-ticker.C:
		}
	}
}

// setTick changes how often alerts are evaluated at least.
func (w *watch) setTick(tick time.Duration) {
	select {
	case <-w.ticks: // one that was not taken up
	default:
	}
	w.ticks <- tick
}

func (w *watch) evaluate(ctx context.Context) error {
	now := w.now()
	view := alerts.View{Now: now, Levels: w.tracker.Levels(now), Blind: w.blindness()}
	var err error
	if view.Sources, err = w.db.Sources(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		view.Blind = err.Error() // what can't be read can't be stored either
	}
	if w.faults != nil {
		view.Faults = w.faults()
	}
	err = w.engine.Evaluate(ctx, view)
	if err != nil {
		return err
	}
	w.deliverer.Wake()
	w.pacer.look()
	return nil
}

func (w *watch) setBlind(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blind = ""
	if err != nil {
		w.blind = err.Error()
	}
}

// setDamaged notes what a check of the store found.
func (w *watch) setDamaged(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.damaged = err.Error()
}

func (w *watch) blindness() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.blind, w.damaged)
}

// Ready says why the agent can't take in calls, or nil.
func (w *watch) Ready(ctx context.Context) error {
	if why := w.blindness(); why != "" {
		return fmt.Errorf("store: %s", why)
	}
	return w.db.Check(ctx)
}

// History that the live picture is rebuilt from after a start.
const (
	restoreReadings = 24 * time.Hour
	restoreCalls    = 10 * time.Minute // the longest window of load
	restoreBaseline = 7 * 24 * time.Hour
	// baselineLag keeps a spike that is under way, and the calls that are replayed, out of the baseline.
	baselineLag = restoreCalls + 15*time.Minute
)

// restoreTracker rebuilds the limits from the store: the last readings, then the calls of the windows, which replay takes one by one.
func restoreTracker(ctx context.Context, db *store.DB, t *limits.Tracker, now time.Time, replay func(claude.Change)) error {
	if err := restoreLast(ctx, db, t, now); err != nil {
		return err
	}
	return replayCalls(ctx, db, now.Add(-restoreCalls), replay)
}

// restoreLast takes up the last readings.
func restoreLast(ctx context.Context, db *store.DB, t *limits.Tracker, now time.Time) error {
	obs, err := db.Observations(ctx, now.Add(-restoreReadings))
	if err == nil {
		t.Restore(obs, now)
	}
	return err
}

func replayCalls(ctx context.Context, db *store.DB, since time.Time, replay func(claude.Change)) error {
	return db.Recent(ctx, since, func(c claude.Call) error {
		replay(claude.Change{After: c, New: true, Live: true})
		return nil
	})
}

// restore brings limits, metrics and alerts to where they were when the last agent on this database stopped.
func (w *watch) restore(ctx context.Context) error {
	now := w.now()
	if err := w.engine.Load(ctx); err != nil {
		return err
	}
	// What was given up, as for a bad token, is tried again: somebody may have mended it.
	if err := w.db.ReviveDeliveries(ctx); err != nil {
		return err
	}
	traffic, err := w.db.Traffic(ctx, now.Add(-restoreBaseline))
	if err != nil {
		return err
	}
	w.engine.Seed(slices.DeleteFunc(traffic, func(m claude.Traffic) bool { return m.Minute.After(now.Add(-baselineLag)) }))
	replay := func(ch claude.Change) { w.apply([]claude.Change{ch}, now) }
	if err := restoreTracker(ctx, w.db, w.tracker, now, replay); err != nil {
		return err
	}
	return w.restoreMetrics(ctx)
}

func (w *watch) restoreMetrics(ctx context.Context) error {
	tallies, err := w.db.Tallies(ctx)
	if err != nil {
		return err
	}
	w.metrics.Restore(tallies)
	counts, err := w.db.Counts(ctx)
	if err != nil {
		return err
	}
	for _, c := range counts {
		w.metrics.Count(string(c.Kind), c.Source, c.Reason, c.N)
	}
	sources, err := w.db.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		w.metrics.Ingested(s.Source, s.Calls, s.Duplicates, s.Historical)
	}
	return nil
}
