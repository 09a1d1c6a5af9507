package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// fill returns how full of use a refilling bucket is at the server's time now, and when it is full again. unseen is how much later
// T is by what was used since the newest reading and is in no log yet, for that time since.
//
// A reading bounds T from both sides, for its numbers are rounded. Taken alone its later bound counts: an alert may be a second early,
// never late. What is expected on top starts from the middle, so that both together are right on average.
func (g *gauge) fill(now instant, unseen func(since time.Duration) time.Duration) (claude.Opt[float64], instant) {
	m, ok := g.marks.newest()
	if g.odd.known && (!ok || g.odd.second > m.second) {
		return claude.Some(g.odd.draining(now)), g.odd.reset
	}
	if !ok {
		return claude.Opt[float64]{}, never
	}
	more := unseen(now.sub(middle(m.second)))
	full := max(m.full, m.least.add(m.full.sub(m.least)/2+more))
	return claude.Some(ratio(full.sub(now), period)), m.reset
}

// middle is the middle of a second: a Date is cut to whole ones.
func middle(second int64) instant { return instant(second*int64(time.Second) + int64(time.Second/2)) }

// draining returns the used part, which falls in a straight line to 0 at the reset.
func (o *literal) draining(now instant) float64 {
	return o.use * ratio(o.reset.sub(now), o.reset.sub(o.at))
}

// window returns the used part of a subscription window, which stays until its reset.
func (g *gauge) window(now instant) (claude.Opt[float64], instant) {
	switch o := &g.odd; {
	case !o.known:
		return claude.Opt[float64]{}, never
	case o.reset != never && now >= o.reset:
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
func (g *gauge) slope(now instant) (float64, bool) {
	last, ok := g.marks.newest()
	if !ok || now.sub(whole(last.second)) > slopeAge {
		return 0, false
	}
	for i := range g.marks.list {
		m := &g.marks.list[i]
		if m.limit != last.limit || last.second-m.second < slopeSpan {
			continue
		}
		from := max(m.full, whole(m.second)) // T of an idle bucket runs with the clock
		rate := last.full.sub(from).Seconds() / float64(last.second-m.second)
		return rate, rate > minSlope
	}
	return 0, false
}

func whole(second int64) instant { return instant(second * int64(time.Second)) }
