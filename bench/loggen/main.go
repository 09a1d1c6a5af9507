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
	"strconv"
	"strings"
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
	n, err := parseSize(*size)
	if err != nil {
		return err
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

// parseSize reads 500MB, 1.5GB, 64kB or a plain number of bytes.
func parseSize(s string) (int64, error) {
	unit := 1.0
	number := s
	for suffix, n := range map[string]float64{"KB": 1e3, "MB": 1e6, "GB": 1e9} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(s), suffix); ok {
			number, unit = rest, n
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n > 0 && n*unit < 1e15) {
		return 0, fmt.Errorf("-size %q: no size, as in 500MB", s)
	}
	return int64(n * unit), nil
}
