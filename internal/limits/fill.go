package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// fill returns how full of use a refilling bucket is at the server's time now, and when it is full again. unseen is how much later
// T is by what was used since the newest reading and is in no log yet, for that time since.
func (g *gauge) fill(now time.Time, unseen func(since time.Duration) time.Duration) (claude.Opt[float64], time.Time) {
	m, ok := g.newest()
	if !g.odd.at.IsZero() && (!ok || g.odd.second > m.second) {
		return claude.Some(g.odd.draining(now)), g.odd.reset
	}
	if !ok {
		return claude.Opt[float64]{}, time.Time{}
	}
	full := m.full.Add(unseen(now.Sub(time.Unix(m.second, 0).Add(time.Second / 2)))) // a Date is cut to whole seconds
	return claude.Some(ratio(full.Sub(now), period)), m.reset
}

// draining returns the used part, which falls in a straight line to 0 at the reset.
func (o literal) draining(now time.Time) float64 {
	return o.use * ratio(o.reset.Sub(now), o.reset.Sub(o.at))
}

// window returns the used part of a subscription window, which stays until its reset.
func (g *gauge) window(now time.Time) (claude.Opt[float64], time.Time) {
	switch o := g.odd; {
	case o.at.IsZero():
		return claude.Opt[float64]{}, time.Time{}
	case !o.reset.IsZero() && !now.Before(o.reset):
		return claude.Some(0.0), o.reset
	default:
		return claude.Some(o.use), o.reset
	}
}

// ratio returns part/whole, 0 to 1.
func ratio(part, whole time.Duration) float64 {
	return min(max(float64(part)/float64(whole), 0), 1)
}

const (
	// slopeSpan is how far apart readings must be to tell a slope: whole seconds make nearer ones too coarse.
	slopeSpan = 30
	// slopeAge is how old the newest reading may be.
	slopeAge = 15 * time.Second
	// minSlope is what the rounding of resets can't feign over that span.
	minSlope = 1.05
)

// slope returns the rate of use in units of the limit, from readings alone: how fast T moves. It is unknown unless
// the readings reach over half a minute and to now.
func (g *gauge) slope(now time.Time) (float64, bool) {
	last, ok := g.newest()
	if !ok || now.Sub(time.Unix(last.second, 0)) > slopeAge {
		return 0, false
	}
	for _, m := range g.marks {
		if m.limit != last.limit || last.second-m.second < slopeSpan {
			continue
		}
		from := later(m.full, time.Unix(m.second, 0)) // T of an idle bucket runs with the clock
		rate := last.full.Sub(from).Seconds() / float64(last.second-m.second)
		return rate, rate > minSlope
	}
	return 0, false
}
