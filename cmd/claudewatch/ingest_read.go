package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/collector/finished"
)

// When a batch is stored. A batch waits for a place to go on from, but not for ever.
const (
	ingestCalls = 1000
	ingestLines = 100_000
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
	place finished.Place      // the last one that a position could be made of
	state []byte              // of the decoder there

	calls   []claude.Call
	keys    []string
	counts  collector.Counter
	pending decode.Summary // of the lines in counts
	since   time.Time      // when the first thing was taken that is not stored
	moved   bool           // place is further than what is stored
	sum     ingested
}

// run reads the log to its end. What was taken before an error of the log is stored.
func (r *reading) run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	failed := r.lines(ctx)
	if ctx.Err() != nil || errors.As(failed, new(*storeError)) {
		return failed
	}
	// Nothing more comes of this log, so what the decoder held back is complete.
	r.add(r.dec.Flush(r.clock, true), r.log.Offset(), nil)
	if r.moved || r.log.Offset() > r.place.Offset {
		if r.log.Offset() == r.place.Offset || r.log.Terminated() || r.log.Offset() == 0 {
			r.place = r.log.Here()
		}
		r.state, r.moved = nil, true
	}
	return errors.Join(failed, r.commit(ctx))
}

// begin goes to where an earlier run got to.
func (r *reading) begin() error {
	known, err := r.log.Resume(r.positions)
	if err != nil {
		return err
	}
	r.dec = decoderOf(r.source(r.cfg, r.name), r.name)()
	r.clock, r.since, r.known, r.pending = wallClock(), r.progress.now(), known, newSummary()
	if known != nil {
		r.clock, r.sum.resumed = known.UpdatedAt, true
		if err := r.dec.Restore(known.State); err != nil {
			return err
		}
	}
	r.place = r.log.Here()
	return nil
}

// lines reads until the end, which is no error.
func (r *reading) lines(ctx context.Context) error {
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := r.log.Here
		_ = before
		line, err := r.log.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.take(ctx, line); err != nil {
			return err
		}
		if n%lookEvery == 0 {
			r.progress.at(r.name, r.log.Consumed())
			if err := r.settle(ctx, r.progress.now().Sub(r.since) >= ingestAge); err != nil {
				return err
			}
		}
	}
}
