package store

import "slices"

// lookUp appends to found what a partition's runs have of the sorted hashes, which are whole.
func (c *commit) lookUp(slot int64, hashes []uint64, found []keyEntry) ([]keyEntry, error) {
	for _, r := range c.runs(slot) {
		var err error
		if found, err = c.lookIn(slot, r, r.node.within(hashes), found); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, compareEntries)
	return settle(found), nil
}

func (c *commit) lookIn(slot int64, r keyRun, hashes []uint64, found []keyEntry) ([]keyEntry, error) {
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
	form := formOf(r.form, slot)
	err = eachBlock(p, func(id int64, block []byte) {
		before := ^uint64(0)
		for ; len(hashes) > 0 && r.block(hashes[0]) <= id; hashes = hashes[1:] {
			if h := hashes[0] >> (64 - hashBits); h != before {
				found, before = appendFound(found, block, form, h), h
			}
		}
	})
	return found, err
}

// part returns the number of the block that a whole hash is in.
func (r keyRun) part(hash uint64) int64 {
	if r.form == oldForm {
		return int64(part(hash>>(64-oldHashBits), uint64(r.parts), oldHashBits)) //nolint:gosec // a few hundred
	}
	rest := hash << (tierBits * r.node.depth()) >> (64 - hashBits)
	return int64(part(rest, uint64(r.parts), hashBits)) //nolint:gosec // the same
}

// block returns the id of the block that a whole hash is in.
func (r keyRun) block(hash uint64) int64 { return r.id<<partShift | r.part(hash) }

// appendFound appends the entries of a block that have a hash.
func appendFound(found []keyEntry, block []byte, form keyForm, hash uint64) []keyEntry {
	n := len(block) / form.size()
	for at := form.search(block, n, hash); at < n && form.hashAt(block, at) == hash; at++ {
		found = append(found, form.at(block, at))
	}
	return found
}

// search returns the index of the first of a block's entries that has a hash or a larger one. Hashes are even, so it looks near where that
// would be.
func (f keyForm) search(block []byte, n int, hash uint64) int {
	if n == 0 || hash <= f.hashAt(block, 0) {
		return 0
	}
	first, last := f.hashAt(block, 0), f.hashAt(block, n-1)
	if hash > last {
		return n
	}
	at := int((hash - first) * uint64(n-1) / (last - first)) //nolint:gosec // less than n
	for f.hashAt(block, at) < hash {
		at++
	}
	for f.hashAt(block, at-1) >= hash { // not before the second
		at--
	}
	return at
}
