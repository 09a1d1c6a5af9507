// Command decode measures how much CPU it takes to decode logs and to count what is in them, beside a reference that only splits the
// same file into lines and looks for one word in each. The runs take turns, so that what else the machine does hits all alike: compare
// the ratios of one run, not figures of two. It needs Linux or another Unix for the CPU time.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector/decode"
)

func main() {
	size := flag.Int64("mb", 100, "size of each log in MB")
	runs := flag.Int("runs", 5, "runs; medians are printed")
	flag.Parse()
	if err := bench(os.Stdout, *size*1e6, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

// start is the time of the logs' first line.
var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// task is one thing that is measured on one log.
type task struct {
	name string
	log  string
	run  func(io.Reader) (int, error) // returns how many calls it found
	want int

	cpu    []float64 // seconds per GB, one a run
	allocs []float64 // per call
}

func bench(w io.Writer, size int64, runs int) error {
	dir, err := os.MkdirTemp("", "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	mixed, none := filepath.Join(dir, "mixed.log"), filepath.Join(dir, "none.log")
	calls, err := generate(mixed, size, true)
	if err != nil {
		return err
	}
	if _, err := generate(none, size, false); err != nil {
		return err
	}
	tasks := []*task{
		{name: "reference, mixed", log: mixed, run: reference, want: calls},
		{name: "decode and count, mixed", log: mixed, run: decodeAndCount, want: calls},
		{name: "reference, no call", log: none, run: reference},
		{name: "decode and count, no call", log: none, run: decodeAndCount},
	}
	for range runs {
		for _, t := range tasks {
			if err := t.measure(); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	return report(w, tasks)
}

// generate writes a log, with the lines of calls or without, and returns how many calls it holds.
func generate(path string, size int64, withCalls bool) (calls int, err error) {
	g, err := applog.New(applog.Options{Seed: 1, Start: start, LinesPerSecond: 200})
	if err != nil {
		return 0, err
	}
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriterSize(f, 1<<20)
	var buf []byte
	for n := int64(0); n < size; {
		line, call := g.Append(buf[:0])
		if buf = line; call && !withCalls {
			continue
		}
		if call {
			calls++
		}
		n += int64(len(line))
		if _, err := b.Write(line); err != nil {
			return 0, err
		}
	}
	return calls, b.Flush()
}

// measure runs the task once and keeps what it took.
func (t *task) measure() error {
	f, err := os.Open(t.log)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := cpuTime()
	calls, err := t.run(f)
	spent := cpuTime() - begin
	runtime.ReadMemStats(&after)
	t.cpu = append(t.cpu, spent.Seconds()/float64(info.Size())*1e9)
	t.allocs = append(t.allocs, float64(after.Mallocs-before.Mallocs)/float64(max(1, calls)))
	if err == nil && calls != t.want {
		err = fmt.Errorf("%d calls found; want %d", calls, t.want)
	}
	return err
}

// cpuTime is what the process has used so far, of all its threads.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it only fails for a wrong argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reference is the least that any reader of logs does: it splits lines and looks for one word.
func reference(r io.Reader) (int, error) {
	in, found := bufio.NewReaderSize(r, 256<<10), 0
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		if bytes.Contains(line, []byte("anthropic-organization-id")) {
			found++
		}
	}
}

// key is what the calls are counted by.
type key struct {
	app, model string
	status     int
}

// decodeAndCount decodes the log and adds up the calls and tokens by app, model and status.
func decodeAndCount(r io.Reader) (int, error) {
	d, err := decode.New(decode.Options{Source: "bench"})
	if err != nil {
		return 0, err
	}
	calls, tokens, counts := 0, claude.Tokens{}, map[key]int{}
	_, err = decode.File(context.Background(), r, d, func(found []claude.Call) error {
		for i := range found {
			c := &found[i]
			calls++
			counts[key{c.App, c.Model, c.Status}]++
			tokens.Output += c.Usage.OutputTokens.Or(0)
			tokens.Input += c.Usage.InputTokens.Or(0)
		}
		return nil
	})
	if err == nil && calls > 0 && (tokens.Output == 0 || len(counts) < 2) {
		err = fmt.Errorf("%d calls with %d output tokens of %d kinds; want some", calls, tokens.Output, len(counts))
	}
	return calls, err
}

func report(w io.Writer, tasks []*task) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%-28s %10s %14s %14s %12s\n", "", "CPU s/GB", "MB per CPU s", "x reference", "allocs/call")
	base := 0.0
	for _, t := range tasks {
		cpu, ratio, allocs := median(t.cpu), "", ""
		if strings.HasPrefix(t.name, "reference") {
			base = cpu
		} else {
			ratio = strconv.FormatFloat(cpu/base, 'f', 2, 64)
		}
		if t.name == "decode and count, mixed" {
			allocs = strconv.FormatFloat(median(t.allocs), 'f', 2, 64)
		}
		fmt.Fprintf(&out, "%-28s %10.2f %14.0f %14s %12s\n", t.name, cpu, 1000/cpu, ratio, allocs)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
