package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// readings appends the readings of a call: in one where that can be, else one after the other.
func (e *detailWriter) readings(all []claude.Reading) {
	if len(all) == 0 {
		return
	}
	from := len(e.buf)
	if len(all) > maxShape || !e.readingsInOne(all) {
		e.buf = e.buf[:from]
		for i := range all {
			e.reading(&all[i])
		}
	}
}

// readingsInOne appends readings and their shape. It gives up where a number does not fit.
func (e *detailWriter) readingsInOne(all []claude.Reading) bool {
	hint := len(all) + int(all[0].Limit.Or(0)>>7) + 31*int(all[len(all)/2].Limit.Or(0)>>7)
	named := &e.shapes[uint(hint^hint>>11)%uint(len(e.shapes))] //nolint:gosec // any number will do
	if len(named.shape) != len(all) {
		named.of(all, e.join)
	}
	tag, reset := sharedReset(all)
	e.buf = append(e.buf, tagReadings|tag)
	at := len(e.buf)
	e.name(named.id)
	if tag != 0 {
		e.instant(reset)
	}
	for i := range all {
		s, used := shapeOf(&all[i])
		if s != named.shape[i] {
			named.of(all, e.join)
			e.buf = e.buf[:at-1]
			return e.readingsInOne(all)
		}
		n := s.number(&all[i])
		if uint64(n) >= 1<<61 || uint64(used) >= 1<<61 { //nolint:gosec // negative numbers don't fit either
			return false
		}
		e.numbers(&all[i], s.has, [2]int64{n, used}, tag == 0)
	}
	return true
}

// sharedReset returns sameReset and the reset that all readings share which have one; 0 where there is no such.
func sharedReset(all []claude.Reading) (tag byte, reset time.Time) {
	for i := range all {
		switch r := all[i].Reset; {
		case r.IsZero():
		case tag == 0:
			tag, reset = sameReset, r
		case !r.Equal(reset):
			return 0, reset
		}
	}
	return tag, reset
}

// number is what is kept of a reading's remaining: what was used where the limit is known, else itself.
func (s *readingShape) number(r *claude.Reading) int64 {
	n := r.Remaining.Or(0)
	if s.has&(hasLimit|hasRemaining) == hasLimit|hasRemaining {
		return s.limit - n
	}
	return n
}

// numbers appends what a reading's shape does not say: what number returns, and the utilization.
func (e *detailWriter) numbers(r *claude.Reading, has byte, n [2]int64, reset bool) {
	if has&hasRemaining != 0 {
		e.buf = appendRound(e.buf, n[0])
	}
	switch {
	case has&hasUtilization != 0:
		e.buf = appendRound(e.buf, n[1])
	case has&hasUtilizationRaw != 0:
		e.float(e.buf, r.Utilization.Or(0))
	}
	if reset && has&hasReset != 0 {
		e.instant(r.Reset)
	}
}

// appendRound appends a number from 0 to 1<<61. Those in thousands, as the API rounds tokens, take a byte less.
func appendRound(b []byte, n int64) []byte {
	if n%1000 == 0 {
		return binary.AppendUvarint(b, uint64(n/1000)<<1|1) //nolint:gosec // not negative
	}
	return binary.AppendUvarint(b, uint64(n)<<1) //nolint:gosec // the same
}

// readings takes the readings of a call that were written in one.
func (d *detailReader) readings(tag byte, of *shapes) []claude.Reading {
	shape, err := of.get(d.int(), d.name)
	if err != nil {
		d.fail(err)
		return nil
	}
	all := make([]claude.Reading, len(shape))
	reset := claude.Reading{}
	if tag&sameReset != 0 {
		reset.Reset = d.instant()
	}
	for i := range shape {
		s, r := &shape[i], &all[i]
		*r = claude.Reading{Limiter: s.limiter, Status: s.status}
		if s.has&hasLimit != 0 {
			r.Limit = claude.Some(s.limit)
		}
		if s.has&hasRemaining != 0 {
			r.Remaining = claude.Some(d.round())
			r.Remaining = claude.Some(s.number(r)) // it is its own inverse
		}
		if s.has&hasUtilization != 0 {
			r.Utilization = claude.Some(float64(d.round()) / 1e6)
		}
		if s.has&hasUtilizationRaw != 0 {
			r.Utilization = claude.Some(d.float())
		}
		switch {
		case s.has&hasReset == 0:
		case tag&sameReset != 0:
			r.Reset = reset.Reset
		default:
			r.Reset = d.instant()
		}
	}
	return all
}

// round takes a number that appendRound wrote.
func (d *detailReader) round() int64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.fail(fmt.Errorf("%w: cut number", errDetail))
		return 0
	}
	d.rest = d.rest[size:]
	if n&1 != 0 {
		return int64(n>>1) * 1000 //nolint:gosec // as it was written
	}
	return int64(n >> 1) //nolint:gosec // the same
}
