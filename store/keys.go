package store

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/claudewatch/claudewatch/claude"
)

const (
	msPerDay = 24 * 60 * 60 * 1000
	// undatedSlot holds the keys of calls whose logs have no time: nothing says near which day to look for them.
	undatedSlot = -1
)

// keyKind says which of a call's ids a key was made of.
type keyKind byte

const (
	byRequest keyKind = 'r'
	byMessage keyKind = 'm'
	byRecord  keyKind = 'k' // collector.Batch.Keys
)

// key is what a call is found again by. 64 bits of a salted hash are enough: with 10 million calls the odds that any two ids
// of neighbouring days ever meet are about one in a million, and nobody can make them meet without the salt.
type key struct {
	kind keyKind
	hash int64
}

func makeKey(salt []byte, kind keyKind, id string) key {
	buf := make([]byte, 0, 128)
	buf = append(append(append(buf, salt...), byte(kind)), id...)
	sum := sha256.Sum256(buf)
	return key{kind, int64(binary.LittleEndian.Uint64(sum[:8]))} //nolint:gosec // all 64 bits are wanted, whatever the sign
}

// keysOf appends the keys of a call's own ids and of the record it came from, if that has one.
func keysOf(keys []key, salt []byte, c *claude.Call, record string) []key {
	if c.RequestID != "" {
		keys = append(keys, makeKey(salt, byRequest, c.RequestID))
	}
	if c.MessageID != "" {
		keys = append(keys, makeKey(salt, byMessage, c.MessageID))
	}
	if record != "" {
		keys = append(keys, makeKey(salt, byRecord, record))
	}
	return keys
}

// slotOf returns the partition that a call's keys are kept in.
func slotOf(c *claude.Call) int64 {
	if c.Undated {
		return undatedSlot
	}
	return c.Time.UnixMilli() / msPerDay
}

// firstRow is the smallest id that a call of a slot can have. Ids of calls are kept relative to it, which saves bytes.
func firstRow(slot int64) int64 {
	if slot == undatedSlot {
		return 0
	}
	return slot * msPerDay << 16
}

// near reports whether two sightings can be of one call: a day apart covers midnight and logs in local time.
func near(a, b *claude.Call) bool {
	s, t := slotOf(a), slotOf(b)
	return s == undatedSlot || t == undatedSlot || s-t <= 1 && t-s <= 1
}
