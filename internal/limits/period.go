package limits

import (
	"cmp"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// periods learns in what time a bucket refills: the span from a reading to its reset over the used part. It keeps the largest of
// each of the newest seconds, so the order of readings does not matter.
type periods []periodSample

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
	i, found := slices.BinarySearchFunc(*p, n, func(a, b periodSample) int { return cmp.Compare(a.second, b.second) })
	if found {
		(*p)[i].seconds = max((*p)[i].seconds, n.seconds)
		return
	}
	if *p = slices.Insert(*p, i, n); len(*p) > maxPeriods {
		*p = slices.Delete(*p, 0, 1)
	}
}

// median is unknown until enough seconds told of it.
func (p periods) median() claude.Opt[float64] {
	if len(p) < leastPeriods {
		return claude.Opt[float64]{}
	}
	all := make([]float64, len(p))
	for i, s := range p {
		all[i] = s.seconds
	}
	slices.Sort(all)
	return claude.Some(all[len(all)/2])
}
