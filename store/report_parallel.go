package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// How much is read at a time, so that the memory of a report does not grow with its span, and so that two can share the work: so long a
// span of sums, or of calls.
const (
	sumsAtATime  = 4 * aDay
	callsAtATime = 6 * anHour
)

// pieces cuts segments into what is read at a time. Of days they have the rows; what waits to be added to these is in a few blocks, which are
// read once for the whole segment.
func pieces(segments []segment) []segment {
	var all []segment
	for _, seg := range segments {
		if seg.table == tableDays {
			all = append(all, segment{tableWaiting, seg.from, seg.to})
			seg.table = tableDayRows
		}
		step := sumsAtATime
		if seg.table == tableCalls {
			step = callsAtATime
		}
		for from := seg.from; from < seg.to; from += step {
			all = append(all, segment{seg.table, from, min(seg.to, from+step)})
		}
	}
	return all
}

// fewPieces is how many are not worth a second connection.
const fewPieces = 4

// read reads all segments: large ones on two connections, where another is free and sees the same state of the database.
func (s *reportScan) read(ctx context.Context, segments []segment) error {
	all := pieces(segments)
	if len(all) <= fewPieces || runtime.GOMAXPROCS(0) < 2 {
		return s.readPieces(ctx, all, new(atomic.Int64))
	}
	return s.withSecond(ctx, func(second *reportScan) error {
		next := new(atomic.Int64)
		if second == nil {
			return s.readPieces(ctx, all, next)
		}
		var wait sync.WaitGroup
		var errs [2]error
		wait.Go(func() { errs[1] = second.readPieces(ctx, all, next) })
		errs[0] = s.readPieces(ctx, all, next)
		wait.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
		s.take(second)
		return nil
	})
}

// readPieces reads pieces that nobody else has begun, until there are no more.
func (s *reportScan) readPieces(ctx context.Context, all []segment, next *atomic.Int64) error {
	for {
		i := int(next.Add(1)) - 1
		if i >= len(all) {
			return nil
		}
		read := s.sums
		if all[i].table == tableCalls {
			read = s.calls
		}
		if err := read(ctx, all[i]); err != nil {
			next.Store(int64(len(all))) // the other need not go on
			return err
		}
	}
}

// freeSoon is how long to wait for another connection. Two reports that each have one must not wait for that of the other.
const freeSoon = time.Millisecond

// withSecond lends a scan on another connection that sees the same state, or nil where there is none at once.
func (s *reportScan) withSecond(ctx context.Context, use func(second *reportScan) error) error {
	soon, cancel := context.WithTimeout(ctx, freeSoon)
	conn, err := s.db.reader.Conn(soon)
	cancel()
	if err != nil {
		return use(nil)
	}
	used := false
	err = s.db.scanOn(ctx, conn, func(second *reportScan) error {
		second.q, second.calendar = s.q, s.calendar
		mine, err := s.state(ctx)
		if err != nil {
			return err
		}
		theirs, err := second.state(ctx)
		if err != nil {
			return err
		}
		used = true
		if mine != theirs { // something was committed in between
			return use(nil)
		}
		if second.groups, err = newReportGroups(ctx, second); err != nil {
			return err
		}
		return use(second)
	})
	if err != nil && !used && ctx.Err() == nil {
		return use(nil)
	}
	return err
}

// state tells states of the database apart: each commit of calls counts in its source's activity, blocks of sums come
// and go, and what is taken out is noted in meta.
func (s *reportScan) state(ctx context.Context) (text string, err error) {
	err = s.tx.QueryRowContext(ctx, `SELECT (SELECT ifnull(sum(calls + duplicates), 0) FROM source_activity) || ' ' ||
		(SELECT count(*) || ' ' || ifnull(min(id), 0) || ' ' || ifnull(max(id), 0) FROM day_blocks) || ' ' ||
		(SELECT group_concat(name || '=' || quote(value)) FROM meta)`).Scan(&text)
	return text, err
}

// take adds what another scan of the same state has read.
func (s *reportScan) take(o *reportScan) {
	for k, sums := range o.groups.sums {
		if s.groups.byCause {
			k.cause = s.groups.causePlace(o.groups.causes[k.cause])
		}
		s.groups.at(k).Add(sums)
	}
	for table, n := range o.rowsRead {
		s.rowsRead[table] += n
	}
}
