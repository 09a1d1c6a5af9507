package store

import (
	"context"
	"math"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// A call's flags. Of stream there are three states: known or not, and which.
const (
	flagUndated = 1 << iota
	flagSidechain
	flagStreamKnown
	flagStream
)

// The columns of a call behind its id.
const (
	colScope = iota
	colUser
	colStatus
	colCause
	colFlags
	colInput
	colOutput
	colCacheRead
	colCacheWrite
	colWrite5m
	colWrite1h
	colDuration
	colCost
	colRequestID
	colMessageID
	colDetail
	callCells
)

const callColumns = `scope, user, status, cause, flags, input, output, cache_read, cache_write, write_5m, write_1h, duration, cost,
	request_id, message_id, detail`

// row is a call as the table holds it, without its id.
type row [callCells]cell

// group is what of a row sums are kept by: ids of scopes and names.
type group struct{ scope, user, cause int64 }

func (r *row) group() group { return group{r[colScope].int(), r[colUser].int(), r[colCause].int()} }

// rowDest is a row that database/sql scans into.
type rowDest struct {
	id     int64
	values [callCells]any
}

func (d *rowDest) scan(scan scanFunc) error {
	dest := make([]any, 0, 1+callCells)
	dest = append(dest, &d.id)
	for i := range d.values {
		dest = append(dest, &d.values[i])
	}
	return scan(dest...)
}

func (d *rowDest) row() (r row) {
	for i, v := range d.values {
		r[i] = cellOf(v)
	}
	return r
}

// next takes a row off packed ones.
func (r *row) next(p *packed) (err error) {
	for i := range r {
		if r[i], err = p.next(); err != nil {
			return err
		}
	}
	return nil
}

// names gives ids to what calls share.
type names interface {
	nameID(s string) (int64, error) // 0 for ""
	scopeID(c *claude.Call) (int64, error)
}

// rowWriter turns calls into packed rows.
type rowWriter struct {
	names
	detail detailWriter
}

// reset makes the writer that of another transaction, whose names may be others.
func (w *rowWriter) reset(n names) {
	w.names = n
	w.detail.reset()
}

// pack appends a call's row without its id. extra are the keys that the call's own ids don't give.
func (w *rowWriter) pack(b []byte, c *claude.Call, extra []key) ([]byte, group, error) {
	var g group
	var err error
	if g.scope, err = w.scopeID(c); err != nil {
		return b, g, err
	}
	if g.user, err = w.nameID(c.User); err != nil {
		return b, g, err
	}
	if g.cause, err = w.nameID(string(c.Cause)); err != nil {
		return b, g, err
	}
	detail, err := w.detail.encode(c, extra, w.names)
	if err != nil {
		return b, g, err
	}
	u := &c.Usage
	b = packInt(b, g.scope)
	b = packNumber(b, g.user)
	b = packNumber(b, int64(c.Status))
	b = packNumber(b, g.cause)
	b = packNumber(b, flagsOf(c))
	for _, n := range [...]claude.Opt[int64]{
		u.InputTokens, u.OutputTokens, u.CacheReadInputTokens, u.CacheCreationInputTokens, u.CacheCreation.Ephemeral5m,
		u.CacheCreation.Ephemeral1h,
	} {
		b = packCount(b, n)
	}
	b = packScaled(b, c.DurationSeconds, 1e6)
	b = packScaled(b, c.CostUSD, 1e9)
	b = packID(b, requestPrefix, c.RequestID)
	b = packID(b, messagePrefix, c.MessageID)
	if len(detail) == 0 {
		return packNull(b), g, nil
	}
	return packBlob(b, detail), g, nil
}

// call turns a row back into the call, and returns the keys that its ids don't give.
func (r *row) call(ctx context.Context, id int64, d dictionary) (claude.Call, []key, error) {
	flags := r[colFlags].int()
	c := claude.Call{
		Time:      time.UnixMilli(id >> 16).UTC(),
		Undated:   flags&flagUndated != 0,
		Sidechain: flags&flagSidechain != 0,
		Status:    int(r[colStatus].int()),
		Usage: claude.Usage{
			InputTokens: r[colInput].count(), OutputTokens: r[colOutput].count(), CacheReadInputTokens: r[colCacheRead].count(),
			CacheCreationInputTokens: r[colCacheWrite].count(),
			CacheCreation:            claude.CacheCreation{Ephemeral5m: r[colWrite5m].count(), Ephemeral1h: r[colWrite1h].count()},
		},
		DurationSeconds: r[colDuration].unscaled(1e6), CostUSD: r[colCost].unscaled(1e9),
		RequestID: unpackID(requestPrefix, &r[colRequestID]), MessageID: unpackID(messagePrefix, &r[colMessageID]),
	}
	if flags&flagStreamKnown != 0 {
		c.Stream = claude.Some(flags&flagStream != 0)
	}
	g := r.group()
	s, err := d.scope(ctx, g.scope)
	if err != nil {
		return c, nil, err
	}
	c.Provider, c.Organization, c.Workspace, c.App, c.Model, c.Pool = s.provider, s.organization, s.workspace, s.app, s.model, s.pool
	if c.User, err = d.name(ctx, g.user); err != nil {
		return c, nil, err
	}
	cause, err := d.name(ctx, g.cause)
	if err != nil {
		return c, nil, err
	}
	c.Cause = claude.Cause(cause)
	extra, err := decodeDetail(r[colDetail].bytes, &c, func(id int64) (string, error) { return d.name(ctx, id) }, &d.db.shapes)
	return c, extra, err
}

func flagsOf(c *claude.Call) int64 {
	var f int64
	if c.Undated {
		f |= flagUndated
	}
	if c.Sidechain {
		f |= flagSidechain
	}
	if stream, ok := c.Stream.Get(); ok {
		f |= flagStreamKnown
		if stream {
			f |= flagStream
		}
	}
	return f
}

// scaled gives a number as a whole number of small units where that is exact, which takes half the bytes, and says which it is.
func scaled(o claude.Opt[float64], unit float64) (whole int64, f float64, kind byte) {
	f, ok := o.Get()
	if !ok || math.IsNaN(f) {
		return 0, 0, packedNull
	}
	if n := math.Round(f * unit); math.Abs(n) < 1<<53 && n/unit == f {
		return int64(n), f, packedInt
	}
	return 0, f, packedFloat
}
