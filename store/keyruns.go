package store

import (
	"context"
	"math/bits"
	"slices"
)

// Runs of one tier have sizes within a factor of fanOut; fanOut of them become one of the next. More than maxRun keys are cut by the next
// bits of their hashes into runs of fanOut nodes below, so that no merge takes long.
const (
	tierBits = 3
	fanOut   = 1 << tierBits
	maxRun   = 1<<15 - 1
)

// keyRun is a set of keys that was written once, sorted and cut into blocks.
type keyRun struct {
	id    int64
	keys  int64
	parts int64
	node  keyNodeID
	form  int64
}

func tier(keys int64) int { return (bits.Len64(uint64(keys)) - 1) / tierBits } //nolint:gosec // not negative

const (
	insertRun    = "INSERT INTO key_runs (id, slot, keys, parts, node, form) VALUES (?, ?, ?, ?, ?, ?)"
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

// readRun appends all entries of a run.
func (c *commit) readRun(slot int64, r keyRun, all []keyEntry) ([]keyEntry, error) {
	p, err := c.query(selectRun, r.blocks(nil))
	if err != nil {
		return nil, err
	}
	form := formOf(r.form, slot)
	err = eachBlock(p, func(_ int64, block []byte) { all = form.entries(all, block) })
	return all, err
}

// addRun writes the sorted entries of a partition, together with the runs that are due to be merged with them. Merges further down the tree
// wait for their turn.
func (c *commit) addRun(slot int64, entries []keyEntry) error {
	c.newRuns[slot] = slices.Clone(c.runs(slot))
	n := len(entries)
	for {
		same := runsOf(c.newRuns[slot], rootNode, tier(int64(len(entries))))
		if len(same) < fanOut-1 || len(entries) > c.db.slots.maxRun {
			break
		}
		var err error
		if entries, err = c.merge(slot, same, entries); err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
	}
	if err := c.sink(slot, rootNode, entries); err != nil {
		return err
	}
	return c.mergeBelow(slot, 2*n)
}

// mergeBelow merges runs below the root as far as they are due: one merge at least, and more only while they come to no more than some keys.
func (c *commit) mergeBelow(slot int64, keys int) error {
	for keys > 0 {
		same := dueBelow(c.newRuns[slot])
		if same == nil {
			return nil
		}
		entries, err := c.merge(slot, same, nil)
		if err != nil {
			return err
		}
		if err := c.sink(slot, same[0].node, entries); err != nil {
			return err
		}
		keys -= len(entries) + 1
	}
	return nil
}

// merge takes runs out and returns what they and some more entries come to.
func (c *commit) merge(slot int64, runs []keyRun, entries []keyEntry) ([]keyEntry, error) {
	n := len(entries)
	for _, r := range runs {
		n += int(r.keys)
	}
	all := append(make([]keyEntry, 0, n), entries...)
	for _, r := range runs {
		var err error
		if all, err = c.readRun(slot, r, all); err != nil {
			return nil, err
		}
	}
	if err := c.deleteRuns(runs); err != nil {
		return nil, err
	}
	c.newRuns[slot] = slices.DeleteFunc(c.newRuns[slot], func(r keyRun) bool { return slices.Contains(runs, r) })
	var s entrySorter // its memory goes with this merge
	return settle(s.sort(all)), nil
}

// sink writes entries to a node, or to those below it when they are too many.
func (c *commit) sink(slot int64, node keyNodeID, entries []keyEntry) error {
	if len(entries) <= c.db.slots.maxRun || node.depth() == maxDepth {
		return c.writeRun(slot, node, entries)
	}
	for digit := range keyNodeID(fanOut) {
		child := node<<tierBits | digit
		n, _ := slices.BinarySearchFunc(entries, child, func(e keyEntry, child keyNodeID) int {
			if child.before(e.hash) {
				return 1
			}
			return -1
		})
		if err := c.sink(slot, child, entries[:n]); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return nil
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

func (c *commit) writeRun(slot int64, node keyNodeID, entries []keyEntry) error {
	if len(entries) == 0 {
		return nil
	}
	parts, form := partsOf(len(entries)), formOf(presentForm, slot)
	r := keyRun{c.db.slots.newRun(), int64(len(entries)), int64(parts), node, presentForm} //nolint:gosec // a few hundred
	rows := make([]byte, 0, len(entries)*form.size()+int(parts)*14)                        //nolint:gosec // the same
	block := make([]byte, 0, 2*partKeys*form.size())
	for n := range int64(parts) { //nolint:gosec // the same
		block = block[:0]
		for len(entries) > 0 && r.part(entries[0].hash<<(64-hashBits)) == n {
			block, entries = form.append(block, entries[0]), entries[1:]
		}
		rows = packBlob(packInt(rows, r.id<<partShift|n), block)
	}
	if err := c.execAll(insertBlock, rows); err != nil {
		return err
	}
	var row []byte
	for _, n := range [...]int64{r.id, slot, r.keys, r.parts, int64(r.node), r.form} {
		row = packInt(row, n)
	}
	c.newRuns[slot] = append(c.newRuns[slot], r)
	return c.execAll(insertRun, row)
}

// readRuns reads which runs there are, by partition.
func readRuns(ctx context.Context, q querier) (map[int64][]keyRun, error) {
	all := map[int64][]keyRun{}
	err := each(ctx, q, func(scan scanFunc) error {
		var slot int64
		var r keyRun
		err := scan(&r.id, &slot, &r.keys, &r.parts, &r.node, &r.form)
		all[slot] = append(all[slot], r)
		return err
	}, "SELECT id, slot, keys, parts, node, form FROM key_runs ORDER BY id")
	return all, err
}
