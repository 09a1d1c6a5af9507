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
	tagKey // kind and 8 bytes

	tagReading        = 0x80
	hasRemaining      = 0x01
	hasUtilization    = 0x02 // in 1e-6
	hasUtilizationRaw = 0x04
	hasReset          = 0x08
	hasLimit          = 0x10
)

// errDetail says that a detail is cut or holds a tag that this program doesn't know.
var errDetail = errors.New("broken detail of a call")

func encodeDetail(c *claude.Call, extra []key, n names) (string, error) {
	e := detailWriter{names: n, base: c.Time.Unix()}
	u := &c.Usage
	e.texts(tagOrigin, u.ServiceTier, u.Speed, u.InferenceGeo, c.Source)
	e.texts(tagError, c.ErrorType, c.ErrorCode)
	e.seconds(tagFirstToken, c.FirstTokenSeconds)
	e.count(tagRetry, c.Retry)
	e.seconds(tagRetryAfter, c.RetryAfterSeconds)
	e.count(tagThinking, u.OutputTokensDetails.ThinkingTokens)
	e.count(tagSearches, u.ServerToolUse.WebSearchRequests)
	e.count(tagFetches, u.ServerToolUse.WebFetchRequests)
	e.time(tagRegainAt, c.RegainAt)
	e.time(tagServerTime, c.ServerTime)
	for _, k := range extra {
		e.buf = append(e.buf, tagKey, byte(k.kind))
		e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(k.hash)) //nolint:gosec // the bits of a hash
	}
	for i := range c.Readings {
		e.reading(&c.Readings[i])
	}
	return string(e.buf), e.err
}

// detailWriter appends to a detail and keeps the first error.
type detailWriter struct {
	names names
	base  int64 // Unix seconds that times count from
	buf   []byte
	err   error
}

func (e *detailWriter) name(parts ...string) {
	id, err := e.names.nameID(strings.Join(parts, "\x00"))
	if err != nil && e.err == nil {
		e.err = err
	}
	e.buf = binary.AppendVarint(e.buf, id)
}

func (e *detailWriter) texts(tag byte, parts ...string) {
	if strings.Join(parts, "") == "" {
		return
	}
	e.buf = append(e.buf, tag)
	e.name(parts...)
}

func (e *detailWriter) count(tag byte, o claude.Opt[int64]) {
	if n, ok := o.Get(); ok {
		e.buf = binary.AppendVarint(append(e.buf, tag), n)
	}
}

func (e *detailWriter) seconds(tag byte, o claude.Opt[float64]) {
	switch v := scaled(o, 1e6).(type) {
	case int64:
		e.buf = binary.AppendVarint(append(e.buf, tag), v)
	case float64:
		e.float(append(e.buf, tag+1), v)
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

func (e *detailWriter) reading(r *claude.Reading) {
	tag := byte(tagReading)
	limit, limited := r.Limit.Get()
	remaining, remains := r.Remaining.Get()
	used := scaled(r.Utilization, 1e6)
	tag |= hasLimit*bit(limited) | hasRemaining*bit(remains) | hasReset*bit(!r.Reset.IsZero())
	switch used.(type) {
	case int64:
		tag |= hasUtilization
	case float64:
		tag |= hasUtilizationRaw
	}
	e.buf = append(e.buf, tag)
	e.name(string(r.Limiter), r.Status, strconv.FormatInt(limit, 10)) // limits hardly ever change, so they cost one name
	if remains {
		e.buf = binary.AppendVarint(e.buf, limit-remaining)
	}
	switch v := used.(type) {
	case int64:
		e.buf = binary.AppendVarint(e.buf, v)
	case float64:
		e.float(e.buf, v)
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
