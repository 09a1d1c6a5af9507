package store

// The sizes of a keyFilter's layers in words of 64 bits, and how many bits each key has room for.
const (
	firstLayer = 1 << 10
	layerGrows = 16
	lastLayer  = 1 << 20 // so that a new layer is not far larger than its keys
	bitsPerKey = 16
	lineWords  = 8 // of a processor's cache line
	lineBits   = 9 // that say which of its bits
	keyBits    = 6 // how many of them each key sets
	// maxFilters is how many words all filters take together: 16 MiB, for some 8 million keys. Those that the present transaction needs may
	// take filtersInUse times as many: to look for each of a busy day's keys would cost far more than the memory.
	maxFilters   = 16 << 20 / 8
	filtersInUse = 4
)

// keyFilter says of the keys of a partition which are certainly not there, so that nobody looks for them: a Bloom filter that
// grows by few layers, with all bits of a key in one cache line. It hears of every key before that is written; a key too many,
// after a rollback, costs a look and nothing else.
type keyFilter struct {
	layers [][]uint64
	room   int // for how many keys the last layer is still good
	used   uint64
}

// newFilter returns a filter with room for a number of keys and half as many more.
func newFilter(keys int64) *keyFilter {
	words := filterWords(keys)
	return &keyFilter{layers: [][]uint64{make([]uint64, words)}, room: roomOf(words)}
}

// roomOf returns for how many keys a layer is good. All layers are asked, so the early ones are more certain: they are small anyway.
func roomOf(words int) int {
	if words <= firstLayer*layerGrows {
		return words * 64 / (2 * bitsPerKey)
	}
	return words * 64 / bitsPerKey
}

func filterWords(keys int64) int {
	return max(firstLayer, int(keys+keys/2)*bitsPerKey/64/lineWords*lineWords)
}

// lineOf returns the words that a key's bits are in, and a number whose upper bits tell which they are. The first bits of the hash choose the
// line, so the rest must choose the bits.
func lineOf(layer []uint64, hash uint64) (line *[lineWords]uint64, spots uint64) {
	at := part(hash, uint64(len(layer)/lineWords), hashBits)
	return (*[lineWords]uint64)(layer[at*lineWords:]), hash * 0x9e3779b97f4a7c15
}

// mayHave reports whether a key can be there.
func (f *keyFilter) mayHave(hash uint64) bool {
	for _, layer := range f.layers {
		if inLine(lineOf(layer, hash)) {
			return true
		}
	}
	return false
}

func inLine(line *[lineWords]uint64, spots uint64) bool {
	for range keyBits {
		spot := spots >> (64 - lineBits)
		if line[spot/64]&(1<<(spot%64)) == 0 {
			return false
		}
		spots <<= lineBits
	}
	return true
}

// add takes a key in and returns by how many words the filter grew.
func (f *keyFilter) add(hash uint64) (grown int) {
	if f.room == 0 {
		grown = firstLayer
		if n := len(f.layers); n > 0 {
			grown = min(len(f.layers[n-1])*layerGrows, lastLayer)
		}
		f.layers = append(f.layers, make([]uint64, grown))
		f.room = roomOf(grown)
	}
	line, spots := lineOf(f.layers[len(f.layers)-1], hash)
	for range keyBits {
		spot := spots >> (64 - lineBits)
		line[spot/64] |= 1 << (spot % 64)
		spots <<= lineBits
	}
	f.room--
	return grown
}

func (f *keyFilter) words() int {
	n := 0
	for _, layer := range f.layers {
		n += len(layer)
	}
	return n
}
