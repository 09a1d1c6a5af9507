package tail

import (
	"crypto/sha256"
	"hash/maphash"
)

// headSeed makes the quick hashes of heads, which never leave the process.
var headSeed = maphash.MakeSeed()

// headKept is how many of a file's first bytes are kept as they are once its head is whole.
const headKept = 64

// head is what is remembered of how a file begins, as it was read: all of it until there is enough, then hashes of it and of as much as
// tells which files may be copies.
type head struct {
	size  int
	bytes string // all of them; of a whole head headKept, and the hash that positions have
	start uint64 // of the first evidence bytes of a whole head
	quick uint64 // of a whole head
}

func newHead(data []byte) head {
	var h head
	h.extend(data)
	return h
}

// extend adds what comes next.
func (h *head) extend(data []byte) {
	data = data[:min(headSize-h.size, len(data))]
	if len(data) == 0 {
		return
	}
	if h.size += len(data); h.size < headSize {
		h.bytes += string(data)
		return
	}
	if h.bytes != "" {
		data = append([]byte(h.bytes), data...)
	}
	h.start, h.quick = startOf(data), quickHash(data)
	sum := sha256.Sum256(data)
	var kept [headKept + len(sum)]byte
	copy(kept[copy(kept[:], data[:headKept]):], sum[:])
	h.bytes = string(kept[:])
}

// kept are the bytes that are there as they were read.
func (h *head) kept() string {
	if h.whole() {
		return h.bytes[:headKept]
	}
	return h.bytes
}

func quickHash(data []byte) uint64 { return maphash.Bytes(headSeed, data) }

// startOf is the hash of a text's first bytes, by which files are found that may be copies of each other; 0 where there are too few.
func startOf(text []byte) uint64 {
	if len(text) < evidence {
		return 0
	}
	return quickHash(text[:evidence])
}

func startOfString(text string) uint64 {
	if len(text) < evidence {
		return 0
	}
	return maphash.String(headSeed, text[:evidence])
}

// whole reports that there is enough.
func (h *head) whole() bool { return h.size == headSize }

// hash is what positions have of it.
func (h *head) hash() []byte {
	switch {
	case h.size == 0:
		return nil
	case h.whole():
		return []byte(h.bytes[headKept:])
	default:
		return hash([]byte(h.bytes))
	}
}

// begins reports whether a text of at least the head's size begins like it.
func (h *head) begins(text []byte) bool {
	if h.whole() {
		return quickHash(text[:headSize]) == h.quick
	}
	return string(text[:h.size]) == h.bytes
}

// alike compares the beginning of another file, as far as both are known.
func (h *head) alike(other []byte) bool {
	switch {
	case h.whole() && len(other) >= headSize:
		return h.begins(other)
	case h.whole() && len(other) >= evidence:
		return h.start == startOf(other)
	}
	kept := h.kept()
	n := min(len(kept), len(other))
	return kept[:n] == string(other[:n])
}

// startHash is startOf what is known.
func (h *head) startHash() uint64 {
	if h.whole() {
		return h.start
	}
	return startOfString(h.bytes)
}

// scratch is room to read a head into, to be put back into the source's heads.
func (s *source) scratch() *[headSize]byte {
	if buf, ok := s.heads.Get().(*[headSize]byte); ok {
		return buf
	}
	return new([headSize]byte)
}
