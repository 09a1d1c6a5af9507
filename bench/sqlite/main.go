// Command sqlite measures how fast the store commits calls against a C program that writes the same rows, keys, sums and
// position into the same schema in the same transactions. The two take turns; what matters is the ratio of one run.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sqlite:", err)
		os.Exit(1)
	}
}

type options struct {
	calls, batch, rounds int
	ordered              bool
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sqlite", flag.ContinueOnError)
	var opt options
	flags.IntVar(&opt.calls, "calls", 200_000, "calls of a round")
	flags.IntVar(&opt.batch, "batch", 1000, "calls of a transaction")
	flags.IntVar(&opt.rounds, "rounds", 5, "rounds for each shape of ids")
	source := flags.String("source", "bench/sqlite/ceiling/ceiling.c", "the C program")
	program := flags.String("program", "", "the C program compiled earlier, or where to keep it")
	schema := flags.String("schema", "store/migrations/0001_initial.sql", "the store's schema")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system cleans up too
	if *program == "" {
		*program = filepath.Join(dir, "ceiling")
	}
	if _, err := os.Stat(*program); os.IsNotExist(err) {
		if err := compile(ctx, *source, dir, *program); err != nil {
			return err
		}
	}
	for _, opt.ordered = range []bool{true, false} {
		if err := compare(ctx, out, opt, []string{*program, *schema}, dir); err != nil {
			return err
		}
	}
	return nil
}

// cost is what a number of calls took.
type cost struct{ wall, cpu time.Duration }

// compare lets the store and the C program take turns and prints the medians.
func compare(ctx context.Context, out io.Writer, opt options, program []string, dir string) error {
	var ours, theirs, wall, cpu []float64
	var bytes int64
	from, to := filepath.Join(dir, "store.db"), filepath.Join(dir, "ceiling.db")
	for range opt.rounds {
		s, size, err := commitAll(ctx, opt, from)
		if err != nil {
			return err
		}
		c, err := ceiling(ctx, append(slices.Clone(program), from, to, strconv.Itoa(opt.batch)))
		if err != nil {
			return err
		}
		bytes = size
		ours, theirs = append(ours, float64(opt.calls)/s.wall.Seconds()), append(theirs, float64(opt.calls)/c.wall.Seconds())
		wall, cpu = append(wall, float64(c.wall)/float64(s.wall)), append(cpu, float64(c.cpu)/float64(s.cpu))
		if err := clean(from, to); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "ordered=%t: store %.0f calls/s, C %.0f calls/s; of C's speed %.2f by the clock, %.2f by CPU; %d B/call\n",
		opt.ordered, median(ours), median(theirs), median(wall), median(cpu), bytes/int64(opt.calls))
	return err
}

func clean(databases ...string) error {
	for _, db := range databases {
		for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
			if err := os.Remove(db + suffix); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// commitAll returns what the store's commits took and how large the database is then.
func commitAll(ctx context.Context, opt options, path string) (took cost, size int64, err error) {
	start := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(ctx, store.Options{Path: path, Now: func() time.Time { return start }})
	if err != nil {
		return took, 0, err
	}
	src := source{rnd: rand.New(rand.NewPCG(1, 1)), ordered: opt.ordered} //nolint:gosec // a benchmark wants the same numbers each time
	for src.n < opt.calls {
		b := collector.Batch{Source: "bench", Calls: make([]claude.Call, min(opt.batch, opt.calls-src.n))}
		for i := range b.Calls {
			b.Calls[i] = src.call(start)
		}
		b.Positions = []collector.Position{{ID: "file", Source: "bench", Path: "/var/log/app.log", Device: 1, Inode: 2, Offset: int64(src.n), Size: int64(src.n)}}
		began, used := time.Now(), cpuTime()
		if _, err := db.Commit(ctx, b); err != nil {
			return took, 0, err
		}
		took.wall, took.cpu = took.wall+time.Since(began), took.cpu+cpuTime()-used
	}
	if err := db.Close(); err != nil {
		return took, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return took, 0, err
	}
	return took, info.Size(), nil
}

// cpuTime returns what the process has used of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ceiling runs the C program and returns what its transactions took.
func ceiling(ctx context.Context, args []string) (cost, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // compiled by us
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return cost{}, fmt.Errorf("run the C program: %w", err)
	}
	var wall, cpu float64
	if _, err := fmt.Sscan(string(out), &wall, &cpu); err != nil {
		return cost{}, fmt.Errorf("output %q of the C program: %w", out, err)
	}
	return cost{time.Duration(wall * float64(time.Second)), time.Duration(cpu * float64(time.Second))}, nil
}
