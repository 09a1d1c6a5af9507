package store

import (
	"cmp"
	"encoding/binary"
)

// How keys are kept on disk.
const (
	hashBits  = 32  // of a key's hash, the first ones; the call's row says whether the rest is right
	idBits    = 4   // of a call's id, the last ones, that are left out: the few calls that differ only in them are read together
	partKeys  = 410 // keys of a block on average: two standard deviations more still fit on a page
	partShift = 20  // a block's id is its run's, shifted by this, and its number
)

// The forms of entries on disk. Runs of the old one are read until they are merged or their day is over.
const (
	oldForm     = 0
	oldHashBits = 40
	presentForm = 1
)

// keyEntry is one key of a run: it was given to a call, or taken from it.
type keyEntry struct {
	hash uint64 // hashBits of it
	call uint64 // the call's id, relative to its partition, without idBits, doubled; one more when the key was taken from it
}

// given returns the entry of a key that a call of a partition has.
func given(hash, id, slot int64) keyEntry {
	return keyEntry{short(hash), uint64(id-firstRow(slot)) >> idBits << 1} //nolint:gosec // not before its partition's first
}

// row returns the first of the ids that the entry's call can have in its partition; there are 1 << idBits.
func (e keyEntry) row(slot int64) int64 {
	return firstRow(slot) + int64(e.call>>1<<idBits) //nolint:gosec // as it was written
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
		if next := i + 1; all[i].call&1 == 0 && (next == len(all) || all[next].hash != all[i].hash) { // as nearly all are
			left, i = append(left, all[i]), next
			continue
		}
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

// keyForm says how entries are written: the numbers with their first byte first, so that bytes have the order of entries.
type keyForm struct {
	old        bool
	hash, call int // bytes
}

// formOf returns the form of a partition's runs. Ids of calls without a time don't count from a day, so they are longer.
func formOf(form, slot int64) keyForm {
	f := keyForm{form == oldForm, 4, 5}
	if f.old {
		f.hash, f.call = 5, 6
	}
	if slot == undatedSlot {
		f.call += 2
	}
	return f
}

func (f keyForm) size() int { return f.hash + f.call }

// append appends an entry in the present form.
func (f keyForm) append(b []byte, e keyEntry) []byte {
	var all [16]byte
	binary.BigEndian.PutUint32(all[:], uint32(e.hash)) //nolint:gosec // hashBits
	binary.BigEndian.PutUint64(all[f.hash:], e.call<<(64-8*f.call))
	return append(b, all[:f.size()]...)
}

// hashAt reads the hash of the entry at an index of a block.
func (f keyForm) hashAt(block []byte, i int) uint64 {
	return uint64(binary.BigEndian.Uint32(block[i*f.size():])) // the first hashBits in either form
}

// at reads the entry at an index of a block.
func (f keyForm) at(block []byte, i int) keyEntry {
	b := block[i*f.size() : (i+1)*f.size()]
	e := keyEntry{hash: f.hashAt(b, 0)}
	for _, x := range b[f.hash:] {
		e.call = e.call<<8 | uint64(x)
	}
	if f.old {
		e.call = e.call>>1>>idBits<<1 | e.call&1
	}
	return e
}

// entries appends those of a block. Of an old one they may be out of order.
func (f keyForm) entries(all []keyEntry, block []byte) []keyEntry {
	for i := range len(block) / f.size() {
		all = append(all, f.at(block, i))
	}
	return all
}

// partsOf returns how many blocks a run of n keys has, and part which of them a hash of some bits is in. Hashes are even, so blocks are.
func partsOf(n int) uint64 { return uint64(n+partKeys-1) / partKeys } //nolint:gosec // not negative

func part(hash, parts uint64, bits int) uint64 { return hash * parts >> bits }
