package store

import "slices"

// entrySorter sorts entries by their hashes, which are even: first into small buckets, and then few are out of their place.
type entrySorter struct {
	sorted []keyEntry
	ends   []uint32
}

// sort returns the sorted entries, which are valid until the next sort.
func (s *entrySorter) sort(all []keyEntry) []keyEntry {
	if len(all) < 32 {
		slices.SortFunc(all, compareEntries)
		return all
	}
	const inBucket = 3
	first, last := all[0].hash, all[0].hash
	for i := range all {
		first, last = min(first, all[i].hash), max(last, all[i].hash)
	}
	buckets := uint64(len(all) / inBucket)                //nolint:gosec // not negative
	scale := (buckets<<hashBits - 1) / (last - first + 1) // less than buckets for every hash
	ends := take(&s.ends, int(buckets)+1)[:buckets+1]     //nolint:gosec // the same
	clear(ends)
	for i := range all {
		ends[(all[i].hash-first)*scale>>hashBits+1]++
	}
	for i := range buckets {
		ends[i+1] += ends[i]
	}
	sorted := take(&s.sorted, len(all))[:len(all)]
	for i := range all {
		at := &ends[(all[i].hash-first)*scale>>hashBits]
		sorted[*at] = all[i]
		*at++
	}
	if !insertionSort(sorted) {
		slices.SortFunc(sorted, compareEntries)
	}
	return sorted
}

// insertionSort sorts entries of which few are far from their places. It gives up where that is not so, as with one key of many calls.
func insertionSort(all []keyEntry) bool {
	moves := 8 * len(all)
	for i := 1; i < len(all); i++ {
		e, j := all[i], i
		for ; j > 0 && (all[j-1].hash > e.hash || all[j-1].hash == e.hash && all[j-1].call > e.call); j-- {
			all[j] = all[j-1]
		}
		all[j] = e
		if moves -= i - j; moves < 0 {
			return false
		}
	}
	return true
}
