package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector/decode"
)

// ingested is what became of one log, or of all: only what is stored counts.
type ingested struct {
	decode.Summary
	opened            bool
	fresh, duplicates int64
	resumed           int64 // the offset in the text that an earlier run had read to
}

func newIngested() ingested { return ingested{Summary: newSummary()} }

func (s *ingested) add(changes []claude.Change) {
	for i := range changes {
		if changes[i].New {
			s.fresh++
		} else {
			s.duplicates++
		}
	}
}

func (s *ingested) lines(sum decode.Summary) { gather(&s.Summary, sum) }

func (s *ingested) gather(o ingested) {
	gather(&s.Summary, o.Summary)
	s.fresh += o.fresh
	s.duplicates += o.duplicates
}

// print says what became of the lines.
func (s *ingested) print(w io.Writer, name string) {
	fmt.Fprintf(w, "%s: %s, %s, %s", printable(name), plural(s.Lines, "line"), plural(s.fresh, "call"), plural(s.duplicates, "duplicate"))
	switch {
	case s.resumed > 0 && s.Lines == 0:
		fmt.Fprint(w, " (read before)")
	case s.resumed > 0:
		fmt.Fprintf(w, " (the first %s were read before)", inBytes(float64(s.resumed)))
	}
	fmt.Fprintln(w)
	for _, why := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(w, "  skipped %d: %s\n", s.Skipped[why], why)
	}
	for _, why := range slices.Sorted(maps.Keys(s.Rejected)) {
		fmt.Fprintf(w, "  rejected %d: %s: %s\n", s.Rejected[why], why, printable(s.Samples[why]))
	}
}
