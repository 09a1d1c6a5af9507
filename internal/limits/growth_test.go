package limits

import (
	"math/rand/v2"
	"testing"
)

// TestGrowthByBlocks compares the sum of blocks with a plain walk over the bins, while readings of any age keep coming.
func TestGrowthByBlocks(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		tr := &trail{}
		now := int64(1_000_000)
		for range 500 {
			now += rnd.Int64N(8)
			second := now - rnd.Int64N(1<<rnd.IntN(10))
			m := moment{early: whole(second), late: whole(second + 1)}
			least := m.early + instant(rnd.Int64N(40e9))
			limit := []int64{80_000, 80_000, 80_000, 80_000, 80_000, 160_000}[rnd.IntN(6)]
			tr.note(&evidence{full: least + instant(rnd.Int64N(1e9)), least: least}, limit, m)
			last := now / trailSeconds
			for _, bins := range []int64{fastBins, slowBins} {
				g := tr.growth(last-bins+1, last)
				got, readings := g.over(bins), g.readings
				if want, n := walk(tr, last, bins); got != want || readings != n {
					t.Fatalf("seed %d: growth of %d bins to %d = %v of %d readings; want %v of %d", seed, bins, last, got, readings, want, n)
				}
			}
		}
	}
}

// walk is the growth of T bin by bin.
func walk(t *trail, last, bins int64) (load float64, readings int) {
	var base, top, total, least, most, limit int64
	for i := last - bins + 1; i <= last; i++ {
		b := &t.bins[i%trailBins]
		if b.index != i {
			continue
		}
		begin := i * trailSeconds * 1000
		late := begin + int64(b.late)
		switch {
		case readings == 0 || limit != b.limit:
			total += max(0, top-base)
			base = begin + int64(b.most)
		case least < late:
			total += max(0, top-base)
			base = max(most, late)
		}
		least, most, limit = begin+int64(b.least), begin+int64(b.most), b.limit
		top = least
		readings++
	}
	total += max(0, top-base)
	return float64(total) / float64(bins*trailSeconds*1000), readings
}
