package metrics_test

import (
	"fmt"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// traffic is a batch of live calls as six apps with three models make them: most are answered, some refused, all took a while.
func traffic(n int) []claude.Change {
	changes := make([]claude.Change, n)
	for i := range changes {
		changes[i] = call(func(c *claude.Call) {
			c.App, c.Model, c.User = fmt.Sprint("app", i%6), fmt.Sprint("claude-sonnet-", i%3), fmt.Sprint("u", i%50)
			c.DurationSeconds, c.Usage, c.CostUSD = claude.Some(0.2+float64(i%40)/7), usage(1200, 300, 80_000, 0, 0), claude.Some(0.01)
			if i%100 == 0 {
				c.Status, c.ErrorType, c.Cause = 429, "rate_limit_error", claude.CauseRateLimit
			}
		})
	}
	return changes
}

// BenchmarkApplyBatch is what a call costs the metrics.
func BenchmarkApplyBatch(b *testing.B) {
	a, changes := newAgent(b, metrics.Options{}), traffic(2000)
	a.Apply(changes)
	b.ReportAllocs()
	for b.Loop() {
		a.Apply(changes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(changes)), "ns/call")
}
