// Command report measures reports over a large store: it fills one with the calls of three months and then asks every form of report,
// the status, and how fast the store still takes calls.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

type options struct {
	calls, days, batch, runs int
	database                 string
}

func main() {
	var o options
	flag.IntVar(&o.calls, "calls", 1_000_000, "how many calls the store holds")
	flag.IntVar(&o.days, "days", 90, "over how many days they are spread")
	flag.IntVar(&o.batch, "batch", 2000, "calls in a commit")
	flag.IntVar(&o.runs, "runs", 5, "how often each query runs; the median counts")
	flag.StringVar(&o.database, "db", "", "keep the database here, and use it again when it is there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1) //nolint:gocritic // stop has nothing left to do
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	dir, err := os.MkdirTemp("", "bench-report-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // scratch files
	if o.database == "" {
		o.database = filepath.Join(dir, "calls.db")
	}
	now := time.Now()
	db, err := store.Open(ctx, store.Options{Path: o.database})
	if err != nil {
		return err
	}
	if err := fill(ctx, out, db, o, now); err != nil {
		return err
	}
	fmt.Fprintf(out, "database: %.0f MB, %.0f bytes a call\n\n", float64(db.Bytes())/1e6, float64(db.Bytes())/float64(o.calls))
	if err := ask(ctx, out, db, o.runs, now); err != nil {
		return err
	}
	if err := status(ctx, out, dir, o); err != nil {
		return err
	}
	if err := intake(ctx, out, db, dir, o, now); err != nil {
		return err
	}
	return db.Close()
}

// fill makes the calls, unless the database has them already.
func fill(ctx context.Context, out io.Writer, db *store.DB, o options, now time.Time) error {
	have, err := db.Calls(ctx)
	if err != nil || have > 0 {
		return err
	}
	src, err := newSource(now.AddDate(0, 0, -o.days), now, o.calls)
	if err != nil {
		return err
	}
	began := time.Now()
	for src.n < o.calls {
		if err := commit(ctx, db, src, min(o.batch, o.calls-src.n)); err != nil {
			return err
		}
	}
	took := time.Since(began)
	fmt.Fprintf(out, "stored %d calls in %.0f s, %.0f a second\n", o.calls, took.Seconds(), float64(o.calls)/took.Seconds())
	return nil
}

func commit(ctx context.Context, db *store.DB, src *source, n int) error {
	b := collector.Batch{Source: "bench"}
	for range n {
		b.Calls = append(b.Calls, src.call())
	}
	_, err := db.Commit(ctx, b)
	return err
}

// intake commits to the full store and to an empty one in turns, so that both have the same neighbours, and compares.
func intake(ctx context.Context, out io.Writer, full *store.DB, dir string, o options, now time.Time) error {
	empty, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "empty.db")})
	if err != nil {
		return err
	}
	defer empty.Close() //nolint:errcheck // of no use after this
	var took [2]time.Duration
	stores := [2]*store.DB{full, empty}
	const batches = 60
	for i := range batches {
		for j, db := range stores {
			b := collector.Batch{Source: "bench"}
			from := now.Add(time.Duration(i-2*batches) * time.Minute) // the status that a later run asks for is of other minutes
			src, err := newSource(from, from.Add(time.Minute), o.batch)
			if err != nil {
				return err
			}
			for range o.batch {
				c := src.call()
				c.RequestID, c.MessageID = fmt.Sprint("req_", i, "_", src.n, "_", now.UnixNano()), ""
				b.Calls = append(b.Calls, c)
			}
			began := time.Now()
			if _, err := db.Commit(ctx, b); err != nil {
				return err
			}
			took[j] += time.Since(began)
		}
	}
	calls := float64(batches * o.batch)
	_, err = fmt.Fprintf(out, "intake: %.0f calls/s into this store, %.0f into an empty one: %.2f of it\n",
		calls/took[0].Seconds(), calls/took[1].Seconds(), took[1].Seconds()/took[0].Seconds())
	return err
}

// status runs the command as a user would.
func status(ctx context.Context, out io.Writer, dir string, o options) error {
	program := filepath.Join(dir, "claudewatch")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/claudewatch").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, text)
	}
	for _, args := range [][]string{{"version"}, {"status", "--db", o.database}, {"report", "--db", o.database}, {"report", "--db", o.database, "--advice"}} {
		var all []time.Duration
		for range o.runs {
			began := time.Now()
			if text, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
				return fmt.Errorf("%v: %w: %s", args, err, text)
			}
			all = append(all, time.Since(began))
		}
		name := args[0]
		if len(args) > 3 {
			name += " " + args[3]
		}
		fmt.Fprintf(out, "%-42s %9s %9.1f  the process and all\n", "claudewatch "+name, "", milliseconds(all))
	}
	return nil
}
