package store

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Entries are sorted whatever their hashes are: even, all the same, at either end, or few.
func TestEntriesAreSorted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	var s entrySorter
	for name, hash := range map[string]func() uint64{
		"even": func() uint64 { return rnd.Uint64() >> (64 - hashBits) },
		"same": func() uint64 { return 1<<hashBits - 1 },
		"ends": func() uint64 { return rnd.Uint64N(2) * (1<<hashBits - 1) },
		"few":  func() uint64 { return rnd.Uint64N(9) << 20 },
		"near": func() uint64 { return 7<<28 + rnd.Uint64N(1000) },
	} {
		for _, n := range []int{0, 1, 2, 31, 32, 33, 1000, 20_000} {
			all := make([]keyEntry, n)
			for i := range all {
				all[i] = keyEntry{hash(), rnd.Uint64N(1 << 40)}
			}
			want := slices.SortedFunc(slices.Values(all), compareEntries)
			if got := s.sort(all); !slices.Equal(got, want) {
				t.Errorf("%s: %d entries come out as others than sorted ones", name, n)
			}
		}
	}
}
