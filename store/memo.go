package store

// memo remembers what was worked out for a few keys, for rows in a row that share them: comparing a key costs less than a map.
type memo[K comparable, V any] struct {
	entries [64]struct {
		key   K
		value V
		known bool
	}
}

// reset forgets all.
func (m *memo[K, V]) reset() { clear(m.entries[:]) }

// get returns the value of a key, made where it is not remembered. The hint, any number, says where to look; what often comes in turn
// should have hints of its own.
func (m *memo[K, V]) get(hint int, k K, make func() V) V {
	e := &m.entries[uint(hint)%uint(len(m.entries))] //nolint:gosec // any number will do
	if !e.known || e.key != k {
		e.key, e.value, e.known = k, make(), true
	}
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
