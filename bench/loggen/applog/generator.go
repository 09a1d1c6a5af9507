// Package applog writes the log of an application that uses Claude, fast and without end: what benchmarks read.
package applog

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Options say what the log is like. The same options give the same bytes.
type Options struct {
	Seed           uint64
	Start          time.Time // of the first line
	LinesPerSecond float64   // of the log's own time
	RandomIDs      bool      // request ids in random order instead of the order of time
}

// Stats say what was written.
type Stats struct {
	Lines, Calls, Bytes int64
	Last                time.Time // of the last line
}

// callsPerMille is the part of the lines that are Claude calls.
const callsPerMille = 300

// Generator makes one line after the other. It is for one goroutine.
type Generator struct {
	rng    *rand.Rand
	gap    time.Duration // mean time between lines
	now    time.Time
	second int64  // that date is of
	date   []byte // HTTP date of that second
	random bool
	serial uint64 // of the calls
	left   [3]float64
}

// New returns a generator at its start.
func New(o Options) (*Generator, error) {
	if o.Start.IsZero() || o.Start.Year() < 2000 || o.Start.Year() > 2199 {
		return nil, fmt.Errorf("start %v: out of range 2000 to 2199", o.Start)
	}
	if !(o.LinesPerSecond > 0 && o.LinesPerSecond <= 1e6) {
		return nil, fmt.Errorf("lines per second %g: out of range 0 to 1e6", o.LinesPerSecond)
	}
	return &Generator{
		rng: rand.New(rand.NewPCG(o.Seed, 0x106)), gap: time.Duration(float64(time.Second) / o.LinesPerSecond), now: o.Start.UTC(),
		random: o.RandomIDs, left: [3]float64{0.7, 0.6, 0.8},
	}, nil
}

// Append appends the next line and says whether it is a call.
func (g *Generator) Append(buf []byte) (line []byte, call bool) {
	g.now = g.now.Add(time.Duration(g.rng.Uint64N(2 * uint64(max(1, g.gap)))))
	if g.rng.Uint32N(1000) < callsPerMille {
		return g.appendCall(buf), true
	}
	return g.appendOther(buf), false
}

// Write writes whole lines until size bytes are reached.
func (g *Generator) Write(w io.Writer, size int64) (Stats, error) {
	var s Stats
	var buf []byte
	for s.Bytes < size {
		line, call := g.Append(buf[:0])
		buf = line
		if call {
			s.Calls++
		}
		s.Lines++
		s.Bytes += int64(len(line))
		if _, err := w.Write(line); err != nil {
			return s, err
		}
	}
	s.Last = g.now
	return s, nil
}

// dateHeader returns the current second as an HTTP date; formatting it anew for each line would take longer than the line.
func (g *Generator) dateHeader() []byte {
	if s := g.now.Unix(); s != g.second || g.date == nil {
		g.second, g.date = s, g.now.AppendFormat(g.date[:0], "Mon, 02 Jan 2006 15:04:05 GMT")
	}
	return g.date
}
