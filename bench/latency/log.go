package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/store"
)

// log is a log file whose every line is a call, with the times at which they were written.
type log struct {
	file  *os.File
	lines *applog.Generator
	line  []byte

	mu      sync.Mutex // protects the one below
	written []time.Time
}

func newLog(path string) (*log, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	const perSecond = 20_000
	g, err := applog.New(applog.Options{Seed: 1, Start: time.Now().Add(-time.Minute), LinesPerSecond: perSecond})
	if err != nil {
		return nil, err
	}
	return &log{file: f, lines: g}, nil
}

// append writes the next call. Its time is that of the beginning of the write: the agent may be quicker than the end of it.
func (l *log) append() error {
	for call := false; !call; {
		l.line, call = l.lines.Append(l.line[:0])
	}
	now := time.Now()
	l.mu.Lock()
	l.written = append(l.written, now)
	l.mu.Unlock()
	_, err := l.file.Write(l.line)
	return err
}

// pace writes so many lines a second, each with a write of its own. What it is late with it makes up for.
func (l *log) pace(ctx context.Context, rate int, d time.Duration) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	for n := 0; n < int(float64(rate)*d.Seconds()); {
		for due := int(min(time.Since(begin), d).Seconds() * float64(rate)); n < due; n++ {
			if err := l.append(); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// trickle writes single lines at random moments.
func (l *log) trickle(ctx context.Context, n int) error {
	for range n {
		select {
		case <-time.After(between(50*time.Millisecond, 350*time.Millisecond)):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := l.append(); err != nil {
			return err
		}
	}
	return nil
}

// patience bounds the wait for the last lines.
const patience = time.Minute

// observe writes and watches the database beside, a look each millisecond: one file's calls are stored in its order, so their number
// says which of them are there.
func (l *log) observe(ctx context.Context, path string, write func(context.Context, *log) error) ([]time.Duration, error) {
	db, err := store.Open(ctx, store.Options{Path: path, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close() //nolint:errcheck // it was only read
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wrote := make(chan error, 1)
	go func() { wrote <- write(ctx, l) }()
	var took []time.Duration
	var end <-chan time.Time
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for done := false; ; {
		seen, err := stored(ctx, db)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		l.mu.Lock()
		for len(took) < min(seen, len(l.written)) {
			took = append(took, now.Sub(l.written[len(took)]))
		}
		missing := len(l.written) - len(took)
		l.mu.Unlock()
		if done && missing == 0 {
			return took, nil
		}
		select {
		case <-tick.C:
		case err := <-wrote:
			if err != nil {
				return nil, err
			}
			done, end, wrote = true, time.After(patience), nil
		case <-end:
			return nil, fmt.Errorf("%d of %d lines are not in the database after %s", missing, len(l.written), patience)
		}
	}
}

// stored is how many calls a reader of the database sees.
func stored(ctx context.Context, db *store.DB) (int, error) {
	sources, err := db.Sources(ctx)
	n := 0
	for _, s := range sources {
		n += int(s.Calls)
	}
	return n, err
}
