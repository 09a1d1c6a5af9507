package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/collector/finished"
	"github.com/claudewatch/claudewatch/collector/tail"
)

// readSize is that of the tailer.
const readSize = 256 << 10

// input is what a job works on.
type input struct {
	path  string
	lines int64
}

// counts are calls by "status model".
type counts map[string]int64

// jobs are what the agent does, cut into parts that can be compared. Each runs in a process of its own.
var jobs = map[string]func(context.Context, input) (counts, error){
	"read":   readJob,
	"search": searchJob,
	"count":  countJob,
	"tail":   tailJob,
}

func jobNames() []string { return slices.Sorted(maps.Keys(jobs)) }

func printJob(ctx context.Context, run func(context.Context, input) (counts, error), in input) error {
	n, err := run(ctx, in)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(n)
}

// readJob reads lines: what nothing can be cheaper than.
func readJob(_ context.Context, in input) (counts, error) {
	return counts{}, eachLine(in.path, func([]byte) {})
}

// searchJob looks for one word in each line besides: what a filter costs at least.
func searchJob(_ context.Context, in input) (counts, error) {
	var found int64
	err := eachLine(in.path, func(line []byte) {
		if bytes.Contains(line, []byte("anthropic-ratelimit")) {
			found++
		}
	})
	return counts{"found": found}, err
}

func eachLine(path string, take func([]byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	r := bufio.NewReaderSize(f, readSize)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		take(line)
	}
}

// countJob reads a finished log, decodes it and counts.
func countJob(ctx context.Context, in input) (counts, error) {
	l, err := finished.Open(ctx, finished.Options{Name: in.path})
	if err != nil {
		return nil, err
	}
	defer l.Close() //nolint:errcheck // only read
	d, err := decode.New(decode.Options{Source: in.path})
	if err != nil {
		return nil, err
	}
	n, outcomes, now := tally{}, collector.Counter{}, time.Now()
	for {
		line, err := l.Next()
		if errors.Is(err, io.EOF) {
			n.add(d.Flush(now, true))
			return n.counts(), nil
		}
		if err != nil {
			return nil, err
		}
		o := d.Decode(line, now)
		outcomes.Add(o)
		n.add(o.Calls)
	}
}

// tailJob follows the log as the agent does, into a sink that counts.
func tailJob(ctx context.Context, in input) (counts, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	sink := &countingSink{tally: tally{}, left: in.lines, done: stop}
	t, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: in.path, Globs: []string{in.path}, NewDecoder: func() collector.Decoder {
			d, err := decode.New(decode.Options{Source: in.path})
			if err != nil {
				panic(err) // only for options that are wrong, and these are not
			}
			return d
		}}},
		Sink: sink, Logger: slog.New(slog.DiscardHandler), Notify: true,
	})
	if err != nil {
		return nil, err
	}
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	if sink.left > 0 {
		return nil, fmt.Errorf("%d lines of %s did not come", sink.left, in.path)
	}
	return sink.counts(), nil
}

// countingSink counts calls in place of a store, until all lines have come.
type countingSink struct {
	tally
	left    int64 // lines
	done    func()
	changes []claude.Change
}

// Commit implements collector.Sink.
func (s *countingSink) Commit(_ context.Context, b collector.Batch) ([]claude.Change, error) {
	s.add(b.Calls)
	for _, c := range b.Counts {
		if c.Kind == collector.CountLines {
			s.left -= c.N
		}
	}
	if s.left <= 0 {
		s.done()
	}
	s.changes = slices.Grow(s.changes[:0], len(b.Calls))
	return s.changes[:len(b.Calls)], nil
}

// tally counts calls by what a counter of requests is labelled with.
type tally map[callKind]int64

type callKind struct {
	status int
	model  string
}

func (t tally) add(calls []claude.Call) {
	for i := range calls {
		t[callKind{calls[i].Status, calls[i].Model}]++
	}
}

func (t tally) counts() counts {
	n := counts{}
	for k, v := range t {
		n[fmt.Sprintf("%d %s", k.status, k.model)] = v
	}
	return n
}
