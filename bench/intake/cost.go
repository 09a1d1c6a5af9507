package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// row is one job with its runs.
type row struct {
	name, what string
	runs       []measure.Cost
}

// costs measures each job and the agent in turns.
func costs(ctx context.Context, c corpus, size int64, runs int) (err error) {
	if c.Stats, err = generate(c.log, size); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	rows := []*row{
		{name: "read", what: "reading lines alone"},
		{name: "search", what: "... and one search in each line"},
		{name: "count", what: "decoding a finished log, counting"},
		{name: "tail", what: "following, decoding, counting"},
		{name: "agent", what: "the agent: following, decoding, storing"},
	}
	var starts []time.Duration
	for i := range runs {
		for _, r := range rows {
			var cost measure.Cost
			if r.name == "agent" {
				var start time.Duration
				start, cost, err = follow(ctx, c, filepath.Join(c.dir, fmt.Sprintf("run%d.db", i)))
				starts = append(starts, start)
			} else {
				cost, err = runJob(ctx, self, r.name, c)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.runs = append(r.runs, cost)
		}
	}
	return report(c, rows, starts)
}

// runJob runs a job in a process of its own and wants it to find every call.
func runJob(ctx context.Context, self, name string, c corpus) (measure.Cost, error) {
	out, cost, err := measure.Run(exec.CommandContext(ctx, self, "-job", name, "-file", c.log, "-lines", fmt.Sprint(c.Lines)))
	if err != nil || name == "read" || name == "search" {
		return cost, err
	}
	var n counts
	if err := json.Unmarshal(out, &n); err != nil {
		return cost, err
	}
	var calls int64
	for _, v := range n {
		calls += v
	}
	if calls != c.Calls {
		return cost, fmt.Errorf("%d calls counted of %d", calls, c.Calls)
	}
	return cost, nil
}

// follow runs the agent on the log until every line is stored. start is when the first calls were seen in its metrics.
func follow(ctx context.Context, c corpus, db string) (start time.Duration, cost measure.Cost, err error) {
	begin := time.Now()
	a, err := measure.Launch(ctx, c.binary, "--db", db, "--tail", c.log, "--live-window", "24h")
	if err != nil {
		return 0, cost, err
	}
	if _, _, err = a.Follow(ctx, 1, begin, 10*time.Millisecond); err != nil {
		return 0, cost, err
	}
	start = time.Since(begin)
	text, cost, err := a.Follow(ctx, c.Lines, begin, 250*time.Millisecond)
	if err != nil {
		return start, cost, err
	}
	if calls := int64(measure.Sum(text, "claudewatch_calls_ingested_total")); calls != c.Calls {
		return start, cost, fmt.Errorf("%d calls stored of %d", calls, c.Calls)
	}
	return start, cost, a.Stop()
}

func report(c corpus, rows []*row, starts []time.Duration) error {
	binary, err := os.Stat(c.binary)
	if err != nil {
		return err
	}
	fmt.Printf("log of %.0f MB, %d lines, %d of them calls; medians of %d rounds; binary %.1f MB\n\n", mb(c.Bytes), c.Lines, c.Calls, len(rows[0].runs), mb(binary.Size()))
	fmt.Printf("%-40s %8s %9s %9s %12s %11s %9s\n", "", "CPU s/GB", "x reading", "x search", "lines/CPU-s", "wall lines/s", "peak MB")
	read, _, _ := measure.Seconds(rows[0].runs)
	search, _, _ := measure.Seconds(rows[1].runs)
	for _, r := range rows {
		cpu, wall, peak := measure.Seconds(r.runs)
		fmt.Printf("%-40s %8.2f %9.1f %9.1f %12.0f %12.0f %9.1f\n", r.what, cpu/c.gigabytes(), cpu/read, cpu/search, float64(c.Lines)/cpu, float64(c.Lines)/wall, mb(peak))
	}
	cpu, wall, _ := measure.Seconds(rows[len(rows)-1].runs)
	start := measure.Median(starts, time.Duration.Seconds)
	fmt.Printf("\nthe agent: %.0f calls/s (%.0f by CPU), %.1f MB/s; first lines stored %.0f ms after its start\n",
		float64(c.Calls)/wall, float64(c.Calls)/cpu, mb(c.Bytes)/wall, 1e3*start)
	return nil
}
