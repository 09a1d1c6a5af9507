// Command peers has claudewatch and other log followers do the same job on the same file in one run: read a mixed log, parse it and
// count the calls by status and model. Then it tortures them with rotations and kills. Whatever is not installed is left out and named.
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
	"strings"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/bench/measure"
)

func main() {
	var o options
	flag.StringVar(&o.size, "size", "200MB", "size of the generated log")
	flag.IntVar(&o.runs, "runs", 5, "rounds of claudewatch; medians are printed")
	flag.IntVar(&o.peerRuns, "peer-runs", 3, "rounds of the others, at most -runs")
	flag.StringVar(&o.parts, "parts", "cost,torture", "what to measure, some of `cost,torture`")
	flag.IntVar(&o.tortures, "torture-runs", 3, "runs of each torture; the worst is printed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // what was started ends with it
	err := run(ctx, o, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

type options struct {
	size, parts              string
	runs, peerRuns, tortures int
}

// corpus is the log that all read, and where each may keep what it needs.
type corpus struct {
	dir, log string
	applog.Stats
}

// run does one peer's part where it is told to: the collector is a library and gets a process of its own.
func run(ctx context.Context, o options, args []string) error {
	if len(args) == 3 && args[0] == "otelcol" {
		return otelcolJob(ctx, args[1], args[2])
	}
	if len(args) == 3 && args[0] == "otelcol-follow" {
		return otelcolFollow(ctx, args[1], args[2])
	}
	if len(args) > 0 {
		return fmt.Errorf("%q: no such job", args)
	}
	return compare(ctx, o)
}

func compare(ctx context.Context, o options) (err error) {
	if o.runs < 1 || o.peerRuns < 1 || o.tortures < 1 {
		return fmt.Errorf("-runs %d, -peer-runs %d, -torture-runs %d: less than one", o.runs, o.peerRuns, o.tortures)
	}
	parts := strings.Split(o.parts, ",")
	var c corpus
	if c.dir, err = os.MkdirTemp("", "claudewatch-peers-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.dir)) }()
	for pkg, name := range map[string]string{"./cmd/claudewatch": "claudewatch", "./bench/intake": "intake"} {
		if err := measure.Build(ctx, pkg, filepath.Join(c.dir, name)); err != nil {
			return err
		}
	}
	for _, p := range parts {
		switch p {
		case "cost":
			err = costs(ctx, c, o)
		case "torture":
			err = torture(ctx, c, o.tortures)
		default:
			err = fmt.Errorf("-parts %q: neither cost nor torture", p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// costs has all read the same log.
func costs(ctx context.Context, c corpus, o options) error {
	size, err := applog.ParseSize(o.size)
	if err != nil {
		return fmt.Errorf("-size %w", err)
	}
	c.log = filepath.Join(c.dir, "app.log")
	if c.Stats, err = generate(c.log, size); err != nil {
		return err
	}
	ours := []tool{{name: "claudewatch", does: "count", run: count}, {name: "claudewatch", does: "count and store", run: countAndStore}}
	rows, err := rounds(ctx, c, o, append(ours, others()...))
	if err != nil {
		return err
	}
	printTable(c, rows, len(ours))
	return nil
}

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
