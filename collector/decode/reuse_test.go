package decode

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// A decoder that took up the state of nothing is as new, whatever it had read before: the webhook uses one for many requests.
func TestRestoreOfNothingIsNew(t *testing.T) {
	files, err := filepath.Glob("testdata/*.log")
	if err != nil || len(files) == 0 {
		t.Fatalf("logs in testdata = %d, %v; want some", len(files), err)
	}
	var lines [][]byte
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, bytes.Split(text, []byte("\n"))...)
	}
	used := reusable(t)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 400 {
		if err := used.Restore(nil); err != nil {
			t.Fatalf("Restore(nil) = %v; want nil", err)
		}
		fresh := reusable(t)
		at, n := random.IntN(len(lines)), 1+random.IntN(30)
		part := lines[at:min(len(lines), at+n)]
		if diff := cmp.Diff(told(fresh, part), told(used, part)); diff != "" {
			t.Fatalf("round %d: a used decoder tells something else of lines %d to %d than a new one (-new +used):\n%s", round, at, at+n, diff)
		}
		for range random.IntN(3) { // what is left open must not matter either
			used.Decode(collector.Line{Text: lines[random.IntN(len(lines))]}, time.Unix(1_800_000_000, 0))
		}
	}
}

func reusable(t *testing.T) *Decoder {
	t.Helper()
	d, err := New(Options{App: "shop", Source: "webhook"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// telling is everything that a decoder tells of some lines.
type telling struct {
	Outcomes []collector.Outcome
	Offset   int64
	State    string
	Flushed  []claude.Call
}

func told(d *Decoder, lines [][]byte) telling {
	var all telling
	now, offset := time.Unix(1_800_000_000, 0), int64(0)
	for _, text := range lines {
		line := collector.Line{Text: bytes.Clone(text), Start: offset, End: offset + int64(len(text)) + 1}
		offset = line.End
		o := d.Decode(line, now)
		o.Calls = slices.Clone(o.Calls) // valid until the next line
		all.Outcomes = append(all.Outcomes, o)
		now = now.Add(time.Millisecond)
	}
	var state []byte
	all.Offset, state = d.Resume()
	all.State = string(state)
	all.Flushed = d.Flush(now, true)
	return all
}
