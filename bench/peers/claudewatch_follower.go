package main

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// agentFollower is the built claudewatch; what it took is what stands in its database.
type agentFollower struct {
	binary, logs, db string
	agent            *measure.Agent
}

func newAgentFollower(binary, logs, state string) *agentFollower {
	return &agentFollower{binary: binary, logs: logs, db: filepath.Join(state, "calls.db")}
}

func (f *agentFollower) start(ctx context.Context) (err error) {
	f.agent, err = measure.Launch(ctx, f.binary, "--db", f.db, "--tail", filepath.Join(f.logs, "app.log*"))
	return err
}

func (f *agentFollower) kill(context.Context) error { return f.agent.Kill() }

func (f *agentFollower) progress(ctx context.Context) (int, error) {
	text, err := f.agent.Metrics(ctx)
	return int(measure.Sum(text, "claudewatch_calls_ingested_total")), err
}

func (f *agentFollower) finish(ctx context.Context) (map[int]int, error) {
	if err := f.agent.Stop(); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Path: f.db})
	if err != nil {
		return nil, err
	}
	defer db.Close() //nolint:errcheck // only read
	seen := map[int]int{}
	return seen, db.Recent(ctx, time.Now().Add(-time.Hour), func(c claude.Call) error {
		n, err := strconv.Atoi(strings.TrimPrefix(c.User, "u-"))
		seen[n]++
		return err
	})
}
