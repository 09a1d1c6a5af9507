package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// The columns of a call that a report reads behind its id and its group.
const reportedColumns = "status, input, output, cache_read, cache_write, write_5m, write_1h, duration, cost, detail"

// callsInARow is how many calls one statement returns.
const callsInARow = 20_000

// calls reads calls themselves, so many at a time.
func (s *reportScan) calls(ctx context.Context, seg segment) error {
	g := s.groups
	text := fmt.Sprintf("SELECT id, scope, user, cause, %s FROM calls WHERE id >= ?1 AND id < ?2%s ORDER BY id LIMIT %d",
		reportedColumns, g.where(tableCalls), callsInARow)
	r := callReader{scan: s, failures: map[int64]bool{}, origins: map[int64]bool{}}
	for next := seg.from << 16; ; {
		p, err := s.query(ctx, text, next, seg.to<<16)
		if err != nil {
			return err
		}
		n := 0
		for ; len(p.rest) > 0; n++ {
			id, err := r.next(ctx, &p)
			if err != nil {
				return err
			}
			next = id + 1
		}
		s.rowsRead[tableCalls.name] += int64(n)
		if n < callsInARow {
			return nil
		}
	}
}

// callReader adds calls to their groups, without making a claude.Call of each, which takes several times as long.
type callReader struct {
	scan     *reportScan
	failures map[int64]bool // names that hold an error's type and code, and whether it is that of an overload
	origins  map[int64]bool // names that hold tier, speed, geo and source, and whether one of the first three is known
	extra    callExtra
}

// callExtra is what a report wants of a call's detail.
type callExtra struct {
	overloaded bool
	usage      bool // whether it holds something of the usage
	retry      int64
	retryAfter int64 // microseconds
}

// next takes one call off the rows and returns its id.
func (r *callReader) next(ctx context.Context, p *packed) (int64, error) {
	var id, scope, user, cause, status int64
	if err := p.ints(&id, &scope, &user, &cause, &status); err != nil {
		return 0, err
	}
	var cells [9]cell
	for i := range cells {
		var err error
		if cells[i], err = p.next(); err != nil {
			return 0, err
		}
	}
	g := r.scan.groups
	k := reportKey{user: user, status: status}
	if !g.byUser {
		k.user = 0
	}
	ok := g.place(&k, id>>16, scope)
	if !g.byStatus {
		k.status = 0
	}
	if g.byCause {
		var err error
		if k.cause, err = r.cause(ctx, cause); err != nil {
			return 0, err
		}
	}
	if !ok || k.cause < 0 {
		return id, nil
	}
	if err := r.detail(ctx, cells[8].bytes); err != nil {
		return 0, err
	}
	g.at(k).addCall(status, &cells, &r.extra)
	return id, nil
}

// addCall adds what one call comes to.
func (s *ReportSums) addCall(status int64, c *[9]cell, extra *callExtra) {
	u := claude.Usage{
		InputTokens: c[0].count(), OutputTokens: c[1].count(), CacheReadInputTokens: c[2].count(), CacheCreationInputTokens: c[3].count(),
		CacheCreation: claude.CacheCreation{Ephemeral5m: c[4].count(), Ephemeral1h: c[5].count()},
	}
	t := u.Tokens()
	limited, overloaded := status == 429, status == 529 || extra.overloaded
	cost, priced := c[7].unscaled(1e9).Get()
	sums := [summedColumns]int64{
		1, one(limited), one(overloaded), one(extra.retry > 0), 0, one(u.Known() || extra.usage), t.Input, t.Output, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h,
		one(priced), whole(cost, 1e9), t.Total(),
	}
	if limited || overloaded {
		sums[4] = extra.retryAfter
	}
	if priced {
		sums[13] = 0
	}
	s.addColumns(&sums)
	if d, ok := c[6].unscaled(1e6).Get(); ok {
		s.latency.add(d)
	}
}

// cause returns the place of a cause that is known by its name's id.
func (r *callReader) cause(ctx context.Context, id int64) (int32, error) {
	g := r.scan.groups
	if at, ok := g.nameCauses[id]; ok {
		return at, nil
	}
	text, err := dictionary{r.scan.db, r.scan.tx}.name(ctx, id)
	if err != nil {
		return 0, err
	}
	g.nameCauses[id] = g.causeOf([]byte(text))
	return g.nameCauses[id], nil
}

// detail reads what counts of a call's detail. Readings are its end.
func (r *callReader) detail(ctx context.Context, b []byte) error {
	r.extra = callExtra{}
	d := detailReader{rest: b}
	for len(d.rest) > 0 && d.rest[0]&tagReading == 0 && d.err == nil {
		tag := d.rest[0]
		d.rest = d.rest[1:]
		switch tag {
		case tagError:
			var err error
			if r.extra.overloaded, err = r.said(ctx, r.failures, d.int(), isOverload); err != nil {
				return err
			}
		case tagOrigin:
			known, err := r.said(ctx, r.origins, d.int(), tellsUsage)
			if err != nil {
				return err
			}
			r.extra.usage = r.extra.usage || known
		case tagThinking, tagSearches, tagFetches:
			d.int()
			r.extra.usage = true
		case tagIterations:
			d.text()
			r.extra.usage = true
		case tagRetry:
			r.extra.retry = d.int()
		case tagRetryAfter:
			r.extra.retryAfter = d.int()
		case tagRetryAfterFloat:
			r.extra.retryAfter = whole(d.float(), 1e6)
		default:
			d.skip(tag)
		}
	}
	return d.err
}

// skip passes over a value that nobody asked for.
func (d *detailReader) skip(tag byte) {
	switch tag {
	case tagFirstTokenFloat:
		d.bytes(8)
	case tagRegainAt, tagServerTime:
		if d.int()&1 != 0 {
			d.int()
		}
	case tagKey:
		d.bytes(9)
	case tagFirstToken:
		d.int()
	default:
		d.fail(fmt.Errorf("%w: tag %d", errDetail, tag))
	}
}

// said returns what a joined name says, and remembers it.
func (r *callReader) said(ctx context.Context, known map[int64]bool, id int64, says func(text string) bool) (bool, error) {
	if is, ok := known[id]; ok {
		return is, nil
	}
	text, err := dictionary{r.scan.db, r.scan.tx}.name(ctx, id)
	if err != nil {
		return false, err
	}
	known[id] = says(text)
	return known[id], nil
}

// isOverload reports whether an error's type and code are those of an overload.
func isOverload(text string) bool {
	kind, _, _ := strings.Cut(text, "\x00")
	c := claude.Call{ErrorType: kind}
	return c.Overloaded()
}

// tellsUsage reports whether one of tier, speed and geo is known; the source behind them is not of the usage.
func tellsUsage(text string) bool {
	parts := strings.SplitN(text, "\x00", 4)
	return strings.Join(parts[:min(3, len(parts))], "") != ""
}
