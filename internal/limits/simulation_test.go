package limits

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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

// traffic is simulated use of a bucket of 80,000 tokens a minute: Poisson arrivals of lognormal size, each in the log 0.5 s and more
// after it was admitted.
type traffic struct {
	load float64 // use over the limit
	size float64 // mean part of the limit that a call takes
	wait float64 // mean seconds, beyond the first half, until a call is logged
	told logged
}

// logged is what a log tells of a call.
type logged int

const (
	headersOnly   logged = iota
	withUsage            // beside the headers
	headersAtOnce        // within half a second to one; the usage when the call ends
)

func (t logged) String() string {
	return [...]string{"headers", "headers and usage", "headers at once, usage at the end"}[t]
}

// arrival is what the agent sees of a call, and when.
type arrival struct {
	at       float64
	admitted float64 // seconds
	full     float64 // the bucket's T then
	change   claude.Change
}

// run returns the arrivals in their order, and the true fill at every second.
func (f traffic) run(rnd *rand.Rand, lasting int) (arrivals []arrival, truth []float64) {
	b := &bucket{limit: 80_000}
	for at := 0.0; ; {
		at += rnd.ExpFloat64() / f.perSecond()
		for ; float64(len(truth)) < at && len(truth) < lasting; truth = append(truth, b.fill(float64(len(truth)))) {
		}
		if len(truth) == lasting {
			break
		}
		cost := b.limit * f.part(rnd)
		c := callAt(at)
		if !b.admit(at, cost) {
			c.Status, cost = 429, 0
		}
		c.Readings = []claude.Reading{b.reading(at)}
		c.ServerTime = c.Time.Truncate(time.Second)
		for _, ch := range f.sightings(c, at, int64(cost), rnd) {
			arrivals = append(arrivals, arrival{ch.After.Time.Sub(t0).Seconds(), at, b.full, ch})
		}
	}
	for i := range arrivals { // The second sighting of a call has the time of the first.
		if ch := &arrivals[i].change; !ch.New {
			ch.After.Time = ch.Before.Time
		}
	}
	slices.SortFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	return arrivals, truth
}

func (f traffic) perSecond() float64 { return f.load / f.size / period.Seconds() }

// part is the part of the limit that a call takes.
func (f traffic) part(rnd *rand.Rand) float64 { return f.size * math.Exp(0.6*rnd.NormFloat64()-0.18) }

// sightings returns what the log shows of a call that was admitted at a second, at the times of its lines.
func (f traffic) sightings(c claude.Call, at float64, cost int64, rnd *rand.Rand) []claude.Change {
	first, ended := c, c
	delay := 0.5 + f.wait*rnd.ExpFloat64()
	ended.Time, ended.DurationSeconds = after(at+delay), claude.Some(delay)
	switch f.told {
	case headersAtOnce:
		first.Time = after(at + 0.5 + min(0.5*rnd.Float64(), delay-0.5))
		ended.Usage = usageOf(cost, 0)
		return []claude.Change{{After: first, New: true}, {Before: &first, After: ended}}
	case withUsage:
		ended.Usage = usageOf(cost, 0)
	case headersOnly:
	}
	return []claude.Change{{After: ended, New: true}}
}

// unseen is the probability that nothing is logged yet of a call that was admitted so many seconds ago.
func (f traffic) unseen(ago float64) float64 {
	switch {
	case ago < 0.5:
		return 1
	case f.told == headersAtOnce:
		return max(0, 1-2*(ago-0.5)) * math.Exp(-(ago-0.5)/f.wait)
	default:
		return math.Exp(-(ago - 0.5) / f.wait)
	}
}

// best returns the best estimate of the fill that there can be for somebody who knows the law of the traffic and exactly how full the
// bucket was when the newest call that the log shows was admitted: the mean over draws of what may have been admitted since and
// is in no log yet.
func (f traffic) best(rnd *rand.Rand, newest *arrival, now float64, draws int) float64 {
	sum := 0.0
	for range draws {
		full := newest.full
		for at := newest.admitted; ; {
			if at += rnd.ExpFloat64() / f.perSecond(); at > now {
				break
			}
			if full-at <= period.Seconds() && rnd.Float64() < f.unseen(now-at) {
				full = max(full, at) + period.Seconds()*f.part(rnd)
			}
		}
		sum += min(max((full-now)/period.Seconds(), 0), 1)
	}
	return sum / float64(draws)
}

