package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
)

// Bounds of what is told of lines that gave no call.
const (
	maxRanges   = 20 // of line numbers, of one reason
	maxRejected = 100
)

// fates is what became of a log's lines.
type fates struct {
	lines    int64
	formats  map[int64]string // of the lines that a format knew
	skipped  map[string]*lineRanges
	rejected []rejectedLine
	more     int64 // rejected lines that are not listed
}

// rejectedLine is a line that looked like a call and could not be read.
type rejectedLine struct {
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// newFates makes the decoder tell what becomes of each line, if that is to be explained.
func newFates(o *decode.Options, explain bool) *fates {
	f := &fates{formats: map[int64]string{}, skipped: map[string]*lineRanges{}}
	if explain {
		o.Observe = f.observe
	}
	return f
}

func (f *fates) observe(line int64, o collector.Outcome) {
	f.lines = line
	if o.Format != "" {
		f.formats[line] = o.Format
	}
	switch {
	case o.Skipped != "":
		if f.skipped[o.Skipped] == nil {
			f.skipped[o.Skipped] = &lineRanges{}
		}
		f.skipped[o.Skipped].add(line)
	case o.Rejected != "" && len(f.rejected) == maxRejected:
		f.more++
	case o.Rejected != "":
		f.rejected = append(f.rejected, rejectedLine{line, o.Rejected, o.Detail})
	}
}

// reasons are why lines were skipped, in order.
func (f *fates) reasons() []string { return slices.Sorted(maps.Keys(f.skipped)) }

// lineRanges are numbers of lines, those that follow one another together.
type lineRanges struct {
	Count  int64      `json:"count"`
	Ranges [][2]int64 `json:"lines"` // the first of them: first and last line of each
}

func (r *lineRanges) add(line int64) {
	r.Count++
	if n := len(r.Ranges); n > 0 && r.Ranges[n-1][1] == line-1 {
		r.Ranges[n-1][1] = line
	} else if n < maxRanges {
		r.Ranges = append(r.Ranges, [2]int64{line, line})
	}
}

// String lists the lines: 1-7, 9 and 31 more.
func (r *lineRanges) String() string {
	var parts []string
	listed := int64(0)
	for _, p := range r.Ranges {
		listed += p[1] - p[0] + 1
		if p[0] == p[1] {
			parts = append(parts, fmt.Sprint(p[0]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", p[0], p[1]))
		}
	}
	text := strings.Join(parts, ", ")
	if rest := r.Count - listed; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}
