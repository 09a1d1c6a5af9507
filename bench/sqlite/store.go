package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

// cost is what a number of calls took.
type cost struct{ wall, cpu time.Duration }

var start = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func open(ctx context.Context, path string) (*store.DB, error) {
	return store.Open(ctx, store.Options{Path: path, Now: func() time.Time { return start }})
}

func newSource(ordered bool) source {
	return source{rnd: rand.New(rand.NewPCG(1, 1)), ordered: ordered} //nolint:gosec // a benchmark wants the same numbers each time
}

// storeCalls returns what the store's commits took, what those of the same calls again after a restart, and how large the database is.
func storeCalls(ctx context.Context, opt options, path string) (first, again cost, size int64, err error) {
	for i, took := range []*cost{&first, &again} {
		db, err := open(ctx, path)
		if err != nil {
			return first, again, 0, err
		}
		src := newSource(opt.ordered)
		for src.n < opt.calls {
			if err := commit(ctx, db, &src, min(opt.batch, opt.calls-src.n), i == 0, took); err != nil {
				return first, again, 0, err
			}
		}
		if err := db.Close(); err != nil {
			return first, again, 0, err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return first, again, 0, err
	}
	return first, again, info.Size(), nil
}

// commit stores the source's next n calls, which must all be new or all be known, and adds to what that took.
func commit(ctx context.Context, db *store.DB, src *source, n int, fresh bool, took *cost) error {
	b := collector.Batch{Source: "bench", Calls: make([]claude.Call, n)}
	for i := range b.Calls {
		b.Calls[i] = src.call(start)
	}
	b.Positions = []collector.Position{{ID: "file", Source: "bench", Path: "/var/log/app.log", Device: 1, Inode: 2, Offset: int64(src.n), Size: int64(src.n)}}
	began, used := time.Now(), cpuTime()
	changes, err := db.Commit(ctx, b)
	if err != nil {
		return err
	}
	took.wall, took.cpu = took.wall+time.Since(began), took.cpu+cpuTime()-used
	for i := range changes {
		if changes[i].New != fresh {
			return fmt.Errorf("call %d is new: %t; want %t", src.n-n+i, changes[i].New, fresh)
		}
	}
	return nil
}

// grow stores calls with random ids into one database and prints the rate of each tenth of them.
func grow(ctx context.Context, out io.Writer, calls, batch int, path string) error {
	db, err := open(ctx, path)
	if err != nil {
		return err
	}
	src := newSource(false)
	for range 10 {
		var took cost
		from := src.n
		for src.n < from+calls/10 {
			if err := commit(ctx, db, &src, batch, true, &took); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(out, "calls %d to %d: %s\n", from, src.n, results{took}.text(src.n-from)); err != nil {
			return err
		}
	}
	return db.Close()
}

// cpuTime returns what the process has used of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
