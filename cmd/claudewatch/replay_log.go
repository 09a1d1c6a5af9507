package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/collector/finished"
	"github.com/claudewatch/claudewatch/internal/config"
)

// replayLog is one of the logs that are replayed together.
type replayLog struct {
	name    string
	log     *finished.Log
	dec     collector.Decoder
	clock   time.Time
	last    time.Time // of the last call
	reached time.Time // the earlier of the last two calls' times, so that one wrong date does not hold the log up
	ended   bool
	failed  error // what ended it early
	sum     decode.Summary
	undated int64
	since   time.Time
	until   time.Time
	outside int64 // calls before since and from until on
}

// openLogs opens all logs at once, because their calls are taken in the order of time. The errors are of those that can't be opened.
func openLogs(ctx context.Context, cfg *config.Config, stdin io.Reader, o replayOptions) (logs []*replayLog, failed []error) {
	for _, name := range o.names {
		log, err := finished.Open(ctx, finished.Options{Name: name, Stdin: stdin})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		logs = append(logs, &replayLog{
			name: name, log: log, dec: decoderOf(o.source(cfg, name), name)(), clock: wallClock(), sum: newSummary(),
			since: o.since, until: o.until,
		})
	}
	return logs, failed
}

func closeLogs(logs []*replayLog) {
	for _, l := range logs {
		_ = l.log.Close() // only read
	}
}

// next returns the calls of the next lines that hold any; none at the end. The error is the context's.
func (l *replayLog) next(ctx context.Context) ([]claude.Call, error) {
	for range lookEvery {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		line, err := l.log.Next()
		if err != nil {
			l.ended = true
			if !errors.Is(err, io.EOF) {
				l.failed = err
			}
			return l.dated(l.dec.Flush(l.clock, true)), ctx.Err()
		}
		o := l.dec.Decode(line, l.clock)
		note(&l.sum, o)
		if calls := l.dated(o.Calls); len(calls) > 0 {
			return calls, nil
		}
	}
	return nil, nil
}

// dated leaves out calls without a time of their own, and those that are not asked for.
func (l *replayLog) dated(calls []claude.Call) []claude.Call {
	kept := calls[:0]
	for i := range calls {
		if calls[i].Undated || calls[i].Time.IsZero() {
			l.undated++
			continue
		}
		before := l.last
		l.reached, l.last = calls[i].Time, calls[i].Time
		if before.Before(l.reached) { // of the first call nothing is believed yet
			l.reached = before
		}
		if l.last.Before(l.since) || !l.until.IsZero() && !l.last.Before(l.until) {
			l.outside++
			continue
		}
		kept = append(kept, calls[i])
	}
	named(kept, l.name)
	return kept
}
