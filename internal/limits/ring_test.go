package limits

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestSumsFollow compares the sums that are kept up with those of a ring that is asked for the first time.
func TestSumsFollow(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		var r ring
		now := at(t0)
		for i := range 2000 {
			now = now.add(time.Duration(rnd.IntN(4000)) * time.Millisecond)
			when := now.add(time.Duration(rnd.IntN(1_300_000)-700_000) * time.Millisecond)
			if rnd.IntN(3) > 0 {
				when = now.add(-time.Duration(rnd.IntN(30_000)) * time.Millisecond)
			}
			sign := int64(1)
			if rnd.IntN(8) == 0 {
				sign = -1
			}
			r.add(when, &amounts{1, rnd.Int64N(1000), rnd.Int64N(100), rnd.Int64N(10_000)}, sign)
			asked := now
			if rnd.IntN(10) == 0 { // somebody looks back
				asked = now.add(-time.Duration(rnd.IntN(600)) * time.Second)
			}
			got, fresh := *r.sumsAt(asked), r
			fresh.sums = ringSums{}
			if want := *fresh.sumsAt(asked); got != want {
				t.Fatalf("seed %d, call %d: sums = %+v; want %+v", seed, i, got, want)
			}
		}
	}
}
