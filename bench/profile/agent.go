package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
	"github.com/claudewatch/claudewatch/bench/measure"
)

// build builds the agent with the recorder in it, and without the profile of before, which would colour the new one.
func build(ctx context.Context, dir string) (string, error) {
	added, overlay, agent := filepath.Join(dir, "recorder.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "claudewatch")
	if err := os.WriteFile(added, recorder, 0o600); err != nil {
		return "", err
	}
	here, err := filepath.Abs(filepath.Join(command, "recorder.go"))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {here: added}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return "", err
	}
	return agent, measure.Build(ctx, "./"+command, agent, "-pgo", "off", "-overlay", overlay)
}

func writeLog(path string, size int64) (lines int64, err error) {
	g, err := applog.New(applog.Options{Seed: 1, LinesPerSecond: 200, Start: time.Now()})
	if err != nil {
		return 0, err
	}
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	s, err := g.Write(b, size)
	return s.Lines, errors.Join(err, b.Flush(), f.Close())
}

// follow lets an agent with an empty database follow the log and then take calls over HTTP, and records what it does.
func follow(ctx context.Context, agent, log, out string, lines int64) error {
	if err := os.Setenv("CLAUDEWATCH_PROFILE", out); err != nil {
		return err
	}
	a, err := measure.Launch(ctx, agent, "--db", out+".db", "--tail", log)
	if err != nil {
		return err
	}
	_, _, err = a.Follow(ctx, lines, time.Now(), time.Second/4)
	if err == nil {
		err = post(ctx, a.URL)
	}
	if err == nil {
		err = errors.Join(syscall.Kill(a.PID, syscall.SIGUSR1), wait(ctx, out))
	}
	return errors.Join(err, a.Stop())
}

// wait waits until the agent has written a file.
func wait(ctx context.Context, path string) error {
	tick := time.NewTicker(time.Second / 20)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
