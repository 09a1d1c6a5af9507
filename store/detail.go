package store

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// The detail of a call is a list of tagged values. Readings have the high bit set and say in the rest of their tag what they
// hold. Names are ids of the table names, whole numbers are varints, times are seconds after the call.
const (
	tagOrigin     = iota + 1 // service tier, speed, geo and source, joined by NUL
	tagError                 // type and code
	tagFirstToken            // microseconds
	tagFirstTokenFloat
	tagRetry
	tagRetryAfter
	tagRetryAfterFloat
	tagThinking
	tagSearches
	tagFetches
	tagRegainAt
	tagServerTime
	tagKey        // kind and 8 bytes
	tagIterations // length and text

	tagReading        = 0x80
	hasRemaining      = 0x01
	hasUtilization    = 0x02 // in 1e-6
	hasUtilizationRaw = 0x04
	hasReset          = 0x08
	hasLimit          = 0x10
)

// errDetail says that a detail is cut or holds a tag that this program doesn't know.
var errDetail = errors.New("broken detail of a call")

// detailWriter makes details, one after the other, and keeps the first error of each. It remembers the names that calls in a row share.
type detailWriter struct {
	names names
	base  int64 // Unix seconds that times count from
	buf   []byte
	err   error

	origin  memo[[4]string, int64]
	failure memo[[2]string, int64]
	shapes  shapeMemo
}

// reset forgets all names and keeps the memory.
func (e *detailWriter) reset() {
	e.origin.reset()
	e.failure.reset()
	e.shapes = shapeMemo{}
}

// encode returns the detail of a call, which is valid until the next. extra are the keys that the call's own ids don't give.
func (e *detailWriter) encode(c *claude.Call, extra []key, n names) ([]byte, error) {
	e.names, e.base, e.buf, e.err = n, c.Time.Unix(), e.buf[:0], nil
	u := &c.Usage
	if o := [4]string{u.ServiceTier, u.Speed, u.InferenceGeo, c.Source}; o != [4]string{} {
		e.buf = append(e.buf, tagOrigin)
		e.name(e.origin.get(0, &o, func() int64 { return e.join(o[:]...) }))
	}
	if f := [2]string{c.ErrorType, c.ErrorCode}; f != [2]string{} {
		e.buf = append(e.buf, tagError)
		e.name(e.failure.get(hintOf(c.ErrorType), &f, func() int64 { return e.join(f[:]...) }))
	}
	e.seconds(tagFirstToken, c.FirstTokenSeconds)
	e.count(tagRetry, c.Retry)
	e.seconds(tagRetryAfter, c.RetryAfterSeconds)
	e.count(tagThinking, u.OutputTokensDetails.ThinkingTokens)
	e.count(tagSearches, u.ServerToolUse.WebSearchRequests)
	e.count(tagFetches, u.ServerToolUse.WebFetchRequests)
	e.time(tagRegainAt, c.RegainAt)
	e.time(tagServerTime, c.ServerTime)
	if u.Iterations != "" {
		e.buf = binary.AppendUvarint(append(e.buf, tagIterations), uint64(len(u.Iterations)))
		e.buf = append(e.buf, u.Iterations...)
	}
	for _, k := range extra {
		e.buf = append(e.buf, tagKey, byte(k.kind))
		e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(k.hash)) //nolint:gosec // the bits of a hash
	}
	e.readings(c.Readings)
	return e.buf, e.err
}

// join returns the id of the name that is made of the parts, which are told apart by NUL.
func (e *detailWriter) join(parts ...string) int64 {
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, "\x00", "")
	}
	id, err := e.names.nameID(strings.Join(parts, "\x00"))
	if err != nil && e.err == nil {
		e.err = err
	}
	return id
}

func (e *detailWriter) name(id int64) { e.buf = binary.AppendVarint(e.buf, id) }

func (e *detailWriter) count(tag byte, o claude.Opt[int64]) {
	if n, ok := o.Get(); ok {
		e.buf = binary.AppendVarint(append(e.buf, tag), n)
	}
}

func (e *detailWriter) seconds(tag byte, o claude.Opt[float64]) {
	switch n, f, kind := scaled(o, 1e6); kind {
	case packedInt:
		e.buf = binary.AppendVarint(append(e.buf, tag), n)
	case packedFloat:
		e.float(append(e.buf, tag+1), f)
	}
}

func (e *detailWriter) float(buf []byte, f float64) {
	e.buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(f))
}

func (e *detailWriter) time(tag byte, t time.Time) {
	if !t.IsZero() {
		e.buf = append(e.buf, tag)
		e.instant(t)
	}
}

// instant appends seconds after the base, doubled, and one more when nanoseconds follow.
func (e *detailWriter) instant(t time.Time) {
	sec, ns := (t.Unix()-e.base)*2, int64(t.Nanosecond())
	if ns == 0 {
		e.buf = binary.AppendVarint(e.buf, sec)
		return
	}
	e.buf = binary.AppendVarint(binary.AppendVarint(e.buf, sec+1), ns)
}

// reading appends one reading.
func (e *detailWriter) reading(r *claude.Reading) {
	s, _ := shapeOf(r)
	e.buf = append(e.buf, tagReading|s.has)
	e.name(e.join(string(s.limiter), s.status, strconv.FormatInt(s.limit, 10)))
	if remaining, ok := r.Remaining.Get(); ok {
		e.buf = binary.AppendVarint(e.buf, s.limit-remaining)
	}
	switch used, raw, kind := scaled(r.Utilization, 1e6); kind {
	case packedInt:
		e.buf = binary.AppendVarint(e.buf, used)
	case packedFloat:
		e.float(e.buf, raw)
	}
	if !r.Reset.IsZero() {
		e.instant(r.Reset)
	}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}
