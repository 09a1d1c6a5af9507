// Command torture has the built claudewatch follow a log that is written at 17,000 lines a second and rotated every 300 ms, in every
// way in which followers lose or repeat lines, and prints how many lines were lost and how many were stored more than once.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
	"github.com/claudewatch/claudewatch/bench/torture/writer"
)

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "", "claudewatch to torture; built from this tree if empty")
	flag.IntVar(&o.runs, "runs", 3, "runs of each mode")
	flag.IntVar(&o.rate, "rate", 17_000, "lines a second")
	flag.DurationVar(&o.rotate, "rotate", 300*time.Millisecond, "time between two rotations")
	flag.DurationVar(&o.length, "for", 3*time.Second, "how long each run writes")
	flag.Parse()
	if err := torture(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

type options struct {
	binary     string
	runs, rate int
	rotate     time.Duration
	length     time.Duration
}

// mode is what is done to the log and to its follower.
type mode struct {
	name  string
	log   writer.Mode
	kills bool // the follower is killed and started again all the time
}

// modes are those of the writer, and kills beside the two rotations that are in use everywhere.
func modes() []mode {
	var all []mode
	for _, m := range writer.Modes() {
		all = append(all, mode{string(m), m, false})
	}
	return append(all, mode{"rename, killed", writer.Rename, true}, mode{"copytruncate, killed", writer.CopyTruncate, true})
}

// torture prints a row for each run. Its error is also that lines were lost or doubled.
func torture(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "claudewatch-torture-")
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
	fmt.Println("| mode | run | lines | rotations | kills | lost | doubled |")
	fmt.Println("|---|---|---|---|---|---|---|")
	wrong := 0
	for _, m := range modes() {
		for n := range o.runs {
			t, err := run(ctx, o, m, filepath.Join(dir, fmt.Sprintf("%s-%d", m.log, n)))
			if err != nil {
				return fmt.Errorf("mode %s: %w", m.name, err)
			}
			fmt.Printf("| %s | %d | %d | %d | %d | %d | %d |\n", m.name, n+1, t.written, t.rotations, t.kills, t.lost, t.doubled)
			wrong += t.lost + t.doubled
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d lines lost or doubled", wrong)
	}
	return nil
}
