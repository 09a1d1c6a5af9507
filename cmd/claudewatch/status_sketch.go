package main

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// sketchCalls is how many calls the status command reads at most: what it takes must not grow with the rate of calls.
const sketchCalls = 1000

// sketchTracker shows the status command what a running agent sees. Where the last ten minutes have more calls than it should read, it
// takes what they used together, minute by minute, and the readings of some of them that lie evenly over the time. Of so many calls, it
// makes next to no difference how they lie within a minute, and the next reading is never far.
func sketchTracker(ctx context.Context, db *store.DB, t *limits.Tracker, now time.Time) error {
	if err := restoreLast(ctx, db, t, now); err != nil {
		return err
	}
	since := now.Add(-restoreCalls)
	uses, err := db.Uses(ctx, since)
	if err != nil {
		return err
	}
	var calls int64
	for i := range uses {
		calls += uses[i].Calls
	}
	if calls <= sketchCalls {
		return replayCalls(ctx, db, since, func(ch claude.Change) { t.Apply(ch, now) })
	}
	some, err := db.Sample(ctx, since, now, sketchCalls)
	if err != nil {
		return err
	}
	for i := range some {
		t.Look(&some[i], now)
	}
	for i := range uses {
		t.Add(&uses[i], now)
	}
	return nil
}
