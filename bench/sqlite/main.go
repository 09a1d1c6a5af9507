// Command sqlite measures how fast the store commits calls against a C program that writes the same rows, keys, sums and
// position into the same schema in the same transactions. The two take turns; what matters is the ratio of one run. It then commits
// the same calls again, which the store must find to be known.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
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
	flags.IntVar(&opt.calls, "calls", 100_000, "calls of a round")
	flags.IntVar(&opt.batch, "batch", 1000, "calls of a transaction")
	flags.IntVar(&opt.rounds, "rounds", 5, "rounds for each shape of ids")
	source := flags.String("source", "bench/sqlite/ceiling/ceiling.c", "the C program")
	program := flags.String("program", "", "the C program compiled earlier, or where to keep it")
	migrations := flags.String("migrations", "store/migrations", "the store's migrations")
	growth := flags.Int("growth", 0, "store so many calls instead, and print the rate of each tenth")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system cleans up too
	if *growth > 0 {
		return grow(ctx, out, *growth, opt.batch, filepath.Join(dir, "store.db"))
	}
	if *program == "" {
		*program = filepath.Join(dir, "ceiling")
	}
	if _, err := os.Stat(*program); os.IsNotExist(err) {
		if err := compile(ctx, *source, dir, *program); err != nil {
			return err
		}
	}
	schema := filepath.Join(dir, "schema.sql")
	if err := join(*migrations, schema); err != nil {
		return err
	}
	for _, opt.ordered = range []bool{true, false} {
		if err := compare(ctx, out, opt, []string{*program, schema}, dir); err != nil {
			return err
		}
	}
	return nil
}

// join writes all migrations into one file.
func join(dir, to string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.sql")) // sorted by name
	if err != nil {
		return err
	}
	var all bytes.Buffer
	for _, name := range files {
		text, err := os.ReadFile(name) //nolint:gosec // named by who runs the benchmark
		if err != nil {
			return err
		}
		all.Write(text)
	}
	return os.WriteFile(to, all.Bytes(), 0o600)
}

// compare lets the store and the C program take turns and prints the medians.
func compare(ctx context.Context, out io.Writer, opt options, program []string, dir string) error {
	var ours, theirs, again results
	var wall, cpu []float64
	var bytes int64
	from, to := filepath.Join(dir, "store.db"), filepath.Join(dir, "ceiling.db")
	for range opt.rounds {
		s, known, size, err := storeCalls(ctx, opt, from)
		if err != nil {
			return err
		}
		c, err := ceiling(ctx, append(slices.Clone(program), from, to, strconv.Itoa(opt.batch)))
		if err != nil {
			return err
		}
		bytes = size
		ours, theirs, again = append(ours, s), append(theirs, c), append(again, known)
		wall, cpu = append(wall, float64(c.wall)/float64(s.wall)), append(cpu, float64(c.cpu)/float64(s.cpu))
		if err := clean(from, to); err != nil {
			return err
		}
	}
	n := opt.calls
	_, err := fmt.Fprintf(out, `ordered=%t: store %s, C %s; of C's speed %.2f by the clock, %.2f by CPU; %d B/call
ordered=%t: the same calls again: store %s
`, opt.ordered, ours.text(n), theirs.text(n), median(wall), median(cpu), bytes/int64(n), opt.ordered, again.text(n))
	return err
}

// results are the costs of some rounds.
type results []cost

// text gives the medians for a number of calls.
func (r results) text(calls int) string {
	var rate, cpu []float64
	for _, c := range r {
		rate, cpu = append(rate, float64(calls)/c.wall.Seconds()), append(cpu, float64(c.cpu)/float64(time.Microsecond)/float64(calls))
	}
	return fmt.Sprintf("%.0f calls/s (%.1f us CPU each)", median(rate), median(cpu))
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
