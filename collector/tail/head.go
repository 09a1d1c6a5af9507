package tail

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// headSeed makes the quick hashes of heads, which never leave the process.
var headSeed = maphash.MakeSeed()

// headKept is how many of a file's first bytes are kept as they are once its head is whole.
const headKept = 64

// head is what is remembered of how a file begins, as it was read: all of it until there is enough, then hashes of it and of as much as
// tells which files may be copies.
type head struct {
	size  int
	bytes []byte // all of them, or headKept
	start uint64 // of the first evidence bytes of a whole head
	quick uint64 // of a whole head
	sum   []byte // of a whole head, as positions have it
}

func newHead(data []byte) head {
	var h head
	h.extend(data)
	return h
}

// extend adds what comes next.
func (h *head) extend(data []byte) {
	room := headSize - h.size
	if room == 0 || len(data) == 0 {
		return
	}
	h.size += min(room, len(data))
	h.bytes = slices.Concat(h.bytes, data[:min(room, len(data))]) // no more room than it takes
	if h.size == headSize {
		h.start, h.quick, h.sum = startOf(h.bytes), quickHash(h.bytes), hash(h.bytes)
		h.bytes = bytes.Clone(h.bytes[:headKept])
	}
}

func quickHash(data []byte) uint64 { return maphash.Bytes(headSeed, data) }

// startOf is the hash of a text's first bytes, by which files are found that may be copies of each other; 0 where there are too few.
func startOf(text []byte) uint64 {
	if len(text) < evidence {
		return 0
	}
	return quickHash(text[:evidence])
}

// whole reports that there is enough.
func (h *head) whole() bool { return h.size == headSize }

// hash is what positions have of it.
func (h *head) hash() []byte {
	switch {
	case h.size == 0:
		return nil
	case h.whole():
		return h.sum
	default:
		return hash(h.bytes)
	}
}

// begins reports whether a text of at least the head's size begins like it.
func (h *head) begins(text []byte) bool {
	if h.whole() {
		return quickHash(text[:headSize]) == h.quick
	}
	return bytes.Equal(text[:h.size], h.bytes)
}

// alike compares the beginning of another file, as far as both are known.
func (h *head) alike(other []byte) bool {
	switch {
	case h.whole() && len(other) >= headSize:
		return h.begins(other)
	case h.whole() && len(other) >= evidence:
		return h.start == startOf(other)
	}
	n := min(len(h.bytes), len(other))
	return bytes.Equal(h.bytes[:n], other[:n])
}

// startHash is startOf what is known.
func (h *head) startHash() uint64 {
	if h.whole() {
		return h.start
	}
	return startOf(h.bytes)
}

// scratch is room to read a head into, to be put back into the source's heads.
func (s *source) scratch() *[headSize]byte {
	if buf, ok := s.heads.Get().(*[headSize]byte); ok {
		return buf
	}
	return new([headSize]byte)
}
