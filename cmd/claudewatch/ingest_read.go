package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"sync/atomic"
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
	from  *collector.Position // where an earlier run got to

	place   finished.Place // where the next run goes on
	state   []byte         // of the decoder there
	moved   bool           // place is further than what is stored
	cut     bool           // the last line has no line break; place is before it
	calls   []claude.Call
	keys    []string
	counts  collector.Counter
	pending decode.Summary // of the lines in counts
	since   time.Time      // when something was handed on to be stored
	out     chan parcel    // to the goroutine that stores; when it is full, reading waits
	broken  atomic.Bool    // storing has failed
	sum     *ingested      // of what is stored; only that goroutine touches it
}

// parcelsAhead is how many parcels of a log may wait to be stored.
const parcelsAhead = 2

// parcel is what is stored at a time: calls, or calls and the place behind them with what the lines up to there were.
type parcel struct {
	batch collector.Batch
	lines *decode.Summary // nil without a place
}

// run reads the log to its end, and what was read is stored meanwhile. What was taken before an error of the log is stored.
func (r *reading) run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	r.out = make(chan parcel, parcelsAhead)
	stored := make(chan error, 1)
	go func() { stored <- r.store(context.WithoutCancel(ctx)) }()
	err := r.read(ctx)
	close(r.out)
	return errors.Join(err, <-stored)
}

func (r *reading) read(ctx context.Context) error {
	failed := r.lines(ctx)
	if ctx.Err() != nil || r.broken.Load() {
		return failed
	}
	// Nothing more comes of this log: what the decoder held back is complete.
	r.add(r.dec.Flush(r.clock, true), nil)
	if r.moved = r.pending.Lines > 0 || len(r.calls) > 0; r.moved && !r.cut {
		r.place = r.log.Here()
	}
	r.state = nil
	r.handOn()
	return failed
}

// store stores parcels in order until there are no more, or one fails.
func (r *reading) store(ctx context.Context) error {
	var failed error
	for p := range r.out {
		if failed != nil { // what comes behind a gap is not stored
			continue
		}
		changes, err := r.writer.Commit(ctx, p.batch)
		if err != nil {
			failed = &storeError{err}
			r.broken.Store(true)
			continue
		}
		r.remember(p.batch.Positions)
		r.sum.add(changes)
		if p.lines != nil {
			r.sum.lines(*p.lines)
		}
	}
	return failed
}

// remember keeps positions for another of the logs that has the same text.
func (r *reading) remember(positions []collector.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range positions {
		r.positions[p.ID] = p
	}
}

// begin goes to where an earlier run got to.
func (r *reading) begin() error {
	known, err := r.log.Resume(r.known())
	if err != nil {
		return err
	}
	r.dec = decoderOf(r.source(r.cfg, r.name), r.name)()
	r.clock, r.since, r.from, r.pending = wallClock(), r.progress.now(), known, newSummary()
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
			r.handOn()
			due = false
		}
		if r.broken.Load() {
			return nil // the goroutine that stores says why
		}
	}
}

// take decodes a line. One without its line break may still have been written to when it was read: the next run looks at it again,
// and passes over it when nothing has come.
func (r *reading) take(line collector.Line) {
	if !r.log.Terminated() {
		if k := r.from; k != nil && k.Offset == line.Start && k.Size == line.End {
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

// handOn has what was taken stored. Lines are only counted together with the place behind them, so that none counts twice.
func (r *reading) handOn() {
	r.since = r.progress.now()
	if len(r.calls) == 0 && !r.moved {
		return
	}
	p := parcel{batch: collector.Batch{Source: ingestSource, Calls: r.calls, Keys: r.keys}}
	if r.moved {
		p.batch.Counts = r.counts.Take(ingestSource)
		if r.log.Resumable() {
			p.batch.Positions = []collector.Position{r.position()}
		}
		lines := r.pending
		p.lines, r.pending, r.moved = &lines, newSummary(), false
	}
	r.calls, r.keys = nil, nil
	r.out <- p
}

// position keeps the clock where positions say when they were made: the next run decodes by the same one.
func (r *reading) position() collector.Position {
	p := r.log.Position(r.place)
	p.Source, p.State, p.UpdatedAt = ingestSource, r.state, r.clock
	if r.from != nil {
		p.ID = r.from.ID
	}
	return p
}
