// Command intake measures how claudewatch takes in a mixed log: what reading, decoding and counting cost, what following and storing
// it costs in the built agent, how much memory it takes however many files there are, and what the agent costs while nothing
// happens. Figures of one run are of the same file, taken in turns, each by a process of its own. It needs Linux.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/bench/measure"
)

func main() {
	o := options{}
	flag.StringVar(&o.size, "size", "500MB", "size of the generated log")
	flag.IntVar(&o.runs, "runs", 5, "rounds; medians are printed")
	flag.DurationVar(&o.idle, "idle", 20*time.Second, "how long to watch the idle agent")
	flag.DurationVar(&o.calm, "calm", 30*time.Second, "how long the agent has nothing to do before its memory is looked at again")
	flag.StringVar(&o.parts, "parts", "cost,files,idle", "what to measure, some of `cost,files,idle`")
	job := flag.String("job", "", "do one job on -file and print its counts as JSON instead: `"+strings.Join(jobNames(), "|")+"`")
	file := flag.String("file", "", "the log of -job")
	lines := flag.Int64("lines", 0, "how many lines -file has, for -job tail")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // what was started ends with it
	err := errors.New("no such job")
	if *job == "" {
		err = bench(ctx, o)
	} else if run := jobs[*job]; run != nil {
		err = printJob(ctx, run, input{*file, *lines})
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "intake:", err)
		os.Exit(1)
	}
}

type options struct {
	size, parts string
	runs        int
	idle, calm  time.Duration
}

// corpus is the generated log and the built agent.
type corpus struct {
	dir, binary, log string
	applog.Stats
}

func (c corpus) gigabytes() float64 { return float64(c.Bytes) / 1e9 }

func bench(ctx context.Context, o options) (err error) {
	parts := strings.Split(o.parts, ",")
	for _, p := range parts {
		if !slices.Contains([]string{"cost", "files", "idle"}, p) {
			return fmt.Errorf("-parts %q: none of cost, files, idle", p)
		}
	}
	size, err := applog.ParseSize(o.size)
	if err != nil {
		return fmt.Errorf("-size %w", err)
	}
	if o.runs < 1 {
		return fmt.Errorf("-runs %d: less than one", o.runs)
	}
	c := corpus{}
	if c.dir, err = os.MkdirTemp("", "claudewatch-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.dir)) }()
	c.binary, c.log = filepath.Join(c.dir, "claudewatch"), filepath.Join(c.dir, "mixed.log")
	if err := measure.Build(ctx, "./cmd/claudewatch", c.binary); err != nil {
		return err
	}
	if slices.Contains(parts, "cost") {
		if err := costs(ctx, c, size, o.runs); err != nil {
			return err
		}
	}
	if slices.Contains(parts, "files") {
		if err := manyFiles(ctx, c, min(size, 100e6), o.calm); err != nil {
			return err
		}
	}
	if slices.Contains(parts, "idle") {
		return watchIdle(ctx, c, o.idle)
	}
	return nil
}

// generate writes the log, young enough to be live.
func generate(path string, size int64) (s applog.Stats, err error) {
	g, err := applog.New(applog.Options{Seed: 1, Start: time.Now().Add(-4 * time.Hour), LinesPerSecond: 200})
	if err != nil {
		return s, err
	}
	f, err := os.Create(path)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriterSize(f, 1<<20)
	s, err = g.Write(b, size)
	return s, errors.Join(err, b.Flush())
}

func watchIdle(ctx context.Context, c corpus, idle time.Duration) error {
	a, err := measure.Launch(ctx, c.binary, "--db", filepath.Join(c.dir, "idle.db"))
	if err != nil {
		return err
	}
	before, err := measure.CPU(a.PID)
	if err != nil {
		return err
	}
	time.Sleep(idle)
	after, err := measure.CPU(a.PID)
	if err != nil {
		return err
	}
	m, err := measure.MemoryOf(a.PID)
	if err != nil {
		return err
	}
	fmt.Printf("\nidle for %s: %.1f MB resident, %.2f %% of a core\n", idle, mb(m.Resident), 100*(after-before).Seconds()/idle.Seconds())
	return a.Stop()
}

func mb[N int64 | float64](n N) float64 { return float64(n) / 1e6 }
