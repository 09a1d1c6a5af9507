package decode

import (
	"encoding/binary"
	"math/bits"
)

// needles are what every line about Claude holds one of: the company's name in headers and addresses, counts of tokens, models, errors,
// request ids. Most lines of a log hold none, so the search for them is what those cost. All have the same length, which lets one
// search look for all of them at once.
var needles = [...]string{"nthrop", "NTHROP", "tokens", "Tokens", "claude", "_error", "req_01", "d: req", "piErro", "e_limi", "imiter", "verloa", "aude A"}

// needleLen is the length of each needle.
const needleLen = 6

// Of a needle's parts of four bytes one begins at each of three places in turn, so it is enough to look at every third place of a text.
// Looking is cheap and its steps don't wait for one another, unlike those of a search that leaps by what it saw.
const (
	partLen    = 4
	partStride = needleLen - partLen + 1
)

// partBits is how many bits of a part's hash count: so many that a part of a needle is mostly what it seems.
const partBits = 13

// parts marks the hashes of the needles' parts by 1, so that several can be looked up without a branch.
var parts = func() (t [1 << partBits]uint8) {
	for _, n := range needles {
		for i := range partStride {
			t[partHash([]byte(n[i:]))] = 1
		}
	}
	return t
}()

func partHash(b []byte) uint32 {
	return binary.LittleEndian.Uint32(b) * 0x9e3779b1 >> (32 - partBits)
}

// relevant reports whether a line may be about Claude.
func relevant(text []byte) bool {
	i := 0
	for ; i+partBlock <= len(text); i += 4 * partStride {
		if partIn(text[i:i+partBlock]) && needleIn(text, i) {
			return true
		}
	}
	if last := len(text) - partBlock; last >= 0 { // the rest, and some of what was seen
		return partIn(text[last:]) && needleIn(text, last)
	}
	return needleIn(text, 0)
}

// partBlock is how much of a text is looked at in one go: four places.
const partBlock = 3*partStride + partLen

// partIn reports whether anything that may be a part of a needle begins at one of a block's places.
func partIn(w []byte) bool {
	w = w[:partBlock]
	return parts[partHash(w)]|parts[partHash(w[partStride:])]|parts[partHash(w[2*partStride:])]|parts[partHash(w[3*partStride:])] != 0
}

// needleIn looks closely at the four places from i on.
func needleIn(text []byte, i int) bool {
	for end := min(i+4*partStride, len(text)-partLen+1); i < end; i += partStride {
		if needleAround(text, i) {
			return true
		}
	}
	return false
}

// needleAround reports whether a needle stands in a text such that one of its parts begins at i.
func needleAround(text []byte, i int) bool {
	for m := partOwners[partHash(text[i:])]; m != 0; m &= m - 1 {
		n := bits.TrailingZeros64(m)
		start := i - n%partStride
		if start >= 0 && start+needleLen <= len(text) && string(text[start:start+needleLen]) == needles[n/partStride] {
			return true
		}
	}
	return false
}

// partOwners says whose parts have a hash: bit partStride*n+k is for part k of needle n.
var partOwners = func() (t [1 << partBits]uint64) {
	for n, needle := range needles {
		for k := range partStride {
			t[partHash([]byte(needle[k:]))] |= 1 << (partStride*n + k)
		}
	}
	return t
}()
