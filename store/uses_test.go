package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// rhythm is a store with a call every half second for ten minutes up to noon, of two models in turn.
func rhythm(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "cw.db"), Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var calls []claude.Call
	for i := range 1200 {
		c := claude.Call{Time: noon.Add(-time.Duration(i+1) * time.Second / 2), RequestID: fmt.Sprint("req_", i), Status: 200, Model: "claude-sonnet-5", Pool: "sonnet-5"}
		if i%2 == 0 {
			c.Model, c.Pool = "claude-haiku-4-5", "haiku-4.5"
			c.Usage.InputTokens, c.Usage.OutputTokens = claude.Some[int64](10), claude.Some[int64](1)
		}
		calls = append(calls, c)
	}
	if _, err := db.Commit(t.Context(), collector.Batch{Source: "x", Calls: calls}); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestUsesAreTheSumsOfMinutes(t *testing.T) {
	uses, err := rhythm(t).Uses(t.Context(), noon.Add(-5*time.Minute))
	if err != nil || len(uses) != 10 {
		t.Fatalf("Uses() = %d, %v; want 2 models in each of 5 minutes", len(uses), err)
	}
	for i, u := range uses {
		want := claude.Use{Minute: noon.Add(-time.Duration(i/2+1) * time.Minute), Model: "claude-sonnet-5", Pool: "sonnet-5", Calls: 60}
		if u.Pool == "haiku-4.5" {
			want.Model, want.Pool, want.Measured, want.Tokens = "claude-haiku-4-5", "haiku-4.5", 60, claude.Tokens{Input: 600, Output: 60}
		}
		want.Provider = u.Provider
		if u != want {
			t.Errorf("use %d = %+v; want %+v", i, u, want)
		}
	}
}

// A sample is spread over the time, is never more than was asked for, and meets calls that come in turn.
func TestSampleIsSpread(t *testing.T) {
	db := rhythm(t)
	for _, n := range []int64{1, 50, 300} {
		calls, err := db.Sample(t.Context(), noon.Add(-10*time.Minute), noon, n)
		if err != nil || int64(len(calls)) > n || int64(len(calls)) < n*3/4 {
			t.Fatalf("Sample(%d) = %d calls, %v; want about as many, and no more", n, len(calls), err)
		}
		models := map[string]int{}
		for i, c := range calls {
			models[c.Model]++
			if i > 0 && c.Time.Sub(calls[i-1].Time) > 3*10*time.Minute/time.Duration(n) {
				t.Errorf("Sample(%d): a gap of %s before %s", n, c.Time.Sub(calls[i-1].Time), c.Time)
			}
		}
		if n > 1 && (models["claude-sonnet-5"] < len(calls)/3 || models["claude-haiku-4-5"] < len(calls)/3) {
			t.Errorf("Sample(%d) of two models in turn = %v; want about as many of each", n, models)
		}
	}
	if calls, err := db.Sample(t.Context(), noon, noon, 10); len(calls) != 0 || err != nil {
		t.Errorf("Sample of no time = %d calls, %v; want none", len(calls), err)
	}
}
