package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/claudewatch/claudewatch/bench/measure"
)

//go:embed calls.mtail
var mtailProgram []byte

// mtail reads the log once and prints its counters.
func mtail(ctx context.Context, c corpus) (counts, measure.Cost, error) {
	progs := filepath.Join(c.dir, "mtail")
	if err := os.MkdirAll(progs, 0o700); err != nil {
		return nil, measure.Cost{}, err
	}
	if err := os.WriteFile(filepath.Join(progs, "calls.mtail"), mtailProgram, 0o600); err != nil {
		return nil, measure.Cost{}, err
	}
	out, cost, err := measure.Run(exec.CommandContext(ctx, "mtail", "-one_shot", "-address", "127.0.0.1", "-port", "0", "-log_dir", c.dir, "-progs", progs, "-logs", c.log))
	if err != nil {
		return nil, cost, err
	}
	n, err := mtailCounts(out)
	return n, cost, err
}

// mtailMetric is a counter in mtail's JSON.
type mtailMetric struct {
	LabelValues []struct {
		Labels []string
		Value  struct{ Value int64 }
	}
}

func mtailCounts(out []byte) (counts, error) {
	var all struct{ Calls []mtailMetric }
	if err := json.Unmarshal(out, &all); err != nil || len(all.Calls) != 1 {
		return nil, fmt.Errorf("read %d counters of mtail: %w", len(all.Calls), err)
	}
	n := counts{}
	for _, v := range all.Calls[0].LabelValues {
		n[v.Labels[0]+" "+v.Labels[1]] = v.Value.Value
	}
	return n, nil
}
