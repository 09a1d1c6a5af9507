package store

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// The types of packed values, the numbers that SQLite has for them. A number follows in 8 bytes, a text or a blob in 4 bytes of length
// and its own; the order of the bytes is the processor's, because they never leave the process.
const (
	packedInt = iota + 1
	packedFloat
	packedText
	packedBlob
	packedNull
)

var errPacked = errors.New("broken row")

func packInt(b []byte, n int64) []byte {
	return binary.NativeEndian.AppendUint64(append(b, packedInt), uint64(n)) //nolint:gosec // the bits
}

func packFloat(b []byte, f float64) []byte {
	return binary.NativeEndian.AppendUint64(append(b, packedFloat), math.Float64bits(f))
}

func packNull(b []byte) []byte { return append(b, packedNull) }

func packText(b []byte, s string) []byte {
	b = binary.NativeEndian.AppendUint32(append(b, packedText), uint32(len(s))) //nolint:gosec // texts are short
	return append(b, s...)
}

func packTexts(b []byte, all ...string) []byte {
	for _, s := range all {
		b = packText(b, s)
	}
	return b
}

// packBlob packs nil as NULL.
func packBlob(b, v []byte) []byte {
	if v == nil {
		return packNull(b)
	}
	b = binary.NativeEndian.AppendUint32(append(b, packedBlob), uint32(len(v))) //nolint:gosec // blobs are a few kB
	return append(b, v...)
}

// packNumber packs 0 as NULL, where 0 means unknown.
func packNumber(b []byte, n int64) []byte {
	if n == 0 {
		return packNull(b)
	}
	return packInt(b, n)
}

func packCount(b []byte, o claude.Opt[int64]) []byte {
	n, ok := o.Get()
	if !ok {
		return packNull(b)
	}
	return packInt(b, n)
}

// packScaled packs a number as a whole number of small units where that is exact.
func packScaled(b []byte, o claude.Opt[float64], unit float64) []byte {
	n, f, kind := scaled(o, unit)
	switch kind {
	case packedInt:
		return packInt(b, n)
	case packedFloat:
		return packFloat(b, f)
	default:
		return packNull(b)
	}
}

// packMicros packs a time as Unix microseconds, the zero time as NULL.
func packMicros(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return packNull(b)
	}
	return packInt(b, t.UnixMicro())
}

// cell is one value of a row. bits are those of a whole number or of a float; bytes are those of a text or a blob.
type cell struct {
	kind  byte
	bits  int64
	bytes []byte
}

// int returns a whole number, 0 for anything else.
func (c *cell) int() int64 {
	if c.kind == packedInt {
		return c.bits
	}
	return 0
}

func (c *cell) float() float64 { return math.Float64frombits(uint64(c.bits)) } //nolint:gosec // the bits

func (c *cell) count() claude.Opt[int64] { return known(c.bits, c.kind == packedInt) }

func (c *cell) unscaled(unit float64) claude.Opt[float64] {
	switch c.kind {
	case packedInt:
		return claude.Some(float64(c.bits) / unit)
	case packedFloat:
		return claude.Some(c.float())
	default:
		return claude.Opt[float64]{}
	}
}

// cellOf turns what database/sql scans into a cell.
func cellOf(v any) cell {
	switch v := v.(type) {
	case int64:
		return cell{kind: packedInt, bits: v}
	case float64:
		return cell{kind: packedFloat, bits: int64(math.Float64bits(v))} //nolint:gosec // the bits
	case string:
		return cell{kind: packedText, bytes: []byte(v)}
	case []byte:
		return cell{kind: packedBlob, bytes: v}
	default:
		return cell{kind: packedNull}
	}
}

// packed takes values off packed rows.
type packed struct{ rest []byte }

// next returns the next value; its bytes are the row's own.
func (p *packed) next() (cell, error) {
	c := cell{}
	size, head := 0, 1
	if len(p.rest) > 0 {
		c.kind = p.rest[0]
	}
	switch c.kind {
	case packedInt, packedFloat:
		head = 9
	case packedText, packedBlob:
		head = 5
		if len(p.rest) >= head {
			size = int(binary.NativeEndian.Uint32(p.rest[1:]))
		}
	case packedNull:
	default:
		return c, errPacked
	}
	if len(p.rest) < head+size {
		return c, errPacked
	}
	if head == 9 {
		c.bits = int64(binary.NativeEndian.Uint64(p.rest[1:])) //nolint:gosec // the bits
	}
	c.bytes, p.rest = p.rest[head:head+size], p.rest[head+size:]
	return c, nil
}

// ints takes whole numbers.
func (p *packed) ints(to ...*int64) error {
	for _, n := range to {
		c, err := p.next()
		if err != nil {
			return err
		}
		*n = c.int()
	}
	return nil
}
