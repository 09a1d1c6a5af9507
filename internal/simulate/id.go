package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// timedID makes an id like the API's: a prefix, the time, and random letters. Ids grow with time, and the same seed at another
// time gives other ids, so that two runs into one store never look like the same calls.
func timedID(prefix string, now time.Time, rng *rand.Rand) string {
	const clockLetters, letters = 9, 24
	var id [letters]byte
	n := now.UnixMicro()
	for i := clockLetters - 1; i >= 0; i-- {
		id[i] = base58[n%58]
		n /= 58
	}
	for i := clockLetters; i < letters; i++ {
		id[i] = base58[rng.IntN(len(base58))]
	}
	return prefix + "01" + string(id[:])
}

func uuid(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}
