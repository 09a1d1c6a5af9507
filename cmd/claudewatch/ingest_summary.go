package main

import (
	"encoding/json"
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
	name              string
	total             bool // of all logs
	opened            bool
	fresh, duplicates int64
	resumed           int64 // the offset in the text that an earlier run had read to
	err               error // why it was not read to its end
}

func newIngested(name string) *ingested { return &ingested{Summary: newSummary(), name: name} }

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

func (s *ingested) gather(o *ingested) {
	gather(&s.Summary, o.Summary)
	s.fresh += o.fresh
	s.duplicates += o.duplicates
}

// ingestedText says to people what became of the lines.
func ingestedText(w io.Writer, s *ingested) error {
	if !s.opened && !s.total { // the error says it
		return nil
	}
	fmt.Fprintf(w, "%s: %s, %s, %s", printable(s.name), plural(s.Lines, "line"), plural(s.fresh, "call"), plural(s.duplicates, "duplicate"))
	switch {
	case s.resumed > 0 && s.Lines == 0:
		fmt.Fprint(w, " (read before)")
	case s.resumed > 0:
		fmt.Fprintf(w, " (the first %s were read before)", inBytes(float64(s.resumed)))
	}
	_, err := fmt.Fprintln(w)
	for _, why := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(w, "  skipped %d: %s\n", s.Skipped[why], why)
	}
	for _, why := range slices.Sorted(maps.Keys(s.Rejected)) {
		fmt.Fprintf(w, "  rejected %d: %s: %s\n", s.Rejected[why], why, printable(s.Samples[why]))
	}
	return err
}

// summaryJSON is the summary as programs get it.
type summaryJSON struct {
	File       string            `json:"file,omitempty"`
	Total      bool              `json:"total,omitempty"`
	Lines      int64             `json:"lines"`
	Calls      int64             `json:"calls"`
	Duplicates int64             `json:"duplicates"`
	Skipped    map[string]int64  `json:"skipped"`
	Rejected   map[string]int64  `json:"rejected"`
	Samples    map[string]string `json:"samples,omitempty"` // one detail for each reason of rejection
	ReadBefore int64             `json:"read_before_bytes,omitempty"`
	Error      string            `json:"error,omitempty"`
}

// ingestedJSON writes an object for a log, or for all, in a line.
func ingestedJSON(w io.Writer, s *ingested) error {
	out := summaryJSON{
		File: s.name, Total: s.total, Lines: s.Lines, Calls: s.fresh, Duplicates: s.duplicates,
		Skipped: s.Skipped, Rejected: s.Rejected, Samples: s.Samples, ReadBefore: s.resumed,
	}
	if s.total {
		out.File = ""
	}
	if s.err != nil {
		out.Error = s.err.Error()
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	return nil
}
