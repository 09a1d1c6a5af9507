package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// counts are calls by "status model".
type counts map[string]int64

func (n counts) total() (sum int64) {
	for _, v := range n {
		sum += v
	}
	return sum
}

// tool is one that reads the log, in a process of its own, and says what it counted and what that cost.
type tool struct {
	name, does string
	needs      string // a program; "" for none
	run        func(context.Context, corpus) (counts, measure.Cost, error)
}

func others() []tool {
	return []tool{
		{name: "OpenTelemetry collector, filelog + json_parser", does: "count", run: otelcol},
		{name: "mtail, one regular expression", does: "count", needs: "mtail", run: mtail},
		{name: "rsyslog, imfile + mmjsonparse", does: "count", needs: "rsyslogd", run: rsyslog},
	}
}

// row is a tool with its runs. counted is what it counted last, or the first count that differed from the reference.
type row struct {
	tool
	runs    []measure.Cost
	counted counts
	absent  bool
}

// rounds has each tool read the log in turns. The first tool's counts are what the others are held to.
func rounds(ctx context.Context, c corpus, o options, tools []tool) ([]*row, error) {
	var rows []*row
	for _, t := range tools {
		r := &row{tool: t}
		if t.needs != "" {
			_, err := exec.LookPath(t.needs)
			r.absent = err != nil
		}
		rows = append(rows, r)
	}
	for i := range o.runs {
		for _, r := range rows {
			if r.absent || i >= o.peerRuns && r.name != tools[0].name {
				continue
			}
			n, cost, err := r.run(ctx, c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			fmt.Fprintf(os.Stderr, "%s, %s: %.2f CPU s, %.2f s\n", r.name, r.does, cost.CPU.Seconds(), cost.Wall.Seconds())
			r.runs = append(r.runs, cost)
			if r.counted == nil || maps.Equal(r.counted, rows[0].counted) {
				r.counted = n
			}
		}
	}
	return rows, nil
}
