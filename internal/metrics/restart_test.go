package metrics_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// tallies adds up changes as the store does: one tally per key, in the order of arrival.
func tallies(changes []claude.Change) []claude.Tally {
	var all []claude.Tally
	index := map[claude.TallyKey]int{}
	for i := range changes {
		if !changes[i].Live {
			continue
		}
		t := changes[i].Tally()
		if j, ok := index[t.TallyKey]; ok {
			all[j].Add(t)
			continue
		}
		index[t.TallyKey] = len(all)
		all = append(all, t)
	}
	return all
}

// randomChanges makes calls of few apps and models, some of which are seen again with more in them.
func randomChanges(r *rand.Rand, n int) []claude.Change {
	var changes []claude.Change
	for range n {
		c := call(func(c *claude.Call) {
			c.App, c.Model = fmt.Sprint("app-", r.IntN(8)), fmt.Sprint("model-", r.IntN(4))
			c.Status = []int{0, 200, 200, 200, 429, 500, 529}[r.IntN(7)]
			c.Retry = claude.Some(r.Int64N(2))
			c.RetryAfterSeconds = claude.Some(float64(r.IntN(30)))
			c.Usage = usage(r.Int64N(1000), r.Int64N(1000), r.Int64N(1000), 0, r.Int64N(10))
		})
		c.Live = r.IntN(10) > 0
		changes = append(changes, c)
		if r.IntN(4) > 0 {
			continue
		}
		again := claude.Change{Before: &c.After, After: c.After, Live: c.Live}
		again.After.Usage.OutputTokens = claude.Some(c.After.Usage.OutputTokens.Or(0) + 5)
		again.After.ErrorType = "api_error"
		changes = append(changes, again)
	}
	return changes
}

func TestCountersGoOnAcrossARestart(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		changes := randomChanges(r, 200)
		cut := r.IntN(len(changes))
		o := metrics.Options{MaxValues: 3} // so that folding must go on as well

		whole := newAgent(t, o)
		whole.Apply(changes)
		restarted := newAgent(t, o)
		restarted.Restore(tallies(changes[:cut]))
		restarted.Apply(changes[cut:])

		folded := func(s string, _ float64) bool { return strings.HasPrefix(s, metrics.LabelValuesFolded) }
		want, got := whole.series(t), restarted.series(t)
		maps.DeleteFunc(want, folded) // counts occurrences, which a tally adds up
		maps.DeleteFunc(got, folded)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, restart after %d of %d changes (-whole +restarted):\n%s", seed, cut, len(changes), diff)
		}
	}
}

func TestSecondSightingAddsOnlyTheDifference(t *testing.T) {
	first := call(func(c *claude.Call) { c.Usage = usage(100, 1, 0, 0, 0) })
	second := claude.Change{Before: &first.After, After: first.After, Live: true}
	second.After.Usage = usage(100, 40, 0, 0, 0)
	second.After.DurationSeconds = claude.Some(3.0)
	third := claude.Change{Before: &second.After, After: second.After, Live: true}

	a := newAgent(t, metrics.Options{})
	a.Apply([]claude.Change{first, second, third})
	got := a.series(t)
	const labels = `app="shop",model="claude-sonnet-5",provider="anthropic"`
	for s, want := range map[string]float64{
		`claude_requests_total{` + labels + `,status="200",workspace="production"}`:    1,
		`claude_tokens_total{` + labels + `,type="input",workspace="production"}`:      100,
		`claude_tokens_total{` + labels + `,type="output",workspace="production"}`:     40,
		`claude_request_duration_seconds_count{` + labels + `,workspace="production"}`: 1,
		`claude_request_duration_seconds_sum{` + labels + `,workspace="production"}`:   3,
	} {
		if got[s] != want {
			t.Errorf("%s = %v; want %v", s, got[s], want)
		}
	}
}

func TestHistoryMovesNothing(t *testing.T) {
	a := newAgent(t, metrics.Options{})
	before := a.series(t)
	old := call(func(c *claude.Call) { c.Usage, c.DurationSeconds = usage(1, 2, 3, 4, 5), claude.Some(1.0) })
	old.Live = false
	a.Apply([]claude.Change{old})
	if diff := cmp.Diff(before, a.series(t)); diff != "" {
		t.Errorf("a historical call moved the metrics (-before +after):\n%s", diff)
	}
}

func TestMalformedNumbersNeverLowerACounter(t *testing.T) {
	a := newAgent(t, metrics.Options{})
	a.Restore([]claude.Tally{{Calls: -3, Tokens: claude.Tokens{Input: -1}, RetryDelaySeconds: -2}})
	a.Count("lines", "s", "json", -1)
	a.Count("nonsense", "s", "json", 1)
	a.Ingested("s", -1, 0, 0)
	for s, v := range a.series(t) {
		if v < 0 || strings.HasPrefix(s, metrics.Lines) {
			t.Errorf("%s = %v; want no series of it and nothing below 0", s, v)
		}
	}
}