// length is how thoroughly an error is measured: over the first seeds, for so many seconds each, at every so many, against as many draws.
type length struct {
	seeds                uint64
	lasting, step, draws int
}

// errors returns the root mean square of the errors of the fill and of the best estimate, over a run of each seed.
func (f traffic) errors(t *testing.T, l length) (ours, best float64) {
	const settle = 120
	n := 0.0
	for seed := uint64(1); seed <= l.seeds; seed++ {
		arrivals, truth := f.run(rand.New(rand.NewPCG(seed, 7)), l.lasting)
		rnd := rand.New(rand.NewPCG(seed, 11))
		tr := newTracker(t, Options{})
		newest := &arrival{}
		for s, i := settle, 0; s < l.lasting; s += l.step {
			now := float64(s)
			for ; i < len(arrivals) && arrivals[i].at <= now; i++ {
				a := &arrivals[i]
				if tr.Apply(a.change, after(a.at)); a.admitted > newest.admitted {
					newest = a
				}
			}
			got, _ := levelOf(t, tr, claude.LimiterInputTokens, after(now)).Fill.Get()
			ours += (got - truth[s]) * (got - truth[s])
			ideal := f.best(rnd, newest, now, l.draws) - truth[s]
			best += ideal * ideal
			n++
		}
	}
	return math.Sqrt(ours / n), math.Sqrt(best / n)
}

// full runs the gates of the estimators for as long as their published figures were measured; make alert-gates sets it.
var full = flag.Bool("full", false, "run the gates of the estimators at full length")

// TestFillFollowsAnIdealBucket bounds the error of the fill, and how far it is from the best that the log allows: of the calls that are
// admitted and in no log yet only the mean number can be known.
func TestFillFollowsAnIdealBucket(t *testing.T) {
	l := length{seeds: 2, lasting: 1800, step: 5, draws: 50}
	if *full {
		l = length{seeds: 5, lasting: 3600, step: 1, draws: 300}
	}
	var table strings.Builder
	for _, tt := range []struct {
		traffic
		most    float64
		overdue float64 // most over the best
	}{
		{traffic{0.8, 0.02, 4, headersOnly}, 0.06, 1.15},
		{traffic{1.05, 0.02, 4, headersOnly}, 0.06, 1.1},
		{traffic{1.05, 0.02, 7.5, headersOnly}, 0.06, 1.1},
		{traffic{0.8, 0.02, 2, withUsage}, 0.03, 1.15},
		{traffic{1.05, 0.02, 2, withUsage}, 0.03, 1.06},
		{traffic{1.05, 0.02, 4, withUsage}, 0.036, 1.06},
		{traffic{1.05, 0.02, 7.5, withUsage}, 0.043, 1.06},
		{traffic{1.05, 0.005, 4, withUsage}, 0.03, 1.12},
		{traffic{1.05, 0.005, 7.5, withUsage}, 0.03, 1.12},
		{traffic{1.05, 0.1, 4, withUsage}, 0.1, 1.08},
		{traffic{1.05, 0.02, 4, headersAtOnce}, 0.03, 1.2},
		{traffic{1.05, 0.02, 7.5, headersAtOnce}, 0.03, 1.2},
	} {
		ours, best := tt.errors(t, l)
		what := fmt.Sprintf("load %g, calls of %g %%, logged after 0.5 s + %g s on average, told %s", tt.load, 100*tt.size, tt.wait, tt.told)
		fmt.Fprintf(&table, "\n%s: RMSE %.4f, at best %.4f", what, ours, best)
		if !(ours <= tt.most && ours <= tt.overdue*best) {
			t.Errorf("%s: RMSE %.4f, at best %.4f; want at most %.3f and %g of the best", what, ours, best, tt.most, tt.overdue)
		}
	}
	t.Logf("%d s of seeds 1 to %d:%s", l.lasting, l.seeds, table.String())
}
