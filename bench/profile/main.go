// Command profile writes the profile by which Go builds the agent: what it does most while it follows a log and takes calls over HTTP is
// inlined and laid out for that. It is worth writing anew after large changes; Go ignores what it no longer finds in the code.
//
// Usage: go run ./bench/profile
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
)

// recorder is built into the agent as one more file. No program of ours has it otherwise.
//
//go:embed recorder.go.txt
var recorder []byte

const (
	command = "cmd/claudewatch"
	profile = command + "/default.pgo"
)

type options struct {
	size int64
	runs int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := options{}
	size := flag.String("size", "300MB", "`bytes` of the log")
	flag.IntVar(&o.runs, "runs", 3, "how often it is followed")
	flag.Parse()
	var err error
	if o.size, err = applog.ParseSize(*size); err == nil {
		err = write(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// write makes the profile, which replaces the one before.
func write(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "claudewatch-profile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	agent, err := build(ctx, dir)
	if err != nil {
		return err
	}
	log := filepath.Join(dir, "app.log")
	lines, err := writeLog(log, o.size)
	if err != nil {
		return err
	}
	args := []string{"tool", "pprof", "-proto", "-output", profile}
	for i := range o.runs {
		out := filepath.Join(dir, fmt.Sprintf("%d.pprof", i))
		if err := follow(ctx, agent, log, out, lines); err != nil {
			return err
		}
		args = append(args, out)
	}
	if text, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("merge profiles: %w: %s", err, text)
	}
	return nil
}
