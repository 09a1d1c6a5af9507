package store

// keyIndex finds the entries of a transaction by their keys. It is a hash table of its own because its keys are hashes already.
type keyIndex struct {
	heads []int32 // of the chains in nodes, one more than the index; their number is a power of 2
	nodes []keyNode
}

type keyNode struct {
	hash  int64
	entry *entry
	next  int32
}

// reset empties the index and makes room for about so many keys.
func (x *keyIndex) reset(keys int) {
	size := 16
	for size < 2*keys {
		size *= 2
	}
	x.heads = take(&x.heads, size)[:size]
	clear(x.heads)
	x.nodes = take(&x.nodes, keys)
}

func (x *keyIndex) head(hash int64) *int32 {
	return &x.heads[uint64(hash)&uint64(len(x.heads)-1)] //nolint:gosec // the bits
}

func (x *keyIndex) add(hash int64, e *entry) {
	x.nodes = append(x.nodes, keyNode{hash: hash, entry: e})
	link := x.head(hash)
	for *link != 0 { // to the end, so that the first comes first
		link = &x.nodes[*link-1].next
	}
	*link = int32(len(x.nodes)) //nolint:gosec // a batch is far smaller
}

// each calls a function for each entry that has the key, in the order in which they got it.
func (x *keyIndex) each(hash int64, fn func(*entry)) {
	for at := *x.head(hash); at != 0; {
		n := &x.nodes[at-1]
		if n.hash == hash {
			fn(n.entry)
		}
		at = x.nodes[at-1].next
	}
}

func (x *keyIndex) has(hash int64) bool {
	for at := *x.head(hash); at != 0; at = x.nodes[at-1].next {
		if x.nodes[at-1].hash == hash {
			return true
		}
	}
	return false
}
