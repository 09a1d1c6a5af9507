package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/collector/finished"
)

// When a batch is stored: with so many calls, or after a while. It waits for a place to go on from, but not for ever.
const (
	ingestCalls = 1000
	ingestMost  = 8 * ingestCalls
	ingestAge   = time.Second
	lookEvery   = 256 // lines between two looks at the clock
)

// reading is one log on its way into the store.
type reading struct {
	*ingestion
	name  string
	log   *finished.Log
	dec   collector.Decoder
	clock time.Time           // of all lines of this log, in this run and in those before
	known *collector.Position // where an earlier run got to

	place   finished.Place // where the next run goes on
	state   []byte         // of the decoder there
	moved   bool           // place is further than what is stored
	cut     bool           // the last line has no line break; place is before it
	calls   []claude.Call
	keys    []string
	counts  collector.Counter
	pending decode.Summary // of the lines in counts
	since   time.Time      // when something was stored last
	sum     ingested
}

// run reads the log to its end. What was taken before an error of the log is stored.
func (r *reading) run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	failed := r.lines(ctx)
	if ctx.Err() != nil || isStoreError(failed) {
		return failed
	}
	// Nothing more comes of this log: what the decoder held back is complete.
	r.add(r.dec.Flush(r.clock, true), nil)
	if r.moved = r.pending.Lines > 0 || len(r.calls) > 0; r.moved && !r.cut {
		r.place = r.log.Here()
	}
	r.state = nil
	return errors.Join(failed, r.commit(ctx))
}

// begin goes to where an earlier run got to.
func (r *reading) begin() error {
	known, err := r.log.Resume(slices.Collect(maps.Values(r.positions)))
	if err != nil {
		return err
	}
	r.dec = decoderOf(r.source(r.cfg, r.name), r.name)()
	r.clock, r.since, r.known, r.pending = wallClock(), r.progress.now(), known, newSummary()
	if known != nil {
		r.clock, r.sum.resumed = known.UpdatedAt, known.Offset
		_ = r.dec.Restore(known.State) // a state of another version costs a record that was cut in two, no more
	}
	return nil
}

// lines reads until the end, which is no error.
func (r *reading) lines(ctx context.Context) error {
	due := false
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := r.log.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.take(line)
		if n%lookEvery == 0 {
			r.progress.at(r.name, r.log.Consumed())
			due = due || len(r.calls) >= ingestCalls || r.progress.now().Sub(r.since) >= ingestAge
		}
		if due && (r.settled() || len(r.calls) >= ingestMost) {
			if err := r.commit(ctx); err != nil {
				return err
			}
			due = false
		}
	}
}

// take decodes a line. One without its line break may still have been written to when it was read: the next run looks at it again,
// and passes over it when nothing has come.
func (r *reading) take(line collector.Line) {
	if !r.log.Terminated() {
		if k := r.known; k != nil && k.Offset == line.Start && k.Size == line.End {
			return
		}
		r.place, r.cut = r.log.Before(line), true
	}
	o := r.dec.Decode(line, r.clock)
	r.counts.Add(o)
	note(&r.pending, o)
	r.add(o.Calls, line.Text)
}

// add takes calls. One without ids is known by the place of its line, so that it counts once however often the log is read.
func (r *reading) add(calls []claude.Call, text []byte) {
	for i := range calls {
		key := ""
		if calls[i].RequestID == "" && calls[i].MessageID == "" {
			h := sha256.New()
			h.Write(r.log.Fingerprint())
			h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(r.log.Offset())), uint64(i))) //nolint:gosec // neither is negative
			h.Write(text)
			key = hex.EncodeToString(h.Sum(nil)[:16])
		}
		r.keys = append(r.keys, key)
	}
	named(calls, r.name)
	r.calls = append(r.calls, calls...)
}

// settled reports whether the next run could go on behind the last line, and makes that the place. Inside a record that spans
// lines it could not.
func (r *reading) settled() bool {
	if r.cut || r.pending.Lines == 0 {
		return false
	}
	offset, state := r.dec.Resume()
	if offset != r.log.Offset() {
		return false
	}
	r.place, r.state, r.moved = r.log.Here(), state, true
	return true
}

// commit stores what was taken. Lines are only counted together with the place behind them, so that none counts twice.
func (r *reading) commit(ctx context.Context) error {
	r.since = r.progress.now()
	if len(r.calls) == 0 && !r.moved {
		return nil
	}
	b := collector.Batch{Source: ingestSource, Calls: r.calls, Keys: r.keys}
	if r.moved {
		b.Counts = r.counts.Take(ingestSource)
		if r.log.Resumable() {
			b.Positions = []collector.Position{r.position()}
		}
	}
	changes, err := r.db.Commit(ctx, b)
	if err != nil {
		return &storeError{err}
	}
	for _, p := range b.Positions { // another of the files may have the same text
		r.positions[p.ID] = p
	}
	r.sum.add(changes)
	if r.moved {
		r.sum.lines(r.pending)
		r.pending, r.moved = newSummary(), false
	}
	r.calls, r.keys = nil, nil
	return nil
}

// position keeps the clock where positions say when they were made: the next run decodes by the same one.
func (r *reading) position() collector.Position {
	p := r.log.Position(r.place)
	p.Source, p.State, p.UpdatedAt = ingestSource, r.state, r.clock
	if r.known != nil {
		p.ID = r.known.ID
	}
	return p
}
