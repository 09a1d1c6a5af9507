// Command latency measures how long it takes from the writing of a log line to its call in the database, where a reader sees it: in the
// built claudewatch, under load, and with single lines while nothing else happens, with and without notifications of the file system.
// It needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
)

type options struct {
	rate     int
	duration time.Duration
	single   int
	binary   string
	dir      string
}

func main() {
	var o options
	flag.IntVar(&o.rate, "rate", 5000, "calls a second under load")
	flag.DurationVar(&o.duration, "for", 20*time.Second, "how long the load lasts")
	flag.IntVar(&o.single, "single", 100, "single lines, 50 to 350 ms apart")
	flag.StringVar(&o.binary, "binary", "", "a built claudewatch; empty builds one")
	flag.StringVar(&o.dir, "dir", "", "where the logs and databases are; empty is the temporary directory")
	flag.Parse()
	if err := bench(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp(o.dir, "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	if o.binary == "" {
		o.binary = filepath.Join(dir, "claudewatch")
		if err := measure.Build(ctx, "./cmd/claudewatch", o.binary); err != nil {
			return err
		}
	}
	fmt.Println("from a line's write to its call in the database")
	for _, s := range []struct {
		name   string
		linked bool
		write  func(context.Context, *log) error
	}{
		{fmt.Sprintf("%d calls/s for %s", o.rate, o.duration), false, func(ctx context.Context, l *log) error { return l.pace(ctx, o.rate, o.duration) }},
		{"single lines, notifications", false, func(ctx context.Context, l *log) error { return l.trickle(ctx, o.single) }},
		{"single lines, polling alone", true, func(ctx context.Context, l *log) error { return l.trickle(ctx, o.single) }},
	} {
		took, err := scene(ctx, o, dir, s.linked, s.write)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		print(s.name, took)
	}
	return nil
}

// scene runs one agent on one log. The notifications are of directories, so that they don't tell of a linked file.
func scene(ctx context.Context, o options, dir string, linked bool, write func(context.Context, *log) error) ([]time.Duration, error) {
	dir, err := os.MkdirTemp(dir, "")
	if err != nil {
		return nil, err
	}
	watched := filepath.Join(dir, "logs")
	file := filepath.Join(watched, "app.log")
	if err := os.Mkdir(watched, 0o700); err != nil {
		return nil, err
	}
	if linked {
		target := filepath.Join(dir, "elsewhere.log")
		if err := os.Symlink(target, file); err != nil {
			return nil, err
		}
		file = target
	}
	l, err := newLog(file)
	if err != nil {
		return nil, err
	}
	defer l.file.Close() //nolint:errcheck // nobody needs it any more
	db := filepath.Join(dir, "cw.db")
	a, err := measure.Launch(ctx, o.binary, "--db", db, "--tail", filepath.Join(watched, "*.log"))
	if err != nil {
		return nil, err
	}
	took, err := l.observe(ctx, db, write)
	return took, errors.Join(err, a.Stop())
}

func print(name string, took []time.Duration) {
	slices.Sort(took)
	at := func(p float64) float64 { return took[min(len(took)-1, int(p*float64(len(took))))].Seconds() * 1e3 }
	fmt.Printf("%-32s %7d lines  p50 %6.1f ms  p90 %6.1f ms  p99 %6.1f ms  max %6.1f ms\n", name, len(took), at(0.50), at(0.90), at(0.99), at(1))
}

// between is a random time from low to high.
func between(low, high time.Duration) time.Duration { return low + rand.N(high-low) }
