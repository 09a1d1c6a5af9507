package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
	"github.com/claudewatch/claudewatch/bench/torture/writer"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

const (
	look     = 100 * time.Millisecond
	quiet    = 5 * time.Second  // without a new line everything is taken to be stored
	longest  = 60 * time.Second // that a run may take after the writer's end
	lifetime = 700              // milliseconds that an agent lives at most before it is killed
)

// toll is what became of the lines of one run.
type toll struct{ written, rotations, kills, lost, doubled int }

// victim is the agent under torture.
type victim struct {
	binary string
	args   []string
	agent  *measure.Agent
}

func (v *victim) start(ctx context.Context) (err error) {
	v.agent, err = measure.Launch(ctx, v.binary, v.args...)
	return err
}

// run tortures one agent on a new log and database in dir.
func run(ctx context.Context, o options, m mode, dir string) (t toll, err error) {
	if m.kills {
		dir += "-killed"
	}
	logs, db := filepath.Join(dir, "logs"), filepath.Join(dir, "claudewatch.db")
	if err := os.MkdirAll(logs, 0o755); err != nil { //nolint:gosec // a directory of logs
		return t, err
	}
	v := &victim{binary: o.binary, args: []string{"--db", db, "--tail", filepath.Join(logs, writer.Name+"*")}}
	if err := v.start(ctx); err != nil {
		return t, err
	}
	type written struct {
		writer.Result
		err error
	}
	done := make(chan written, 1)
	go func() {
		r, err := writer.Run(ctx, writer.Options{Dir: logs, Mode: m.log, Rate: o.rate, For: o.length, Rotate: o.rotate})
		done <- written{r, err}
	}()
	var end written
	for over := false; !over; {
		kill := time.NewTimer(time.Duration(100+rand.IntN(lifetime)) * time.Millisecond) //nolint:gosec // any moment will do
		select {
		case end = <-done:
			over = true
		case <-kill.C:
			if m.kills {
				t.kills++
				if err := v.restart(ctx); err != nil {
					return t, err
				}
			}
		}
		kill.Stop()
	}
	if end.err != nil {
		return t, end.err
	}
	t.written, t.rotations = end.Lines, end.Rotations
	if err := v.rest(ctx, t.written); err != nil {
		return t, err
	}
	if err := v.agent.Stop(); err != nil {
		return t, err
	}
	return t, t.count(ctx, db)
}

func (v *victim) restart(ctx context.Context) error {
	if err := v.agent.Kill(); err != nil {
		return err
	}
	return v.start(ctx)
}

// rest waits until the agent has all lines and would have had the time to take one twice, or until nothing more comes.
func (v *victim) rest(ctx context.Context, lines int) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	begin, grew, had := time.Now(), time.Now(), -1.0
	for time.Since(begin) < longest {
		text, err := v.agent.Metrics(ctx)
		if err != nil {
			return err
		}
		calls := measure.Sum(text, "claude_requests_total")
		if calls != had {
			had, grew = calls, time.Now()
		}
		if wait := time.Since(grew); wait > quiet || int(calls) >= lines && wait > time.Second {
			return nil
		}
		<-tick.C
	}
	return fmt.Errorf("the agent still reads %s after the end", longest)
}

// count looks up in the database how often each line was stored.
func (t *toll) count(ctx context.Context, path string) error {
	db, err := store.Open(ctx, store.Options{Path: path, ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // only read
	times := map[string]int{}
	err = db.Recent(ctx, time.Unix(0, 0), func(c claude.Call) error {
		times[c.User]++
		return nil
	})
	for n := 1; n <= t.written; n++ {
		switch had := times[fmt.Sprintf("u-%d", n)]; {
		case had == 0:
			t.lost++
		case had > 1:
			t.doubled += had - 1
		}
	}
	return err
}
