package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
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

// slotsNear returns the partitions that hold the keys of calls near to this one.
func (db *DB) slotsNear(c *claude.Call) []int64 {
	db.slotsMu.Lock()
	defer db.slotsMu.Unlock()
	if c.Undated {
		return slices.Collect(maps.Keys(db.slots))
	}
	day := slotOf(c)
	return slices.DeleteFunc([]int64{day - 1, day, day + 1, undatedSlot}, func(s int64) bool { return !db.slots[s] })
}

// addSlots notes partitions that are about to be written. After a rollback one too many is known, which only costs a look.
func (db *DB) addSlots(keys []slottedKey) {
	db.slotsMu.Lock()
	defer db.slotsMu.Unlock()
	for _, k := range keys {
		db.slots[k.slot] = true
	}
}

// readSlots lists the partitions that hold keys, with one look-up each.
func readSlots(ctx context.Context, q querier) (map[int64]bool, error) {
	const query = `WITH RECURSIVE s(slot) AS (
		SELECT min(slot) FROM call_keys
		UNION ALL SELECT (SELECT min(slot) FROM call_keys WHERE slot > s.slot) FROM s WHERE s.slot IS NOT NULL
	) SELECT slot FROM s WHERE slot IS NOT NULL`
	slots := map[int64]bool{}
	err := each(ctx, q, func(scan scanFunc) error {
		var s int64
		err := scan(&s)
		slots[s] = true
		return err
	}, query)
	return slots, err
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
