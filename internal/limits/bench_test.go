package limits

import (
	"fmt"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// BenchmarkApply applies calls of 20 pools with three readings each, a call per millisecond.
func BenchmarkApply(b *testing.B) {
	tr, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	c := callAt(0, inputTokens(1e6, 500_000, 30), reading("output_tokens", 1e6, 900_000, 6), reading("requests", 1000, 990, 1))
	c.Usage = usageOf(1000, 100)
	pools := make([]claude.Pool, 20)
	for i := range pools {
		pools[i] = claude.Pool(fmt.Sprint("pool-", i))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Pool, c.Time = pools[i%len(pools)], t0.Add(time.Duration(i)*time.Millisecond)
		c.ServerTime = c.Time
		tr.Apply(claude.Change{After: c, New: true}, c.Time)
	}
}

// BenchmarkLevels reads the picture of 500 pools.
func BenchmarkLevels(b *testing.B) {
	tr, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 500 {
		c := callAt(0, inputTokens(1e6, 500_000, 30), reading("output_tokens", 1e6, 900_000, 6), reading("requests", 1000, 990, 1))
		c.Pool, c.Usage = claude.Pool(fmt.Sprint("pool-", i)), usageOf(1000, 100)
		applyNew(tr, c)
	}
	b.ReportAllocs()
	for b.Loop() {
		if n := len(tr.Levels(after(1))); n != 1500 {
			b.Fatalf("%d levels; want 1500", n)
		}
	}
}
