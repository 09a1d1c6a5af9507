// Command loggen writes a log of an application that uses Claude, of any size, for benchmarks: 30 % of its lines are calls, the
// rest is what else applications say. The same flags write the same bytes.
//
// Usage: go run ./bench/loggen -size 500MB -o app.log
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "loggen:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("loggen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	size := flags.String("size", "100MB", "`bytes` to write, with kB, MB or GB if you like (powers of 1000)")
	out := flags.String("o", "-", "`file` to write, - for standard output")
	start := flags.String("start", "", "RFC 3339 `time` of the first line (default now)")
	ids := flags.String("ids", "ordered", "request ids, `ordered|random`: in the order of time, as the API's are, or in none")
	seed := flags.Uint64("seed", 1, "seed: the same flags write the same bytes")
	rate := flags.Float64("rate", 200, "`lines` per second of the log's own time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o := applog.Options{Seed: *seed, LinesPerSecond: *rate, RandomIDs: *ids == "random", Start: time.Now()}
	if *ids != "random" && *ids != "ordered" {
		return fmt.Errorf("-ids %q: neither ordered nor random", *ids)
	}
	var err error
	if *start != "" {
		if o.Start, err = time.Parse(time.RFC3339, *start); err != nil {
			return fmt.Errorf("-start: %w", err)
		}
	}
	n, err := applog.ParseSize(*size)
	if err != nil {
		return fmt.Errorf("-size %w", err)
	}
	return write(o, n, *out, stdout, stderr)
}

func write(o applog.Options, size int64, out string, stdout, stderr io.Writer) (err error) {
	g, err := applog.New(o)
	if err != nil {
		return err
	}
	w := stdout
	if out != "-" {
		f, createErr := os.Create(out)
		if createErr != nil {
			return fmt.Errorf("create log: %w", createErr)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		w = f
	}
	b := bufio.NewWriterSize(w, 1<<20)
	began := time.Now()
	s, err := g.Write(b, size)
	if err = errors.Join(err, b.Flush()); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	took := time.Since(began)
	_, err = fmt.Fprintf(stderr, "%d lines, %d of them calls, %.1f MB in %v (%.0f MB/s), last at %s\n",
		s.Lines, s.Calls, float64(s.Bytes)/1e6, took.Round(time.Millisecond), float64(s.Bytes)/1e6/took.Seconds(), s.Last.UTC().Format(time.RFC3339))
	return err
}
