package store

import (
	"strconv"
	"testing"
)

// Keys whose hints lead to the same place are remembered beside each other, or keys that come in turn would be worked out each time.
func TestMemoKeepsKeysOfOnePlaceApart(t *testing.T) {
	const keys = 4 // of one place
	var m memo[string, int]
	made := 0
	look := func(hint, key int) int {
		k := strconv.Itoa(key)
		return m.get(hint, &k, func() int { made++; return key })
	}
	for range 10 {
		for key := range keys {
			if got := look(key*memoPlaces, key); got != key {
				t.Fatalf("get(%d) = %d; want %d", key, got, key)
			}
		}
	}
	if made != keys {
		t.Errorf("%d values made for %d keys; want one each", made, keys)
	}
	// One too many takes the place of another, and every value is still the key's own.
	for range 3 {
		for key := range keys + 1 {
			if got := look(7, key); got != key {
				t.Fatalf("get(%d) = %d; want %d", key, got, key)
			}
		}
	}
	m.reset()
	made = 0
	if look(0, 1); made != 1 {
		t.Errorf("%d values made after a reset; want 1", made)
	}
}
