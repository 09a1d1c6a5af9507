package store

// The sizes of a keyFilter's layers in words of 64 bits, and how many bits each key has room for.
const (
	firstLayer = 1 << 10
	layerGrows = 4
	bitsPerKey = 16
	// maxFilters is how many words all filters take together: 16 MiB, for some 8 million keys.
	maxFilters = 16 << 20 / 8
)

// keyFilter says of the keys of a partition which are certainly not there, so that nobody looks for them: a Bloom filter that
// grows by layers, with four bits in one word for each key. It hears of every key before that is written; a key too many,
// after a rollback, costs a look and nothing else.
type keyFilter struct {
	layers [][]uint64
	room   int // for how many keys the last layer is still good
	used   uint64
}

// newFilter returns a filter with room for a number of keys and half as many more.
func newFilter(keys int64) *keyFilter {
	words := filterWords(keys)
	return &keyFilter{layers: [][]uint64{make([]uint64, words)}, room: words * 64 / bitsPerKey}
}

func filterWords(keys int64) int { return max(firstLayer, int(keys+keys/2)*bitsPerKey/64) }

// spot returns the word and the bits of a key. The first bits of its hash choose the word, so the rest must choose the bits.
func spot(hash uint64, words int) (word int, bits uint64) {
	h := hash * 0x9e3779b97f4a7c15
	word = int(part(hash, uint64(words))) //nolint:gosec // less than words
	return word, 1<<(h>>58) | 1<<(h>>52&63) | 1<<(h>>46&63) | 1<<(h>>40&63)
}

// mayHave reports whether a key can be there.
func (f *keyFilter) mayHave(hash uint64) bool {
	for _, layer := range f.layers {
		if word, bits := spot(hash, len(layer)); layer[word]&bits == bits {
			return true
		}
	}
	return false
}

// add takes a key in and returns by how many words the filter grew.
func (f *keyFilter) add(hash uint64) (grown int) {
	if f.mayHave(hash) {
		return 0
	}
	if f.room == 0 {
		grown = firstLayer
		if n := len(f.layers); n > 0 {
			grown = len(f.layers[n-1]) * layerGrows
		}
		f.layers = append(f.layers, make([]uint64, grown))
		f.room = grown * 64 / bitsPerKey
	}
	last := f.layers[len(f.layers)-1]
	word, bits := spot(hash, len(last))
	last[word] |= bits
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
