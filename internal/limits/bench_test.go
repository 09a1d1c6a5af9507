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

// BenchmarkSecond applies the five calls of a second in one batch, of five pools with three readings each, and reads the picture, as a
// replay does for every second of a log.
func BenchmarkSecond(b *testing.B) {
	tr, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	pools := make([]claude.Pool, 5)
	for i := range pools {
		pools[i] = claude.Pool(fmt.Sprint("pool-", i))
	}
	batch := make([]claude.Change, len(pools))
	second := func(s int) int {
		for i := range batch {
			use, took := 0.3+0.01*float64((s+i)%50), 0.5+float64((s+i)%8)
			begun := float64(s) - took
			c := callAt(begun, inputTokens(1e6, int64(1e6*(1-use)), begun+60*use), reading("output_tokens", 1e6, int64(1e6*(1-use/2)), begun+30*use), reading("requests", 1000, 990, begun+1))
			c.Pool, c.Usage, c.DurationSeconds = pools[i], usageOf(1000, 100), claude.Some(took)
			c.Time, c.ServerTime = after(float64(s)), c.Time.Truncate(time.Second)
			batch[i] = claude.Change{After: c, New: true, Live: true}
		}
		tr.ApplyAll(batch, after(float64(s)))
		return len(tr.Levels(after(float64(s))))
	}
	for s := range 900 {
		second(s)
	}
	b.ReportAllocs()
	for s := 900; b.Loop(); s++ {
		if n := second(s); n != 15 {
			b.Fatalf("%d levels; want 15", n)
		}
	}
}
