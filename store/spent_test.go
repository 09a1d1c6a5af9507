package store

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

func TestSpent(t *testing.T) {
	db := open(t)
	spend := func(id string, at time.Time, user, app string, cost claude.Opt[float64]) claude.Call {
		u := usage(1000, 100)
		u.CacheReadInputTokens, u.CacheCreationInputTokens = claude.Some[int64](5000), claude.Some[int64](10)
		return claude.Call{RequestID: id, Time: at, User: user, App: app, Workspace: "wrkspc_1", Status: 200, Usage: u, CostUSD: cost}
	}
	commitCalls(t, db,
		spend("1", noon, "u-1", "shop", claude.Some(0.5)),
		spend("2", noon.Add(time.Minute), "u-1", "search", claude.Some(0.25)),
		spend("3", noon.Add(time.Minute), "u-2", "shop", claude.Opt[float64]{}),
		spend("4", noon.Add(-time.Minute), "u-2", "shop", claude.Some(8.0)), // before the hour
		spend("5", noon, "", "", claude.Some(1.0)),
	)
	for by, want := range map[string][]alerts.Spent{
		alerts.ByUser: {{Subject: "u-1", Tokens: 2220, USD: 0.75, Priced: 2}, {Subject: "u-2", Tokens: 1110, Unpriced: 6110}},
		alerts.ByApp:  {{Subject: "shop", Tokens: 2220, USD: 0.5, Priced: 1, Unpriced: 6110}, {Subject: "search", Tokens: 1110, USD: 0.25, Priced: 1}},
		// The call that names no user and no app was made in the workspace all the same.
		alerts.ByWorkspace: {{Subject: "wrkspc_1", Tokens: 4440, USD: 1.75, Priced: 3, Unpriced: 6110}},
	} {
		got, err := db.Spent(t.Context(), by, noon, 10)
		if err != nil {
			t.Fatalf("Spent(%s) = %v", by, err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("Spent(%s) (-want +got):\n%s", by, diff)
		}
	}
	// From the beginning of a day, and of an hour of the day before: sums by day, and the calls until they begin.
	commitCalls(t, db, spend("6", noon.Add(-14*time.Hour), "u-1", "shop", claude.Some(0.125)), spend("7", noon.Add(-14*time.Hour-time.Millisecond), "u-1", "shop", claude.Some(64.0)))
	midnight := noon.Truncate(24 * time.Hour)
	for since, want := range map[time.Time][]alerts.Spent{
		midnight:                     {{Subject: "u-1", Tokens: 2220, USD: 0.75, Priced: 2}, {Subject: "u-2", Tokens: 2220, USD: 8, Priced: 1, Unpriced: 6110}},
		midnight.Add(-2 * time.Hour): {{Subject: "u-1", Tokens: 3330, USD: 0.875, Priced: 3}, {Subject: "u-2", Tokens: 2220, USD: 8, Priced: 1, Unpriced: 6110}},
	} {
		got, err := db.Spent(t.Context(), alerts.ByUser, since, 10)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Spent by user since %s, %v (-want +got):\n%s", since, err, diff)
		}
	}
	if got, err := db.Spent(t.Context(), alerts.ByUser, noon, 1); err != nil || len(got) != 1 || got[0].Subject != "u-1" {
		t.Errorf("Spent with room for one = %v, %v; want u-1, who used the most", got, err)
	}
	if got, err := db.Spent(t.Context(), "model", noon, 1); err == nil {
		t.Errorf("Spent by model = %v; want an error", got)
	}
}
