package store

// memo remembers what was worked out for a few keys, for rows in a row that share them: comparing a key costs less than a map.
type memo[K comparable, V any] struct {
	entries [memoPlaces]struct {
		key   K
		value V
		hint  int
		of    uint64 // what resets was when it was made, and one more; any other number stands for nothing
	}
	resets uint64
}

const (
	memoPlaces = 256
	// memoWays is how many places a key may be in. With only one, two keys that come in turn could push each other out at every step.
	memoWays = 4
)

// reset forgets all.
func (m *memo[K, V]) reset() { m.resets++ }

// get returns the value of a key, made where it is not remembered. The hint, any number, says where to look; what often comes in turn
// should have hints of its own.
func (m *memo[K, V]) get(hint int, k *K, make func() V) V {
	at, now := uint(hint), m.resets+1 //nolint:gosec // any number will do
	e := &m.entries[at%memoPlaces]
	for i := range uint(memoWays) {
		have := &m.entries[(at+i)%memoPlaces]
		if have.of != now {
			e = have
			break
		}
		if have.hint == hint && have.key == *k {
			return have.value
		}
	}
	e.key, e.value, e.hint, e.of = *k, make(), hint, now
	return e.value
}

// hintOf is a hint for what texts are part of: it differs between nearly all that come in turn.
func hintOf(texts ...string) int {
	h := 0
	for _, s := range texts {
		h = h*31 + len(s)
		if n := len(s); n > 0 {
			h = ((h*31+int(s[0]))*31+int(s[n/2]))*31 + int(s[n-1])
		}
	}
	return h ^ h>>11
}
