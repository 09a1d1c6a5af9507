package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// latestReading is the reading of a bucket that tells most, and the call that it is of.
type latestReading struct {
	bucket  claude.Bucket
	run     int // that it was made for
	reading *claude.Reading
	call    *claude.Call
}

// latestRun is where the readings of calls that share all of a bucket but the limiter are, mostly: they tell them in the same order.
type latestRun struct{ id, first int }

// observe keeps the latest readings of a call.
func (l *liveSums) observe(c *claude.Call) {
	b := c.Bucket("")
	hint := hintOf(b.Workspace, string(b.Pool))
	run := l.runMemo.get(hint, &b, func() latestRun {
		l.runs++
		return latestRun{l.runs, len(l.latest)}
	})
	for i := range c.Readings {
		r := &c.Readings[i]
		if at := run.first + i; at < len(l.latest) && l.latest[at].run == run.id && l.latest[at].bucket.Limiter == r.Limiter {
			l.latest[at].take(r, c)
			continue
		}
		b.Limiter = r.Limiter
		at := l.latestMemo.get(hint*8+i, &b, func() int { // a call has that many readings at most, mostly
			l.latest = append(l.latest, latestReading{bucket: b, run: run.id, reading: r, call: c})
			return len(l.latest) - 1
		})
		l.latest[at].take(r, c)
	}
}

// take takes a reading that tells more of the bucket: with the larger reset, then the newer one. The order in which log lines come says
// nothing.
func (l *latestReading) take(r *claude.Reading, c *claude.Call) {
	if later(r, c, l) {
		l.reading, l.call = r, c
	}
}

func later(r *claude.Reading, c *claude.Call, than *latestReading) bool {
	if !r.Reset.Equal(than.reading.Reset) {
		return r.Reset.After(than.reading.Reset)
	}
	return !c.Time.Before(than.call.Time)
}

const (
	selectReading = "SELECT ?, reset, at FROM latest_readings WHERE provider = ? AND organization = ? AND workspace = ? AND pool = ? AND limiter = ?"
	putReading    = `INSERT OR REPLACE INTO latest_readings (provider, organization, workspace, pool, limiter, max, remaining, utilization,
	status, reset, at, server) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// saveReadings keeps those that are later than the stored ones. The same bucket may be there more than once.
func (c *commit) saveReadings(l *liveSums) error {
	if err := c.fetchReadings(l.latest); err != nil {
		return err
	}
	kept, rows := c.db.kept.live.latest, c.scratch.packed[:0]
	for i := range l.latest {
		o := &l.latest[i]
		at := o.moment()
		if have, ok := kept[o.bucket]; ok && !have.before(at) {
			continue
		}
		kept[o.bucket] = at
		rows = o.pack(packBucket(rows, &o.bucket))
	}
	c.scratch.packed = rows
	return c.execAll(putReading, rows)
}

func packBucket(b []byte, of *claude.Bucket) []byte {
	return packTexts(b, of.Provider, of.Organization, of.Workspace, string(of.Pool), string(of.Limiter))
}

func (l *latestReading) pack(b []byte) []byte {
	r := l.reading
	b = packCount(packCount(b, r.Limit), r.Remaining)
	if used, ok := r.Utilization.Get(); ok {
		b = packFloat(b, used)
	} else {
		b = packNull(b)
	}
	b = packText(b, r.Status)
	return packMicros(packMicros(packMicros(b, r.Reset), l.call.Time), l.call.ServerTime)
}

// fetchReadings reads when the stored readings were, of those that are not kept from an earlier transaction.
func (c *commit) fetchReadings(of []latestReading) error {
	kept := withRoom(c.db.kept.live.latest, len(of))
	c.db.kept.live.latest = kept
	var args []byte
	for i := range of {
		if _, ok := kept[of[i].bucket]; !ok {
			args = packBucket(packInt(args, int64(i)), &of[i].bucket)
		}
	}
	p, err := c.query(selectReading, args)
	for len(p.rest) > 0 && err == nil {
		err = p.moment(of, kept)
	}
	return err
}

// moment takes when a reading was off those that were read, and keeps it.
func (p *packed) moment(of []latestReading, kept map[claude.Bucket]moment) error {
	var i, at int64
	if err := p.ints(&i); err != nil {
		return err
	}
	if i < 0 || i >= int64(len(of)) {
		return errPacked
	}
	reset, err := p.next()
	if err != nil {
		return err
	}
	if err := p.ints(&at); err != nil {
		return err
	}
	m := moment{never, at}
	if reset.kind == packedInt {
		m.reset = reset.bits
	}
	kept[of[i].bucket] = m
	return nil
}

// Observations returns the latest reading of each bucket that was read at the given time or later: the one with the largest
// reset, the newest of those.
func (db *DB) Observations(ctx context.Context, since time.Time) ([]claude.Observation, error) {
	return read(ctx, db, func(scan scanFunc) (o claude.Observation, err error) {
		var limit, remaining, reset, at, server sql.NullInt64
		var used sql.NullFloat64
		b := &o.Bucket
		err = scan(&b.Provider, &b.Organization, &b.Workspace, &b.Pool, &b.Limiter, &limit, &remaining, &used, &o.Reading.Status,
			&reset, &at, &server)
		o.Reading.Limiter = b.Limiter
		o.Reading.Limit, o.Reading.Remaining = known(limit.Int64, limit.Valid), known(remaining.Int64, remaining.Valid)
		o.Reading.Utilization = known(used.Float64, used.Valid)
		o.Reading.Reset, o.At, o.Server = fromMicros(reset), fromMicros(at), fromMicros(server)
		return o, err
	}, `SELECT provider, organization, workspace, pool, limiter, max, remaining, utilization, status, reset, at, server
		FROM latest_readings WHERE at >= ? ORDER BY provider, organization, workspace, pool, limiter`, since.UnixMicro())
}

func known[T comparable](v T, ok bool) claude.Opt[T] {
	if ok {
		return claude.Some(v)
	}
	return claude.Opt[T]{}
}
