package alerts

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// exactTail is betaBinomialTail in rationals, from rising factorials.
func exactTail(k, n int, a, b *big.Rat) *big.Rat {
	rising := func(x *big.Rat, m int) *big.Rat {
		r := big.NewRat(1, 1)
		for i := range m {
			r.Mul(r, new(big.Rat).Add(x, big.NewRat(int64(i), 1)))
		}
		return r
	}
	sum := new(big.Rat)
	for j := k; j <= n; j++ {
		term := new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(j)))
		term.Mul(term, rising(a, j)).Mul(term, rising(b, n-j))
		sum.Add(sum, term)
	}
	return sum.Quo(sum, rising(new(big.Rat).Add(a, b), n))
}

func TestBetaBinomialTail(t *testing.T) {
	for _, c := range []struct {
		k, n int
		a, b *big.Rat
	}{
		{5, 10, big.NewRat(1, 2), big.NewRat(99, 2)},
		{3, 5, big.NewRat(1, 2), big.NewRat(99, 2)},
		{1, 1, big.NewRat(1, 1), big.NewRat(1, 1)},
		{7, 20, big.NewRat(1, 1), big.NewRat(1, 1)},
		{30, 60, big.NewRat(41, 2), big.NewRat(1999, 2)},
		{150, 150, big.NewRat(501, 2), big.NewRat(4999, 2)},
		{0, 9, big.NewRat(3, 2), big.NewRat(5, 2)},
		{10, 9, big.NewRat(3, 2), big.NewRat(5, 2)},
	} {
		a, _ := c.a.Float64()
		b, _ := c.b.Float64()
		want, _ := exactTail(c.k, c.n, c.a, c.b).Float64()
		got := betaBinomialTail(c.k, c.n, a, b)
		if math.Abs(got-want) > 1e-8*want {
			t.Errorf("betaBinomialTail(%d, %d, %v, %v) = %v; want %v", c.k, c.n, a, b, got, want)
		}
	}
	// A uniform rate makes every count as likely as any other.
	if got, want := betaBinomialTail(7, 20, 1, 1), 14.0/21; math.Abs(got-want) > 1e-9 {
		t.Errorf("betaBinomialTail(7, 20, 1, 1) = %v; want %v", got, want)
	}
}

// spikeAt returns a spike with a baseline and n calls, k of them refused, in the 5 minutes before t0.
func spikeAt(n, k int, base tally, blurred bool) *spike {
	s := newSpike()
	s.baseline, s.aged = base, t0
	for i := range n {
		a := attempt{calls: 1, blurred: blurred}
		if i < k {
			a.refused = 1
		}
		s.add(t0.Add(-time.Duration(i%20)*spikeBin), t0, a)
	}
	return s
}

func TestSpikeVerdict(t *testing.T) {
	busy := tally{5000, 10} // 0.2 % usual
	for _, c := range []struct {
		name string
		n, k int
		base tally
		want Condition
	}{
		{"quiet", 100, 0, busy, Clear},
		{"one refusal", 100, 1, busy, Clear},
		{"four of four", 4, 4, busy, Between},
		{"five of ten", 10, 5, busy, Fire},
		{"4 % is below the floor", 300, 12, busy, Between},
		{"usual for those who are always refused", 300, 30, tally{5000, 250}, Between},
		{"three times the usual", 300, 50, tally{5000, 250}, Fire},
		{"no baseline, 10 %", 60, 6, tally{}, Fire},
		{"no baseline, 9 %", 66, 6, tally{}, Between},
		{"no baseline, too few", 8, 4, tally{}, Between},
		{"a baseline of 40 calls is none", 60, 6, tally{40, 0}, Fire},
	} {
		v := spikeAt(c.n, c.k, c.base, false).assess(t0, 0.05)
		if v.fires != c.want {
			t.Errorf("%s: assess(%d of %d, baseline %v) = %v with chance %g, limit %g; want %v", c.name, c.k, c.n, c.base, v.fires, v.chance, v.limit, c.want)
		}
	}
}

func TestSpikeNeedsARecentRefusal(t *testing.T) {
	s := spikeAt(100, 40, tally{5000, 10}, false)
	if v := s.assess(t0, 0.05); v.fires != Fire {
		t.Fatalf("assess = %v; want fire", v.fires)
	}
	later := t0.Add(70 * time.Second)
	s.add(later, later, attempt{calls: 1})
	if v := s.assess(later, 0.05); v.fires != Between {
		t.Errorf("assess 70 s after the last refusal = %v; want the dead band", v.fires)
	}
	if v := s.assess(t0.Add(6*time.Minute), 0.05); v.fires != Clear {
		t.Errorf("assess 6 min after the last refusal = %v; want clear", v.fires)
	}
}

func TestSpikeUnseparatedRetriesCountHalf(t *testing.T) {
	separate := spikeAt(40, 6, tally{5000, 100}, false).assess(t0, 0.05)
	blurred := spikeAt(40, 6, tally{5000, 100}, true).assess(t0, 0.05)
	if separate.chance >= blurred.chance/10 {
		t.Errorf("chance = %g separate, %g blurred; want the blurred one far larger", separate.chance, blurred.chance)
	}
}

// More refusals among as many calls never un-fire.
func TestSpikeIsMonotonous(t *testing.T) {
	for _, n := range []int{5, 8, 20, 61, 300} {
		for _, base := range []tally{{}, {100, 0}, {5000, 10}, {5000, 250}} {
			for _, blurred := range []bool{false, true} {
				fired := 0
				for k := 0; k <= n; k++ {
					f := spikeAt(n, k, base, blurred).assess(t0, 0.05).fires == Fire
					if fired > 0 && !f {
						t.Fatalf("%d of %d (baseline %v) fires, %d does not", fired, n, base, k)
					}
					if f {
						fired = k
					}
				}
			}
		}
	}
}

