package store

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

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

// keyMaker makes keys. It is one transaction's at a time.
type keyMaker struct {
	salt   []byte
	hash   hash.Hash
	hashed []byte // goes into the hash, and then comes out of it
}

func newKeyMaker(salt []byte) *keyMaker { return &keyMaker{salt: salt, hash: sha256.New()} }

func (m *keyMaker) key(kind keyKind, id string) key {
	b := append(append(append(m.hashed[:0], m.salt...), byte(kind)), id...)
	m.hash.Reset()
	_, _ = m.hash.Write(b) // never an error, as hash.Hash says
	m.hashed = m.hash.Sum(b[:0])
	return key{kind, int64(binary.LittleEndian.Uint64(m.hashed))} //nolint:gosec // all 64 bits are wanted, whatever the sign
}

// keysOf appends the keys of a call's own ids and of the record it came from, if that has one.
func (m *keyMaker) keysOf(keys []key, c *claude.Call, record string) []key {
	if c.RequestID != "" {
		keys = append(keys, m.key(byRequest, c.RequestID))
	}
	if c.MessageID != "" {
		keys = append(keys, m.key(byMessage, c.MessageID))
	}
	if record != "" {
		keys = append(keys, m.key(byRecord, record))
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
