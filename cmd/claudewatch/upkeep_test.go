package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

// TestUpkeepPrunes checks that a running agent's upkeep takes out what is older than the retention, and only that.
func TestUpkeepPrunes(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // what matters is what it holds
	now := time.Now()
	calls := []claude.Call{{RequestID: "req_old", Time: now.AddDate(0, 0, -60)}, {RequestID: "req_new", Time: now.AddDate(0, 0, -1)}}
	if _, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: calls}); err != nil {
		t.Fatal(err)
	}
	u := upkeep{
		db: db, log: slog.New(slog.DiscardHandler),
		damaged: func(err error) { t.Errorf("a sound database is called damaged: %v", err) }, every: time.Hour,
	}
	u.setRetention(store.Retention{Calls: 30 * 24 * time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- u.Run(ctx) }()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if n, err := db.Calls(t.Context()); err != nil || n == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Error("the old call is still there")
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
	if n, err := db.Calls(t.Context()); err != nil || n != 1 {
		t.Errorf("%d calls are left, %v; want the new one", n, err)
	}
}
