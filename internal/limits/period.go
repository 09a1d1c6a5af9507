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
	sorted  []float64 // their seconds, the smallest first
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
			p.forget(old.seconds)
			p.remember(n.seconds)
			old.seconds = n.seconds
		}
		return
	}
	p.samples = slices.Insert(p.samples, i, n)
	p.remember(n.seconds)
	if len(p.samples) > maxPeriods {
		p.forget(p.samples[0].seconds)
		p.samples = slices.Delete(p.samples, 0, 1)
	}
}

func (p *periods) remember(seconds float64) {
	i, _ := slices.BinarySearch(p.sorted, seconds)
	p.sorted = slices.Insert(p.sorted, i, seconds)
}

func (p *periods) forget(seconds float64) {
	if i, found := slices.BinarySearch(p.sorted, seconds); found {
		p.sorted = slices.Delete(p.sorted, i, i+1)
	}
}

// median is unknown until enough seconds told of it.
func (p *periods) median() claude.Opt[float64] {
	if len(p.samples) < leastPeriods {
		return claude.Opt[float64]{}
	}
	return claude.Some(p.sorted[len(p.sorted)/2])
}
