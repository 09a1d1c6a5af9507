package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/claudewatch/claudewatch/bench/torture/writer"
)

// kill is the mode that kills the follower twice while the log is renamed and written anew, and starts it again at once.
const kill writer.Mode = "rename, kill -9"

const (
	warmUp   = 1500 * time.Millisecond // until a follower surely watches: none of them says when
	quiet    = 5 * time.Second         // without a new line a follower is taken to be done
	patience = 30 * time.Second        // for a follower that reads what was written long ago
	look     = 200 * time.Millisecond
)

// follower is a tool at work on app.log in a directory.
type follower interface {
	// start starts it, or starts it again after a kill with what it keeps on disk.
	start(ctx context.Context) error
	// kill kills it as kill -9 does.
	kill(ctx context.Context) error
	// progress is a number that grows while it takes lines.
	progress(ctx context.Context) (int, error)
	// finish ends it and says how often it took each line, by the line's number.
	finish(ctx context.Context) (map[int]int, error)
}

// victim is a tool that is tortured. make prepares it to follow the logs in dir, and to keep what it needs in state.
type victim struct {
	name, needs string
	make        func(logs, state string) (follower, error)
}

func victims(binary string) []victim {
	return []victim{
		{name: "claudewatch", make: func(logs, state string) (follower, error) { return newAgentFollower(binary, logs, state), nil }},
		{name: "OpenTelemetry collector, app.log and app.log.*", make: newOtelcolFollower},
		{name: "mtail", needs: "mtail", make: newMtailFollower},
		{name: "rsyslog, reopenOnTruncate", needs: "rsyslogd", make: newRsyslogFollower},
	}
}

// toll is what became of the lines of one run.
type toll struct{ written, lost, doubled int }

func torture(ctx context.Context, c corpus, runs int) error {
	modes := append(writer.Modes(), kill)
	fmt.Printf("\nlost / doubled lines in per cent, of about 51,000 in 3 s with 9 rotations; the worst of %d runs\n\n| tool |", runs)
	for _, m := range modes {
		fmt.Printf(" %s |", m)
	}
	fmt.Printf("\n|---|---|---|---|---|---|\n")
	for _, v := range victims(filepath.Join(c.dir, "claudewatch")) {
		if _, err := exec.LookPath(v.needs); v.needs != "" && err != nil {
			continue
		}
		fmt.Printf("| %s |", v.name)
		for _, m := range modes {
			worst, err := worstOf(ctx, c, v, m, runs)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", v.name, m, err)
			}
			fmt.Printf(" %s / %s |", percent(worst.lost, worst.written), percent(worst.doubled, worst.written))
		}
		fmt.Println()
	}
	return nil
}

// percent is 0 only for none.
func percent(n, of int) string {
	switch p := 100 * float64(n) / float64(of); {
	case n == 0:
		return "0"
	case p < 0.1:
		return fmt.Sprintf("%d lines", n)
	default:
		return fmt.Sprintf("%.1f", p)
	}
}

func worstOf(ctx context.Context, c corpus, v victim, m writer.Mode, runs int) (worst toll, err error) {
	for range runs {
		t, err := once(ctx, c, v, m)
		if err != nil {
			return worst, err
		}
		fmt.Fprintf(os.Stderr, "%s, %s: %d written, %d lost, %d doubled\n", v.name, m, t.written, t.lost, t.doubled)
		if worst.written == 0 || t.lost+t.doubled > worst.lost+worst.doubled {
			worst = t
		}
	}
	return worst, nil
}

// once has one tool follow one log through one mode.
func once(ctx context.Context, c corpus, v victim, m writer.Mode) (t toll, err error) {
	dir, err := os.MkdirTemp(c.dir, "torture-")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	logs, state := filepath.Join(dir, "logs"), filepath.Join(dir, "state")
	if err := errors.Join(os.Mkdir(logs, 0o700), os.Mkdir(state, 0o700)); err != nil {
		return t, err
	}
	f, err := v.make(logs, state)
	if err != nil {
		return t, err
	}
	if err := f.start(ctx); err != nil {
		return t, err
	}
	time.Sleep(warmUp)
	written, err := write(ctx, logs, m, f)
	err = errors.Join(err, settle(ctx, f, written))
	seen, endErr := f.finish(ctx)
	return tally(written, seen), errors.Join(err, endErr)
}

// write writes the log and kills the follower meanwhile, where the mode wants it.
func write(ctx context.Context, logs string, m writer.Mode, f follower) (int, error) {
	o := writer.Options{Dir: logs, Mode: m, For: 3 * time.Second}
	killed := make(chan error, 1)
	if m == kill {
		o.Mode = writer.Rename
		go func() { killed <- killTwice(ctx, f, o.For) }()
	} else {
		killed <- nil
	}
	r, err := writer.Run(ctx, o)
	return r.Lines, errors.Join(err, <-killed)
}

func killTwice(ctx context.Context, f follower, over time.Duration) error {
	for range 2 {
		time.Sleep(over / 3)
		if err := f.kill(ctx); err != nil {
			return err
		}
		if err := f.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until the follower takes no more.
func settle(ctx context.Context, f follower, written int) error {
	last, since, begin := -1, time.Now(), time.Now()
	for time.Since(begin) < patience && time.Since(since) < quiet {
		n, err := f.progress(ctx)
		if err != nil {
			return err
		}
		if n != last {
			last, since = n, time.Now()
		}
		time.Sleep(look)
	}
	if last == 0 && written > 0 {
		return errors.New("not one line was taken: it does not run as it should")
	}
	return nil
}

// tally compares what was taken with the numbers from 1 to written.
func tally(written int, seen map[int]int) toll {
	t := toll{written: written}
	for n := 1; n <= written; n++ {
		if seen[n] == 0 {
			t.lost++
		}
	}
	for _, times := range seen {
		t.doubled += max(0, times-1)
	}
	return t
}