func TestSpikeBaselineFrozenWhileFiring(t *testing.T) {
	s := newSpike()
	s.baseline, s.aged = tally{5000, 10}, t0
	now := t0
	for range 6 * 60 * 4 { // six hours at half refused
		now = now.Add(spikeBin)
		s.add(now, now, attempt{calls: 10, refused: 5})
		s.age(now, s.assess(now, 0.05).fires == Fire)
	}
	if s.baseline.refused > 12 || s.baseline.calls < 4900 {
		t.Errorf("baseline after six hours of outage = %v; want about {5000 10}", s.baseline)
	}
	for range 30 * 4 { // it is over, and what was seen of it stays unlearnt
		now = now.Add(spikeBin)
		s.add(now, now, attempt{calls: 10})
		s.age(now, false)
	}
	if s.baseline.refused > 12 {
		t.Errorf("baseline after the outage = %v; want none of it learnt", s.baseline)
	}
}

func TestSpikeBaselineDecays(t *testing.T) {
	s := newSpike()
	s.baseline, s.aged = tally{1000, 100}, t0
	s.age(t0.Add(24*time.Hour), false)
	if math.Abs(s.baseline.calls-500) > 1e-6 || math.Abs(s.baseline.refused-50) > 1e-6 {
		t.Errorf("baseline after a day = %v; want {500 50}", s.baseline)
	}
}

func TestSeed(t *testing.T) {
	spikes := map[origin]*spike{}
	day := t0.Add(-24 * time.Hour)
	traffic := []claude.Traffic{
		{Minute: day, Provider: "anthropic", Organization: "o", Calls: 100, RateLimited: 10},
		{Minute: t0, Provider: "anthropic", Organization: "o", Calls: 50},
	}
	seed(spikes, traffic, rateLimitedOf)
	want := tally{100, 5}
	if got := spikes[origin{"anthropic", "o"}].baseline; math.Abs(got.calls-want.calls)+math.Abs(got.refused-want.refused) > 1e-9 {
		t.Errorf("seed = %v; want %v", got, want)
	}
	backwards := map[origin]*spike{}
	slices.Reverse(traffic)
	seed(backwards, traffic, rateLimitedOf)
	if got := backwards[origin{"anthropic", "o"}].baseline; math.Abs(got.calls-want.calls)+math.Abs(got.refused-want.refused) > 1e-9 {
		t.Errorf("seed backwards = %v; want %v", got, want)
	}
}

// world is simulated traffic: calls a minute with a daily rhythm, a steady background of refusals, alone or in clusters of retries.
type world struct {
	perMinute, background float64
	cluster               float64 // mean size of a cluster of refusals; 1 for none
	unbounded             bool    // clusters of any size (geometric), not of three attempts at most
	blurred               bool
	spike                 float64       // share refused during spikes
	every                 time.Duration // between spikes of 10 minutes; 0 for none
	days                  int
}

// run returns the episodes outside spikes, the spikes seen, all spikes, and the median delay.
func (w world) run(seed uint64) (falses, seen, spikes int, median time.Duration) {
	rng := rand.New(rand.NewPCG(seed, 429))
	s, alert := newSpike(), Alert{Fingerprint: "f", State: Inactive}
	var delays []time.Duration
	var caught bool
	warm := 2 * 24 * time.Hour // for the baseline
	total := warm + time.Duration(w.days)*24*time.Hour
	for d := time.Duration(0); d < total; d += spikeBin {
		now := t0.Add(d)
		rate := w.perMinute / 4 * (1 + 0.6*math.Sin(2*math.Pi*d.Hours()/24))
		share, inSpike, spikeAge := w.background, false, time.Duration(0)
		if w.every > 0 && d >= warm {
			spikeAge = (d - warm) % w.every
			inSpike = spikeAge < 10*time.Minute && d-warm >= w.every
			if inSpike {
				share = w.spike
			}
			if inSpike && spikeAge == 0 {
				spikes++
				caught = false
			}
		}
		// A refusal of a cluster of mean size m stands for m calls, so that shares stay as they are.
		n := poisson(rng, rate*(1-share))
		s.add(now, now, attempt{calls: float64(n), blurred: w.blurred})
		for range poisson(rng, rate*share/w.cluster) {
			size := int(w.cluster)
			if size > 1 { // SDKs retry twice at most: one to three attempts, two on average
				size = 1 + rng.IntN(3)
			}
			if w.unbounded {
				for size = 1; rng.Float64() > 1/w.cluster; size++ {
				}
			}
			s.add(now, now, attempt{calls: float64(size), refused: float64(size), blurred: w.blurred})
		}
		s.age(now, alert.Active())
		before := alert.State
		alert, _ = Step(alert, Input{Condition: s.assess(now, 0.05).fires, Hold: 5 * time.Minute}, now)
		switch fired := alert.State == Firing && before != Firing && before != Recovering; {
		case d < warm:
		case fired && inSpike && !caught:
			caught = true
			seen++
			delays = append(delays, spikeAge+spikeBin)
		case fired && !inSpike && (w.every == 0 || spikeAge > 30*time.Minute || d-warm < w.every):
			falses++
		}
	}
	if len(delays) > 0 {
		slices.Sort(delays)
		median = delays[len(delays)/2]
	}
	return falses, seen, spikes, median
}

func poisson(rng *rand.Rand, mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	limit, p, n := math.Exp(-mean), rng.Float64(), 0
	for p > limit {
		p *= rng.Float64()
		n++
	}
	return n
}
