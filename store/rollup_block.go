package store

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// What a transaction adds to sums by day is kept as a block: its rows, which are parts of the day's, in the order of their keys. A part is,
// in the varints of encoding/binary:
//
//   - by how much start, scope, user and status are more than those of the part before, or of none
//   - the length of the cause and its text
//   - in which sums it is unlike the part before: a bit for each that is not 0 in one of them and is 0 in the other, and one for the sketch
//   - the sums that are not 0
//   - the length of the sketch and its bytes, where it has one
//
// Names and scopes are ids. No part is of an earlier day than the one before. bulk_sums.c reads blocks too.
const partWithSketch = 1 << len(sums{})

// errBlock says that a stored block is cut or was not written by this program.
var errBlock = errors.New("broken block of sums")

// blockWriter makes a block.
type blockWriter struct {
	block []byte
	last  rollupKey
	mask  uint64
}

// add appends a part, which must not come before the last one.
func (w *blockWriter) add(k *rollupKey, cause string, s *sums, sketch []byte) {
	b := w.block
	for _, n := range [...]int64{k.start - w.last.start, k.scope - w.last.scope, k.user - w.last.user, k.status - w.last.status} {
		b = binary.AppendVarint(b, n)
	}
	b = append(binary.AppendUvarint(b, uint64(len(cause))), cause...)
	mask := uint64(0)
	for i, n := range s {
		if n != 0 {
			mask |= 1 << i
		}
	}
	if len(sketch) > 0 {
		mask |= partWithSketch
	}
	b = binary.AppendUvarint(b, mask^w.mask)
	for _, n := range s {
		if n != 0 {
			b = binary.AppendVarint(b, n)
		}
	}
	if len(sketch) > 0 {
		b = append(binary.AppendUvarint(b, uint64(len(sketch))), sketch...)
	}
	w.block, w.last, w.mask = b, *k, mask
}

// blockReader takes the parts off a block. Its fields are those of the part that next took last; texts and bytes are the block's own.
type blockReader struct {
	rest   []byte
	key    rollupKey // without its cause
	cause  []byte
	sums   sums
	sketch []byte
	mask   uint64
	begun  bool
	err    error
}

// next takes a part, and reports whether there was one. It must not be called again after an error.
func (r *blockReader) next() bool {
	if len(r.rest) == 0 {
		return false
	}
	before, first := r.key.start, !r.begun
	for _, n := range [...]*int64{&r.key.start, &r.key.scope, &r.key.user, &r.key.status} {
		*n += r.int()
	}
	r.cause, r.begun = r.bytes(), true
	if r.mask ^= r.uint(); r.mask >= 2*partWithSketch || !first && r.key.start < before {
		r.fail()
		return false
	}
	r.sums, r.sketch = sums{}, nil
	for left := r.mask &^ partWithSketch; left != 0; left &= left - 1 {
		r.sums[bits.TrailingZeros64(left)] = r.int()
	}
	if r.mask&partWithSketch != 0 {
		r.sketch = r.bytes()
	}
	return r.err == nil
}

func (r *blockReader) fail() { r.rest, r.err = nil, errBlock }

func (r *blockReader) uint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *blockReader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1) //nolint:gosec // the lowest bit is the sign, as in binary.Varint
}

func (r *blockReader) bytes() []byte {
	size := r.uint()
	if size > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	b := r.rest[:size:size]
	r.rest = r.rest[size:]
	return b
}
