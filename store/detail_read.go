package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// decodeDetail fills in the call what its detail says and returns the keys that its ids don't give.
func decodeDetail(detail []byte, c *claude.Call, name func(int64) (string, error), of *shapes) ([]key, error) {
	d := detailReader{rest: detail, base: c.Time.Unix(), name: name}
	var extra []key
	for len(d.rest) > 0 && d.err == nil {
		tag := d.rest[0]
		d.rest = d.rest[1:]
		switch {
		case tag&tagReadings == tagReadings:
			c.Readings = append(c.Readings, d.readings(tag, of)...)
		case tag&tagReading != 0:
			c.Readings = append(c.Readings, d.reading(tag))
		case tag == tagKey:
			kind := keyKind(d.bytes(1)[0])
			extra = append(extra, key{kind, int64(binary.LittleEndian.Uint64(d.bytes(8)))}) //nolint:gosec // the bits of a hash
		default:
			d.field(tag, c)
		}
	}
	return extra, d.err
}

// detailReader takes values off a detail. After an error everything reads as zero.
type detailReader struct {
	rest []byte
	base int64
	name func(int64) (string, error)
	err  error
}

func (d *detailReader) field(tag byte, c *claude.Call) {
	u := &c.Usage
	switch tag {
	case tagOrigin:
		p := d.texts(4)
		u.ServiceTier, u.Speed, u.InferenceGeo, c.Source = p[0], p[1], p[2], p[3]
	case tagError:
		p := d.texts(2)
		c.ErrorType, c.ErrorCode = p[0], p[1]
	case tagFirstToken:
		c.FirstTokenSeconds = claude.Some(float64(d.int()) / 1e6)
	case tagFirstTokenFloat:
		c.FirstTokenSeconds = claude.Some(d.float())
	case tagRetry:
		c.Retry = claude.Some(d.int())
	case tagRetryAfter:
		c.RetryAfterSeconds = claude.Some(float64(d.int()) / 1e6)
	case tagRetryAfterFloat:
		c.RetryAfterSeconds = claude.Some(d.float())
	case tagThinking:
		u.OutputTokensDetails.ThinkingTokens = claude.Some(d.int())
	case tagSearches:
		u.ServerToolUse.WebSearchRequests = claude.Some(d.int())
	case tagFetches:
		u.ServerToolUse.WebFetchRequests = claude.Some(d.int())
	case tagRegainAt:
		c.RegainAt = d.instant()
	case tagServerTime:
		c.ServerTime = d.instant()
	case tagIterations:
		u.Iterations = claude.Iterations(d.text())
	default:
		d.fail(fmt.Errorf("%w: tag %d", errDetail, tag))
	}
}

func (d *detailReader) reading(tag byte) claude.Reading {
	p := d.texts(3)
	r := claude.Reading{Limiter: claude.Limiter(p[0]), Status: p[1]}
	limit, err := strconv.ParseInt(p[2], 10, 64)
	if err != nil {
		d.fail(fmt.Errorf("%w: limit %q", errDetail, p[2]))
	}
	if tag&hasLimit != 0 {
		r.Limit = claude.Some(limit)
	}
	if tag&hasRemaining != 0 {
		r.Remaining = claude.Some(limit - d.int())
	}
	if tag&hasUtilization != 0 {
		r.Utilization = claude.Some(float64(d.int()) / 1e6)
	}
	if tag&hasUtilizationRaw != 0 {
		r.Utilization = claude.Some(d.float())
	}
	if tag&hasReset != 0 {
		r.Reset = d.instant()
	}
	return r
}

func (d *detailReader) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.rest = nil
}

func (d *detailReader) bytes(n int) []byte {
	if len(d.rest) < n {
		d.fail(fmt.Errorf("%w: %d bytes left, %d wanted", errDetail, len(d.rest), n))
		return make([]byte, n)
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// text takes a text that stands in the detail itself.
func (d *detailReader) text() string {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > uint64(len(d.rest)-size) {
		d.fail(fmt.Errorf("%w: cut text", errDetail))
		return ""
	}
	d.rest = d.rest[size:]
	return string(d.bytes(int(n))) //nolint:gosec // less than what is left
}

func (d *detailReader) int() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail(fmt.Errorf("%w: cut number", errDetail))
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *detailReader) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(d.bytes(8)))
}

func (d *detailReader) instant() time.Time {
	sec, ns := d.int(), int64(0)
	if sec&1 != 0 {
		ns = d.int()
	}
	return time.Unix(d.base+(sec>>1), ns).UTC()
}

// texts returns the parts of a name; there are always n of them.
func (d *detailReader) texts(n int) []string {
	s, err := d.name(d.int())
	if err != nil {
		d.fail(err)
	}
	p := strings.SplitN(s, "\x00", n)
	return append(p, make([]string, n-len(p))...)
}
