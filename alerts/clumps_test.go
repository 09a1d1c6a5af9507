package alerts

import (
	"math/rand/v2"
	"testing"
	"time"
)

// learnClumps lets a day of refusals become a baseline, of clusters of a mean size, and returns what was learnt of how they clump.
func learnClumps(mean float64, blurred bool) float64 {
	rng := rand.New(rand.NewPCG(7, 7))
	s := newSpike()
	for i := range 24 * 60 * 4 {
		now := t0.Add(time.Duration(i) * spikeBin)
		s.add(now, now, attempt{calls: 15, blurred: blurred})
		for range poisson(rng, 0.75/mean) {
			size := 1.0
			for rng.Float64() > 1/mean {
				size++
			}
			s.add(now, now, attempt{calls: size, refused: size, blurred: blurred})
		}
		s.age(now, false)
	}
	return s.clumps.phi(1)
}

func TestClumpsAreLearnt(t *testing.T) {
	if got := learnClumps(1, false); got > 1.25 {
		t.Errorf("independent refusals: phi = %.2f; want about 1", got)
	}
	if got := learnClumps(2, true); got < 2.5 { // their variance is three times that of independent ones
		t.Errorf("clusters of 2 on average: phi = %.2f; want 2.5 and more", got)
	}
	if got := (&clumps{}).phi(2); got != 2 {
		t.Errorf("nothing learnt: phi = %.2f; want what is assumed", got)
	}
}
