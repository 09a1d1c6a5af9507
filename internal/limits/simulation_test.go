package limits

import (
	"cmp"
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// bucket is an ideal token bucket: it admits a call while it is not full of use, and refills in a minute.
type bucket struct {
	limit float64
	full  float64 // T, in seconds of the test's timeline
}

func (b *bucket) admit(at, cost float64) bool {
	if b.full-at > period.Seconds() {
		return false
	}
	b.full = max(b.full, at) + cost/b.limit*period.Seconds()
	return true
}

func (b *bucket) fill(at float64) float64 { return min(max((b.full-at)/period.Seconds(), 0), 1) }

func (b *bucket) reading(at float64) claude.Reading {
	left := max(b.limit*(1-(max(b.full, at)-at)/period.Seconds()), 0)
	return inputTokens(int64(b.limit), int64(math.Round(left/1000))*1000, math.Ceil(b.full))
}

// arrival is a call as the agent sees it, and when.
type arrival struct {
	at   float64
	call claude.Call
}

// simulate makes Poisson arrivals of lognormal size at a load, and returns the calls in the order in which their headers
// arrive, 0.5 s and more after they were written, and the true fill at every second.
func simulate(rnd *rand.Rand, load float64, lasting int, wait float64, usage bool) ([]arrival, []float64) {
	const size = 0.02 // mean part of the limit
	b := &bucket{limit: 80_000}
	var arrivals []arrival
	var truth []float64
	for at := 0.0; ; {
		at += rnd.ExpFloat64() * size * period.Seconds() / load
		for ; float64(len(truth)) < at && len(truth) < lasting; truth = append(truth, b.fill(float64(len(truth)))) {
		}
		if len(truth) == lasting {
			break
		}
		c := callAt(at)
		cost := b.limit * size * math.Exp(0.6*rnd.NormFloat64()-0.18)
		if !b.admit(at, cost) {
			c.Status, cost = 429, 0
		}
		if usage {
			c.Usage = usageOf(int64(cost), 0)
		}
		delay := 0.5 + wait*rnd.ExpFloat64()
		c.Readings = []claude.Reading{b.reading(at)}
		c.ServerTime = c.Time.Truncate(time.Second)
		c.Time, c.DurationSeconds = c.Time.Add(seconds(delay)), claude.Some(delay)
		arrivals = append(arrivals, arrival{at + delay, c})
	}
	slices.SortFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	return arrivals, truth
}

// full runs the gates of the estimators for as long as their published figures were measured; make alert-gates sets it.
var full = flag.Bool("full", false, "run the gates of the estimators at full length")

// TestFillFollowsAnIdealBucket bounds the error of the fill: told from headers alone, and where the log of every call has its usage too.
func TestFillFollowsAnIdealBucket(t *testing.T) {
	const settle = 120
	lasting, seeds := 1800, uint64(2)
	if *full {
		lasting, seeds = 3600, 5
	}
	for _, tt := range []struct {
		load  float64
		wait  float64 // mean seconds, beyond the first half, until a call is logged
		usage bool
		most  float64
	}{
		{0.8, 4, false, 0.06},
		{1.05, 4, false, 0.06},
		{0.8, 2, true, 0.03},
		{1.05, 2, true, 0.03},
		// Of what is admitted and in no log yet only the mean can be known: a Poisson number of 2 calls of 2 % is off by 0.034.
		{1.05, 4, true, 0.036},
	} {
		var squares, n float64
		for seed := uint64(1); seed <= seeds; seed++ {
			arrivals, truth := simulate(rand.New(rand.NewPCG(seed, 7)), tt.load, lasting, tt.wait, tt.usage)
			tr := newTracker(t, Options{})
			for s, i := settle, 0; s < lasting; s++ {
				for ; i < len(arrivals) && arrivals[i].at <= float64(s); i++ {
					applyNew(tr, arrivals[i].call)
				}
				got, _ := levelOf(t, tr, claude.LimiterInputTokens, after(float64(s))).Fill.Get()
				squares += (got - truth[s]) * (got - truth[s])
				n++
			}
		}
		rmse := math.Sqrt(squares / n)
		t.Logf("load %g, logged after 0.5 s + %g s on average, usage logged %v, seeds 1 to %d: RMSE %.4f", tt.load, tt.wait, tt.usage, seeds, rmse)
		if !(rmse <= tt.most) {
			t.Errorf("load %g, logged after 0.5 s + %g s, usage logged %v: RMSE %.4f; want at most %.3f", tt.load, tt.wait, tt.usage, rmse, tt.most)
		}
	}
}
