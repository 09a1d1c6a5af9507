package store

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// How keys are kept on disk.
const (
	hashBits  = 40  // of a key's hash, the first ones; the call's row says whether the rest is right
	hashBytes = 5   // the same
	partKeys  = 330 // keys of a block on average: two standard deviations more still fit on a page
	partShift = 20  // a block's id is its run's, shifted by this, and its number
)

// keyEntry is one key of a run: it was given to a call, or taken from it.
type keyEntry struct {
	hash uint64 // hashBits of it
	call uint64 // the call's id, relative to its partition, doubled; one more when the key was taken from it
}

// short returns of a hash what is kept.
func short(hash int64) uint64 { return uint64(hash) >> (64 - hashBits) } //nolint:gosec // the bits

func compareEntries(a, b keyEntry) int {
	if a.hash != b.hash {
		return cmp.Compare(a.hash, b.hash)
	}
	return cmp.Compare(a.call, b.call)
}

// settle leaves of sorted entries what they come to: a key that was given and taken is gone. It reuses the slice.
func settle(all []keyEntry) []keyEntry {
	left := all[:0]
	for i := 0; i < len(all); {
		given, taken, next := 0, 0, i
		for ; next < len(all) && all[next].hash == all[i].hash && all[next].call>>1 == all[i].call>>1; next++ {
			if all[next].call&1 == 0 {
				given++
			} else {
				taken++
			}
		}
		e := keyEntry{all[i].hash, all[i].call &^ 1}
		if given < taken {
			e.call |= 1
		}
		for range max(given-taken, taken-given) { // as often, for the runs that are not here
			left = append(left, e)
		}
		i = next
	}
	return left
}

// mergeEntries merges sorted entries.
func mergeEntries(runs [][]keyEntry) []keyEntry {
	for len(runs) > 1 {
		merged := make([][]keyEntry, 0, (len(runs)+1)/2)
		for pair := range slices.Chunk(runs, 2) {
			if len(pair) == 1 {
				merged = append(merged, pair[0])
				continue
			}
			merged = append(merged, mergeTwo(pair[0], pair[1]))
		}
		runs = merged
	}
	return runs[0]
}

func mergeTwo(a, b []keyEntry) []keyEntry {
	all := make([]keyEntry, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareEntries(a[0], b[0]) <= 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// entryBytes is how many bytes an entry of a partition takes. Ids of calls without a time don't count from a day, so they are longer.
func entryBytes(slot int64) int {
	if slot == undatedSlot {
		return hashBytes + 8
	}
	return hashBytes + 6
}

// appendEntry appends an entry of size bytes: the numbers with their first byte first, so that bytes have the order of entries.
func appendEntry(b []byte, e keyEntry, size int) []byte {
	var all [16]byte
	binary.BigEndian.PutUint64(all[:], e.hash<<(64-hashBits))
	binary.BigEndian.PutUint64(all[hashBytes:], e.call<<(8*(hashBytes+8-size)))
	return append(b, all[:size]...)
}

// hashAt reads the hash of the entry at an index of a block.
func hashAt(block []byte, i, size int) uint64 {
	b := block[i*size:]
	return uint64(binary.BigEndian.Uint32(b))<<8 | uint64(b[4])
}

// entryAt reads the entry at an index of a block.
func entryAt(block []byte, i, size int) keyEntry {
	b := block[i*size : (i+1)*size]
	e := keyEntry{hash: hashAt(b, 0, size)}
	for _, x := range b[hashBytes:] {
		e.call = e.call<<8 | uint64(x)
	}
	return e
}

// partsOf returns how many blocks a run of n keys has, and part which of them a hash is in. Hashes are even, so blocks are.
func partsOf(n int) uint64 { return uint64(n+partKeys-1) / partKeys } //nolint:gosec // not negative

func part(hash, parts uint64) uint64 {
	high, low := bits.Mul64(hash, parts)
	return high<<(64-hashBits) | low>>hashBits
}
