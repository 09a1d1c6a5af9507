package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// A batch must count as its calls do one by one, whatever shares a place among the sums and whatever is folded.
func TestBatchCountsAsItsCalls(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var changes []claude.Change
	for range 3000 {
		ch := call(func(c *claude.Call) {
			c.App, c.Model = fmt.Sprint("app", r.IntN(30)), fmt.Sprint("claude-sonnet-", r.IntN(12))
			c.Usage, c.DurationSeconds = usage(r.Int64N(2000), 300, 0, r.Int64N(2)*500, 0), claude.Some(r.Float64()*9)
			c.Status = []int{200, 200, 200, 0, 429, 529}[r.IntN(6)]
			if c.Status == 429 {
				c.ErrorType, c.Cause, c.RetryAfterSeconds = "rate_limit_error", claude.CauseRateLimit, claude.Some(3.0)
			}
			if r.IntN(3) == 0 {
				c.CostUSD, c.Retry = claude.Some(0.25), claude.Some(r.Int64N(2))
			}
		})
		changes = append(changes, ch)
		if r.IntN(5) == 0 {
			more := claude.Change{Before: &ch.After, After: ch.After, Live: r.IntN(2) == 0}
			more.After.Usage.OutputTokens, more.After.FirstTokenSeconds = claude.Some[int64](400), claude.Some(0.5)
			changes = append(changes, more)
		}
	}
	for _, most := range []int{0, 9} {
		together, single := newAgent(t, metrics.Options{MaxValues: most}), newAgent(t, metrics.Options{MaxValues: most})
		for from := 0; from < len(changes); from += 500 {
			together.Apply(changes[from:min(from+500, len(changes))])
		}
		for i := range changes {
			single.Apply(changes[i : i+1])
		}
		if diff := cmp.Diff(single.series(t), together.series(t), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("at most %d values: one by one (-) and in batches (+):\n%s", most, diff)
		}
	}
}

// Counting a batch leaves nothing to the garbage collector.
func TestApplyAllocatesNothing(t *testing.T) {
	var changes []claude.Change
	for i := range 200 {
		changes = append(changes, call(func(c *claude.Call) {
			c.App, c.DurationSeconds, c.Usage, c.CostUSD = fmt.Sprint("app", i%5), claude.Some(1.5), usage(1000, 100, 10, 0, 0), claude.Some(0.01)
		}))
	}
	a := newAgent(t, metrics.Options{})
	a.Apply(changes)
	if n := testing.AllocsPerRun(20, func() { a.Apply(changes) }); n > 1 {
		t.Errorf("Apply() of %d calls allocates %v times; want at most once", len(changes), n)
	}
}
