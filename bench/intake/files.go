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
// them, and after a while of calm.
func manyFiles(ctx context.Context, c corpus, size int64, calm time.Duration) error {
	fmt.Printf("\nmemory in MB after %.0f MB of log in some files: once all is stored; at most; after %s. \"w/o\" is without SQLite's page cache\n", mb(size), calm)
	fmt.Printf("%10s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n", "files", "resident", "Go", "cache", "other C", "mapped", "peak", "w/o", "calm", "w/o", "wall s", "CPU s")
	for _, n := range []int{1, 1000, 10_000} {
		dir := filepath.Join(c.dir, fmt.Sprintf("files%d", n))
		stats, err := spread(dir, size, n)
		if err != nil {
			return err
		}
		if err := rest(ctx, c, dir, n, stats.Lines, calm); err != nil {
			return fmt.Errorf("%d files: %w", n, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// rest has the agent store the files and prints a row. What is neither Go's nor mapped from files is the C heap, of which SQLite's page
// cache is the most.
func rest(ctx context.Context, c corpus, dir string, n int, lines int64, calm time.Duration) error {
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
	stored, err := measure.MemoryOf(a.PID)
	if err != nil {
		return err
	}
	select {
	case <-time.After(calm):
	case <-ctx.Done():
		return ctx.Err()
	}
	later, err := measure.MemoryOf(a.PID)
	if err != nil {
		return err
	}
	own := measure.Sum(text, "go_memstats_sys_bytes") - measure.Sum(text, "go_memstats_heap_released_bytes")
	cache := measure.Sum(text, "claudewatch_store_cache_bytes") // it only grows
	other := max(0, float64(stored.Resident-stored.Files)-own-cache)
	fmt.Printf("%10d %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %9.2f %9.2f\n", n, mb(stored.Resident), mb(own), mb(cache), mb(other), mb(stored.Files),
		mb(stored.Peak), mb(float64(stored.Peak)-cache), mb(later.Resident), mb(float64(later.Resident)-cache), cost.Wall.Seconds(), cost.CPU.Seconds())
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
