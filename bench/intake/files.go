package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/bench/measure"
)

// enough is how long the agent may take to store the files.
const enough = 3 * time.Minute

// manyFiles runs the agent on the same lines in one file, in 1,000 and in 10,000, and prints what it has in memory once it has stored
// them and follows on.
func manyFiles(ctx context.Context, c corpus, size int64) error {
	fmt.Printf("\nmemory in MB after %.0f MB of log in\n%10s %9s %9s %9s %9s %9s %9s %9s\n", mb(size), "files", "resident", "Go", "SQLite", "mapped", "peak", "wall s", "CPU s")
	for _, n := range []int{1, 1000, 10_000} {
		dir := filepath.Join(c.dir, fmt.Sprintf("files%d", n))
		stats, err := spread(dir, size, n)
		if err != nil {
			return err
		}
		if err := rest(ctx, c, dir, n, stats.Lines); err != nil {
			return fmt.Errorf("%d files: %w", n, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// rest has the agent store the files and prints a row. What is neither Go's nor mapped from files is the C heap: SQLite's, its page
// caches above all.
func rest(ctx context.Context, c corpus, dir string, n int, lines int64) error {
	begin := time.Now()
	a, err := measure.Launch(ctx, c.binary, "--db", filepath.Join(dir, "calls.db"), "--tail", filepath.Join(dir, "*.log"), "--live-window", "24h")
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, enough)
	defer cancel()
	text, cost, err := a.Follow(limited, lines, begin, 250*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		fmt.Printf("%10d not stored within %s\n", n, enough)
		return a.Stop()
	}
	if err != nil {
		return err
	}
	m, err := measure.MemoryOf(a.PID)
	if err != nil {
		return err
	}
	own := measure.Sum(text, "go_memstats_sys_bytes") - measure.Sum(text, "go_memstats_heap_released_bytes")
	fmt.Printf("%10d %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %9.2f\n", n, mb(m.Resident), mb(own), mb(max(0, float64(m.Resident-m.Files)-own)), mb(m.Files), mb(m.Peak),
		cost.Wall.Seconds(), cost.CPU.Seconds())
	return a.Stop()
}

// spread writes one log of size bytes in n files, each with the lines of its own time.
func spread(dir string, size int64, n int) (applog.Stats, error) {
	var all applog.Stats
	if err := os.Mkdir(dir, 0o700); err != nil {
		return all, err
	}
	g, err := applog.New(applog.Options{Seed: 1, Start: time.Now().Add(-4 * time.Hour), LinesPerSecond: 200})
	if err != nil {
		return all, err
	}
	for i := range n {
		s, err := part(g, filepath.Join(dir, fmt.Sprintf("app%05d.log", i)), size/int64(n))
		if err != nil {
			return all, err
		}
		all.Lines, all.Calls, all.Bytes = all.Lines+s.Lines, all.Calls+s.Calls, all.Bytes+s.Bytes
	}
	return all, nil
}

func part(g *applog.Generator, path string, size int64) (s applog.Stats, err error) {
	f, err := os.Create(path)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriter(f)
	s, err = g.Write(b, size)
	return s, errors.Join(err, b.Flush())
}
