package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

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

// keysOf returns the keys of a call's own ids and of the record it came from, if that has one.
func keysOf(salt []byte, c *claude.Call, record string) []key {
	keys := make([]key, 0, 3)
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

// chunk is how many keys or rows one statement looks up. SQLite sorts them and walks the table once; a statement for each
// would cost several times as much.
const chunk = 64

// lookUp returns the calls that have each of the keys in a partition.
func lookUp(ctx context.Context, q querier, slot int64, hashes []int64, found map[int64][]int64) error {
	slices.Sort(hashes)
	query := "SELECT key, call FROM call_keys WHERE slot = ? AND key IN (?" + strings.Repeat(", ?", chunk-1) + ")"
	for part := range slices.Chunk(slices.Compact(hashes), chunk) {
		args := append(make([]any, 0, chunk+1), slot)
		for i := range chunk {
			args = append(args, part[min(i, len(part)-1)])
		}
		err := each(ctx, q, func(scan scanFunc) error {
			var hash, call int64
			if err := scan(&hash, &call); err != nil {
				return err
			}
			found[hash] = append(found[hash], firstRow(slot)+call)
			return nil
		}, query, args...)
		if err != nil {
			return err
		}
	}
	return nil
}
