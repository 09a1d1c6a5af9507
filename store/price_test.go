package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

func openPriced(t *testing.T, path string) *DB {
	t.Helper()
	prices, err := claude.NewPrices([]claude.Price{{Model: "our-model", Rates: claude.Rates{Input: 2, Output: 10}}})
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }, Price: prices.Cost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// orders returns all orders of calls.
func orders(calls []claude.Call) [][]claude.Call {
	if len(calls) < 2 {
		return [][]claude.Call{calls}
	}
	var all [][]claude.Call
	for i, c := range calls {
		rest := slices.Delete(slices.Clone(calls), i, i+1)
		for _, o := range orders(rest) {
			all = append(all, append([]claude.Call{c}, o...))
		}
	}
	return all
}

// Whatever a log shows first, the call costs what all that is known of it comes to, and so do the sums.
func TestCostDoesNotDependOnTheOrder(t *testing.T) {
	sighting := func(model string, u claude.Usage, cost claude.Opt[float64]) claude.Call {
		return claude.Call{Time: noon, RequestID: "req_1", App: "shop", Model: model, Usage: u, CostUSD: cost}
	}
	sightings := []claude.Call{
		sighting("", claude.Usage{}, claude.Some(9.0)),                                   // a gateway's own idea of the cost
		sighting("our-model", usage(1_000_000, 1), claude.Opt[float64]{}),                // the beginning of a stream
		sighting("", usage(1_000_000, 100_000), claude.Opt[float64]{}),                   // its end, from a log without the model
		{Time: noon, RequestID: "req_1", App: "shop", Status: 200, User: "u-1"},          // headers
		{Time: noon, RequestID: "req_1", DurationSeconds: claude.Some(1.5), App: "shop"}, // the access log
	}
	var want dump
	for i, order := range orders(sightings) {
		for _, together := range []bool{false, true} {
			db := openPriced(t, filepath.Join(t.TempDir(), "test.db"))
			if together {
				commitCalls(t, db, order...)
			} else {
				for _, c := range order {
					commitCalls(t, db, c)
				}
			}
			got := dumpOf(t, db)
			got.Tokens = claude.Tokens{} // counters never go back, so they may tell of the order
			if i == 0 && !together {
				want = got
				if len(got.Calls) != 1 || got.Calls[0].CostUSD != claude.Some(3.0) {
					t.Fatalf("calls = %+v; want one of 3 USD", got.Calls)
				}
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("order %d, together %t (-first +this):\n%s", i, together, diff)
			}
			checkRollups(t, db)
		}
	}
}

// The model of a call is learnt later: its tokens move from unpriced to priced in all sums, and the counters, which never go back, keep
// both over a restart.
func TestModelLearntLaterIsPriced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := openPriced(t, path)
	c := claude.Call{Time: noon, RequestID: "req_1", Usage: usage(500_000, 0)}
	commitCalls(t, db, c)
	unpriced := func(table string) (tokens, cost int64) {
		t.Helper()
		if err := db.reader.QueryRowContext(t.Context(), "SELECT sum(unpriced), sum(cost) FROM "+table).Scan(&tokens, &cost); err != nil {
			t.Fatal(err)
		}
		return tokens, cost
	}
	for _, table := range []string{"minutes", "hours", "days"} {
		if tokens, cost := unpriced(table); tokens != 500_000 || cost != 0 {
			t.Errorf("%s without a model: %d unpriced tokens, cost %d; want all unpriced", table, tokens, cost)
		}
	}
	c.Model = "our-model"
	if ch := commitCalls(t, db, c)[0]; ch.Before.CostUSD.Known() || ch.After.CostUSD != claude.Some(1.0) {
		t.Errorf("change = %+v; want the cost to become known", ch)
	}
	for _, table := range []string{"minutes", "hours", "days"} {
		if tokens, cost := unpriced(table); tokens != 0 || cost != 1e9 {
			t.Errorf("%s with the model: %d unpriced tokens, cost %d; want 1 USD", table, tokens, cost)
		}
	}
	checkRollups(t, db)
	again, err := Open(t.Context(), Options{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := again.Tallies(t.Context())
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	var sum claude.Tally
	for _, x := range tallies {
		sum.Add(x)
	}
	if err != nil || sum.UnpricedTokens != 500_000 || sum.CostUSD != 1 {
		t.Errorf("tallies from the file = %+v, %v; want 500000 unpriced tokens and 1 USD", sum, err)
	}
}

// A price that changes does not change what calls have cost that are only seen again.
func TestSeenAgainCostsTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	price := claude.Some(1.0)
	db, err := Open(t.Context(), Options{Path: path, Now: func() time.Time { return noon }, Price: func(*claude.Call) claude.Opt[float64] { return price }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is written any more
	c := claude.Call{Time: noon, RequestID: "req_1", Usage: usage(1, 1)}
	commitCalls(t, db, c)
	price = claude.Some(2.0)
	if ch := commitCalls(t, db, c)[0]; !ch.Same() || ch.After.CostUSD != claude.Some(1.0) {
		t.Errorf("seen again it costs %v; want 1", ch.After.CostUSD)
	}
	c.Usage = usage(1, 2)
	if ch := commitCalls(t, db, c)[0]; ch.After.CostUSD != claude.Some(2.0) {
		t.Errorf("with more tokens it costs %v; want the price of now, 2", ch.After.CostUSD)
	}
	price = claude.Opt[float64]{}
	if ch := commitCalls(t, db, claude.Call{Time: noon, RequestID: "req_2", CostUSD: claude.Some(0.25)})[0]; ch.After.CostUSD != claude.Some(0.25) {
		t.Errorf("without a price it costs %v; want what the log says, 0.25", ch.After.CostUSD)
	}
}
