package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/claudewatch/claudewatch/store"
)

// pruneEvery is how often what is too old is taken out of the store.
const pruneEvery = time.Hour

// upkeep looks after the store: after an unclean end it is checked, and what is older than the retention is taken out now and then.
type upkeep struct {
	db   *store.DB
	keep atomic.Pointer[store.Retention]
	log  *slog.Logger
	// damaged is told what a check found; nothing is told when all is well.
	damaged func(error)
	every   time.Duration
}

// setRetention changes how long things are kept, from the next pruning on.
func (u *upkeep) setRetention(r store.Retention) { u.keep.Store(&r) }

// Run works until ctx ends. What fails is logged and tried again.
func (u *upkeep) Run(ctx context.Context) error {
	if u.db.Unclean() {
		u.verify(ctx)
	}
	ticker := time.NewTicker(u.every)
	defer ticker.Stop()
	for {
		u.prune(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (u *upkeep) verify(ctx context.Context) {
	u.log.Info("the last run did not close the database: checking it beside the work")
	start := time.Now()
	if err := u.db.Verify(ctx); ctx.Err() == nil && err != nil {
		u.log.Error("check of the database", "error", err, "hint", "stop the agent and put a backup in its place, or move the file away to begin anew")
		u.damaged(err)
	} else if ctx.Err() == nil {
		u.log.Info("the database is sound", "seconds", time.Since(start).Round(time.Millisecond).Seconds())
	}
}

func (u *upkeep) prune(ctx context.Context) {
	p, err := u.db.Prune(ctx, *u.keep.Load())
	if err != nil {
		u.log.Error("prune the store", "error", err)
	}
	if p != (store.Pruned{}) {
		u.log.Info("pruned the store", "calls", p.Calls, "minutes", p.Minutes)
	}
}
