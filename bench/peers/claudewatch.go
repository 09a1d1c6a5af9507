package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// count follows and decodes with the agent's own parts and counts in place of storing.
func count(ctx context.Context, c corpus) (counts, measure.Cost, error) {
	out, cost, err := measure.Run(exec.CommandContext(ctx, filepath.Join(c.dir, "intake"), "-job", "tail", "-file", c.log, "-lines", fmt.Sprint(c.Lines)))
	if err != nil {
		return nil, cost, err
	}
	var n counts
	err = json.Unmarshal(out, &n)
	return n, cost, err
}

// requests are the series of claude_requests_total, whose labels stand in the order of the alphabet.
var requests = regexp.MustCompile(`(?m)^claude_requests_total\{.*model="([^"]*)".*status="([^"]*)".*\} (\S+)$`)

// countAndStore runs the agent as it is: it follows, decodes, stores, and keeps its metrics and alerts.
func countAndStore(ctx context.Context, c corpus) (counts, measure.Cost, error) {
	begin := time.Now()
	db := filepath.Join(c.dir, fmt.Sprintf("calls%d.db", begin.UnixNano()))
	a, err := measure.Launch(ctx, filepath.Join(c.dir, "claudewatch"), "--db", db, "--tail", c.log, "--live-window", "24h")
	if err != nil {
		return nil, measure.Cost{}, err
	}
	text, cost, err := a.Follow(ctx, c.Lines, begin, 250*time.Millisecond)
	if err != nil {
		return nil, cost, err
	}
	n := counts{}
	for _, m := range requests.FindAllStringSubmatch(text, -1) {
		v, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, cost, err
		}
		n[m[2]+" "+m[1]] += int64(v)
	}
	return n, cost, a.Stop()
}
