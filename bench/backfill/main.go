// Command backfill measures how fast finished logs are ingested: the generated log of an application and the same without its calls,
// plain, gzip and Zstandard, each into a database of its own by the built program. It prints medians.
//
// Usage: go run ./bench/backfill -size 300MB -runs 3
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/bench/measure"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "backfill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("backfill", flag.ContinueOnError)
	size := flags.String("size", "300MB", "`bytes` of each log before compression")
	runs := flags.Int("runs", 3, "`times` that each log is ingested")
	if err := flags.Parse(args); err != nil {
		return err
	}
	n, err := applog.ParseSize(*size)
	if err != nil {
		return fmt.Errorf("-size %w", err)
	}
	dir, err := os.MkdirTemp("", "claudewatch-backfill-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := backfill{dir: dir, binary: filepath.Join(dir, "claudewatch"), size: n, runs: *runs}
	if err := measure.Build(ctx, "./cmd/claudewatch", b.binary); err != nil {
		return err
	}
	fmt.Printf("%-10s %-6s %9s %9s %8s %9s %9s %8s\n", "log", "form", "MB on disk", "MB/s", "calls/s", "wall s", "CPU s", "peak MB")
	for _, kind := range []string{"app", "other"} {
		if err := b.kind(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

type backfill struct {
	dir, binary string
	size        int64
	runs        int
}

// kind measures one kind of log in all its forms.
func (b *backfill) kind(ctx context.Context, kind string) error {
	plain := filepath.Join(b.dir, kind+".log")
	if err := generate(plain, b.size, kind == "app"); err != nil {
		return err
	}
	for _, form := range []struct {
		name string
		pack []string // the command that makes the form from the plain log
	}{{"plain", nil}, {"gz", []string{"gzip", "-k"}}, {"zst", []string{"zstd", "-q", "-k"}}} {
		path := plain
		if form.pack != nil {
			if _, err := exec.LookPath(form.pack[0]); err != nil {
				fmt.Printf("%-10s %-6s not measured: there is no %s\n", kind, form.name, form.pack[0])
				continue
			}
			if out, err := exec.CommandContext(ctx, form.pack[0], append(form.pack[1:], plain)...).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", form.pack[0], err, out)
			}
			path += "." + form.name
		}
		if err := b.form(ctx, kind, form.name, path); err != nil {
			return err
		}
	}
	return nil
}

// ingested is what a run found.
type ingested struct {
	measure.Cost
	calls int64
}

// form ingests one file some times and prints the median.
func (b *backfill) form(ctx context.Context, kind, form, path string) error {
	var all []ingested
	for i := range b.runs {
		db := filepath.Join(b.dir, fmt.Sprintf("%s-%s-%d.db", kind, form, i))
		out, cost, err := measure.Run(exec.CommandContext(ctx, b.binary, "ingest", "--output", "json", "--db", db, path))
		if err != nil {
			return err
		}
		var sum struct {
			Calls int64 `json:"calls"`
		}
		if err := json.Unmarshal(out, &sum); err != nil {
			return fmt.Errorf("summary %q: %w", out, err)
		}
		all = append(all, ingested{cost, sum.Calls})
		if err := os.Remove(db); err != nil {
			return err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	wall := measure.Median(all, func(r ingested) float64 { return r.Wall.Seconds() })
	cpu := measure.Median(all, func(r ingested) float64 { return r.CPU.Seconds() })
	peak := measure.Median(all, func(r ingested) float64 { return float64(r.Peak) })
	fmt.Printf("%-10s %-6s %9.1f %9.0f %8.0f %9.2f %9.2f %8.1f\n",
		kind, form, float64(info.Size())/1e6, float64(b.size)/1e6/wall, float64(all[0].calls)/wall, wall, cpu, peak/1e6)
	return nil
}
