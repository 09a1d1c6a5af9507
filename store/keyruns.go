package store

import (
	"context"
	"math/bits"
	"slices"
)

// Runs of one tier have sizes within a factor of fanOut; fanOut of them become one of the next. From topTier on they stay as they are:
// a commit must not take long because it merges.
const (
	tierBits = 3
	fanOut   = 1 << tierBits
	topTier  = 5
)

// keyRun is a set of keys that was written once, sorted and cut into blocks.
type keyRun struct {
	id    int64
	keys  int64
	parts int64
}

func tier(keys int64) int { return (bits.Len64(uint64(keys)) - 1) / tierBits } //nolint:gosec // not negative

const (
	insertRun    = "INSERT INTO key_runs (id, slot, keys, parts) VALUES (?, ?, ?, ?)"
	deleteRun    = "DELETE FROM key_runs WHERE id = ?"
	insertBlock  = "INSERT INTO key_blocks (id, keys) VALUES (?, ?)"
	deleteBlocks = "DELETE FROM key_blocks WHERE id >= ? AND id < ?"
	selectBlock  = "SELECT id, keys FROM key_blocks WHERE id = ?"
	selectRun    = "SELECT id, keys FROM key_blocks WHERE id >= ? AND id < ? ORDER BY id"
)

// blocks packs the ids between which those of a run's blocks are.
func (r keyRun) blocks(b []byte) []byte {
	return packInt(packInt(b, r.id<<partShift), (r.id+1)<<partShift)
}

// eachBlock calls a function for each block of a query's answer.
func eachBlock(p packed, fn func(id int64, block []byte)) error {
	for len(p.rest) > 0 {
		id, err := p.next()
		if err != nil {
			return err
		}
		block, err := p.next()
		if err != nil {
			return err
		}
		fn(id.bits, block.bytes)
	}
	return nil
}

// readRun returns all entries of a run.
func (c *commit) readRun(slot int64, r keyRun) ([]keyEntry, error) {
	p, err := c.query(selectRun, r.blocks(nil))
	if err != nil {
		return nil, err
	}
	size, all := entryBytes(slot), make([]keyEntry, 0, r.keys)
	err = eachBlock(p, func(_ int64, block []byte) {
		for i := range len(block) / size {
			all = append(all, entryAt(block, i, size))
		}
	})
	return all, err
}

// addRun writes the sorted entries of a partition, together with the runs that are due to be merged with them.
func (c *commit) addRun(slot int64, entries []keyEntry) error {
	runs := slices.Clone(c.runs(slot))
	for {
		same := runsOfTier(runs, tier(int64(len(entries))))
		if len(same) < fanOut-1 {
			break
		}
		sources := [][]keyEntry{entries}
		for _, r := range same {
			source, err := c.readRun(slot, r)
			if err != nil {
				return err
			}
			sources = append(sources, source)
		}
		if err := c.deleteRuns(same); err != nil {
			return err
		}
		runs = slices.DeleteFunc(runs, func(r keyRun) bool { return slices.Contains(same, r) })
		if entries = settle(mergeEntries(sources)); len(entries) == 0 {
			break
		}
	}
	if len(entries) > 0 {
		r, err := c.writeRun(slot, entries)
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	c.newRuns[slot] = runs
	return nil
}

// runsOfTier returns the runs that would be merged with one of a tier.
func runsOfTier(runs []keyRun, t int) []keyRun {
	if t >= topTier {
		return nil
	}
	var same []keyRun
	for _, r := range runs {
		if tier(r.keys) == t {
			same = append(same, r)
		}
	}
	return same
}

func (c *commit) deleteRuns(runs []keyRun) error {
	var ids, blocks []byte
	for _, r := range runs {
		ids, blocks = packInt(ids, r.id), r.blocks(blocks)
	}
	if err := c.execAll(deleteBlocks, blocks); err != nil {
		return err
	}
	return c.execAll(deleteRun, ids)
}

func (c *commit) writeRun(slot int64, entries []keyEntry) (keyRun, error) {
	parts, size := partsOf(len(entries)), entryBytes(slot)
	r := keyRun{c.db.slots.newRun(), int64(len(entries)), int64(parts)} //nolint:gosec // a few hundred
	rows := make([]byte, 0, len(entries)*size+int(parts)*14)            //nolint:gosec // the same
	block := make([]byte, 0, 2*partKeys*size)
	for n := range parts {
		block = block[:0]
		for len(entries) > 0 && part(entries[0].hash, parts) == n {
			block, entries = appendEntry(block, entries[0], size), entries[1:]
		}
		rows = packBlob(packInt(rows, r.id<<partShift|int64(n)), block) //nolint:gosec // the same
	}
	if err := c.execAll(insertBlock, rows); err != nil {
		return r, err
	}
	return r, c.execAll(insertRun, packInt(packInt(packInt(packInt(nil, r.id), slot), r.keys), r.parts))
}

// lookUp appends to found what a partition's runs have of the sorted hashes.
func (c *commit) lookUp(slot int64, hashes []uint64, found []keyEntry) ([]keyEntry, error) {
	size := entryBytes(slot)
	for _, r := range c.runs(slot) {
		var args []byte
		last := int64(-1)
		for _, h := range hashes {
			if id := r.block(h); id != last {
				args, last = packInt(args, id), id
			}
		}
		p, err := c.query(selectBlock, args)
		if err != nil {
			return nil, err
		}
		rest := hashes
		err = eachBlock(p, func(id int64, block []byte) {
			for ; len(rest) > 0 && r.block(rest[0]) <= id; rest = rest[1:] {
				if r.block(rest[0]) == id {
					found = appendFound(found, block, size, rest[0])
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, compareEntries)
	return settle(found), nil
}

// block returns the id of the block that a hash is in.
func (r keyRun) block(hash uint64) int64 {
	return r.id<<partShift | int64(part(hash, uint64(r.parts))) //nolint:gosec // a few hundred
}

// appendFound appends the entries of a block that have a hash.
func appendFound(found []keyEntry, block []byte, size int, hash uint64) []keyEntry {
	n := len(block) / size
	low, high := 0, n
	for low < high {
		if mid := (low + high) / 2; hashAt(block, mid, size) < hash {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for ; low < n && hashAt(block, low, size) == hash; low++ {
		found = append(found, entryAt(block, low, size))
	}
	return found
}

// readRuns reads which runs there are, by partition.
func readRuns(ctx context.Context, q querier) (map[int64][]keyRun, error) {
	all := map[int64][]keyRun{}
	err := each(ctx, q, func(scan scanFunc) error {
		var slot int64
		var r keyRun
		err := scan(&r.id, &slot, &r.keys, &r.parts)
		all[slot] = append(all[slot], r)
		return err
	}, "SELECT id, slot, keys, parts FROM key_runs ORDER BY id")
	return all, err
}
