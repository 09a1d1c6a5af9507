package limits

import (
	"cmp"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// periods learns in what time a bucket refills: the span from a reading to its reset over the used part. It keeps the largest of
// each of the newest seconds, so the order of readings does not matter.
type periods struct {
	samples []periodSample
	middle  claude.Opt[float64] // of the samples; unknown when it was not looked for since they changed
}

type periodSample struct {
	second  int64
	seconds float64
}

const (
	maxPeriods   = 63
	leastPeriods = 10
	// leastUse is how full a bucket must be: resets are whole seconds, which says nothing of one that is nearly empty.
	leastUse = 0.2
	// leastTokens is the limit below which the rounding of remaining says as little.
	leastTokens = 20_000
)

// note takes a reading of a call that tells the server's time.
func (p *periods) note(r claude.Reading, m moment, l claude.Limiter) {
	use, margin, ok := usedPart(r, l)
	limit := r.Limit.Or(0)
	if !ok || use < leastUse || use < 10*margin || limit < leastTokens && l != claude.LimiterRequests || m.late.Sub(m.early) > time.Second {
		return
	}
	// The reset was rounded up to a whole second, as far as anybody knows, and the reading's time cut to one.
	span := r.Reset.Add(-time.Second / 2).Sub(m.best).Seconds()
	if span <= 0 || span > longest.Seconds() {
		return
	}
	p.take(periodSample{m.early.Unix(), span / use})
}

func (p *periods) take(n periodSample) {
	p.middle = claude.Opt[float64]{}
	i, found := slices.BinarySearchFunc(p.samples, n, func(a, b periodSample) int { return cmp.Compare(a.second, b.second) })
	if found {
		p.samples[i].seconds = max(p.samples[i].seconds, n.seconds)
		return
	}
	if p.samples = slices.Insert(p.samples, i, n); len(p.samples) > maxPeriods {
		p.samples = slices.Delete(p.samples, 0, 1)
	}
}

// median is unknown until enough seconds told of it.
func (p *periods) median() claude.Opt[float64] {
	if len(p.samples) < leastPeriods || p.middle.Known() {
		return p.middle
	}
	all := make([]float64, len(p.samples))
	for i, s := range p.samples {
		all[i] = s.seconds
	}
	slices.Sort(all)
	p.middle = claude.Some(all[len(all)/2])
	return p.middle
}
