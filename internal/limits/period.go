package limits

import (
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// periods learns in what time a bucket refills: the span from a reading to its reset over the used part. It keeps the largest of
// each of the newest seconds, so the order of readings does not matter.
type periods struct {
	samples []periodSample
	sorted  []float64 // their seconds, the smallest first, but for the loose one
	// loose is the sample that changed last: that of the newest second, which changes with many readings.
	loose   periodSample
	isLoose bool
}

type periodSample struct {
	second  int64
	seconds float64
}

const (
	maxPeriods   = 63
	leastPeriods = 10
	// leastUse is how full a bucket must be: resets are whole seconds, which says nothing of one that is nearly empty.
	leastUse = period / 5
	// leastTokens is the limit below which the rounding of remaining says as little.
	leastTokens = 20_000
)

// note takes a reading of a call that tells the server's time.
func (p *periods) note(r *claude.Reading, u part, m moment, l claude.Limiter) {
	if r.Reset.IsZero() || !u.known || u.span < leastUse || u.span < 10*u.margin || m.late.sub(m.early) > time.Second || r.Limit.Or(0) < leastTokens && l != claude.LimiterRequests {
		return
	}
	// The reset was rounded up to a whole second, as far as anybody knows, and the reading's time cut to one.
	span := at(r.Reset).sub(m.best) - time.Second/2
	if span <= 0 || span > longest {
		return
	}
	p.take(periodSample{m.early.second(), float64(span) / float64(u.span) * period.Seconds()})
}

func (p *periods) take(n periodSample) {
	i := len(p.samples)
	for i > 0 && p.samples[i-1].second > n.second {
		i--
	}
	if i > 0 && p.samples[i-1].second == n.second {
		if old := &p.samples[i-1]; n.seconds > old.seconds {
			p.forget(*old)
			p.remember(n)
			old.seconds = n.seconds
		}
		return
	}
	p.samples = slices.Insert(p.samples, i, n)
	p.remember(n)
	if len(p.samples) > maxPeriods {
		p.forget(p.samples[0])
		p.samples = slices.Delete(p.samples, 0, 1)
	}
}

// remember makes a sample the loose one.
func (p *periods) remember(n periodSample) {
	if p.isLoose {
		p.sort(p.loose.seconds)
	}
	p.loose, p.isLoose = n, true
}

func (p *periods) sort(seconds float64) {
	i, _ := slices.BinarySearch(p.sorted, seconds)
	p.sorted = slices.Insert(p.sorted, i, seconds)
}

func (p *periods) forget(old periodSample) {
	if p.isLoose && p.loose.second == old.second {
		p.isLoose = false
		return
	}
	if i, found := slices.BinarySearch(p.sorted, old.seconds); found {
		p.sorted = slices.Delete(p.sorted, i, i+1)
	}
}

// median is unknown until enough seconds told of it.
func (p *periods) median() claude.Opt[float64] {
	if len(p.samples) < leastPeriods {
		return claude.Opt[float64]{}
	}
	middle := len(p.samples) / 2
	if !p.isLoose {
		return claude.Some(p.sorted[middle])
	}
	switch i, _ := slices.BinarySearch(p.sorted, p.loose.seconds); { // i are smaller than the loose one
	case middle < i:
		return claude.Some(p.sorted[middle])
	case middle > i:
		return claude.Some(p.sorted[middle-1])
	default:
		return claude.Some(p.loose.seconds)
	}
}
