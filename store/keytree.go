package store

import (
	"math/bits"
	"slices"
	"sort"
)

// keyNodeID is where in a partition's tree a run is: 1 and then, in octal digits, what its hashes begin with.
type keyNodeID int64

const (
	rootNode keyNodeID = 1
	// maxDepth is as far down as hashes still differ.
	maxDepth = 8
)

func (n keyNodeID) depth() int { return (bits.Len64(uint64(n)) - 1) / tierBits } //nolint:gosec // not negative

// first returns the smallest whole hash of the node, and last the largest.
func (n keyNodeID) first() uint64 {
	if n == rootNode {
		return 0
	}
	depth := n.depth()
	return uint64(n) << (64 - tierBits*depth) //nolint:gosec // the leading 1 goes
}

func (n keyNodeID) last() uint64 { return n.first() | ^uint64(0)>>(tierBits*n.depth()) }

// before reports whether the node ends before a hash of hashBits.
func (n keyNodeID) before(hash uint64) bool { return n.last() < hash<<(64-hashBits) }

// within returns those of sorted whole hashes that the node has.
func (n keyNodeID) within(hashes []uint64) []uint64 {
	if n == rootNode {
		return hashes
	}
	from, _ := slices.BinarySearch(hashes, n.first())
	last := n.last()
	to := from + sort.Search(len(hashes)-from, func(i int) bool { return hashes[from+i] > last })
	return hashes[from:to]
}

// runsOf returns the runs of a node's tier.
func runsOf(runs []keyRun, node keyNodeID, t int) []keyRun {
	var same []keyRun
	for _, r := range runs {
		if r.node == node && tier(r.keys) == t {
			same = append(same, r)
		}
	}
	return same
}

// dueBelow returns runs of a node below the root that are due to be merged; nil when there are none.
func dueBelow(runs []keyRun) []keyRun {
	type place struct {
		node keyNodeID
		tier int
	}
	var count map[place]int
	for _, r := range runs {
		if r.node == rootNode || r.node.depth() == maxDepth {
			continue
		}
		if count == nil {
			count = map[place]int{}
		}
		p := place{r.node, tier(r.keys)}
		if count[p]++; count[p] == fanOut {
			return runsOf(runs, p.node, p.tier)
		}
	}
	return nil
}
