package limits

import (
	"cmp"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// gauge is the merged state of one bucket's readings. Every part of it is a maximum under some order, so neither the order of
// readings nor repeated ones change it.
type gauge struct {
	limiter   claude.Limiter
	unified   bool
	scale     scale
	marks     marks
	odd       literal
	limit     stamped
	remaining stamped
	trail     *trail // made with the first reading that it can take
	periods   periods
	seen      instant
	calls     int // that spoke of this bucket
}

// literal is a reading that is taken at its word: use at time at, and 0 from reset on.
type literal struct {
	second int64 // as marks have it, to tell which is newer
	at     instant
	use    float64
	reset  instant
	known  bool
}

// stamped is a number with the time that it is of; of the same second the better one stays.
type stamped struct {
	second int64
	n      int64
	known  bool
}

// scale turns units of a limit into the time in which they refill. It is kept for the limit that was read last.
type scale struct {
	limit    int64
	rounding float64 // units by which remaining may be off
	perUnit  float64 // nanoseconds
	margin   time.Duration
}

func newGauge(l claude.Limiter) *gauge {
	g := &gauge{limiter: l, unified: l.Unified(), scale: scale{rounding: tokensRounding}, seen: never}
	g.odd.at, g.odd.reset = never, never
	if l == claude.LimiterRequests {
		g.scale.rounding = 1
	}
	return g
}

// part returns what limit and remaining say of the used part.
func (s *scale) part(r *claude.Reading) part {
	limit, okLimit := r.Limit.Get()
	remaining, okRemaining := r.Remaining.Get()
	if !okLimit || !okRemaining || limit <= 0 {
		return part{}
	}
	if limit != s.limit {
		s.limit, s.perUnit = limit, float64(period)/float64(limit)
		s.margin = min(time.Duration(s.rounding*s.perUnit), period)
	}
	span := time.Duration(float64(limit-remaining) * s.perUnit)
	return part{span: min(max(span, 0), period), margin: s.margin, known: true}
}

// note takes one reading of a refilling bucket and reports whether its reset could be believed.
func (g *gauge) note(r *claude.Reading, m moment) bool {
	second := m.early.second()
	limit, ok := r.Limit.Get()
	if ok {
		g.limit.takeLarger(second, limit)
	}
	if n, ok := r.Remaining.Get(); ok {
		g.remaining.takeSmaller(second, n)
	}
	p := g.scale.part(r)
	e, ok, believed := weigh(r, p, m)
	switch {
	case !ok:
	case e.literal:
		g.odd.take(literal{second, m.best, e.use, e.reset, true})
	default:
		g.marks.note(mark{second, limit, e.full, e.least, e.reset})
		if g.trail == nil {
			g.trail = &trail{}
		}
		g.trail.note(&e, limit, m)
	}
	g.periods.note(r, p, m, g.limiter)
	return believed
}

// noteWindow takes a reading of a subscription window, which says the used part itself.
func (g *gauge) noteWindow(r *claude.Reading, m moment) {
	use, ok := r.Utilization.Get()
	if !ok {
		if !r.Exhausted() || r.Limiter == "unified_overage" {
			return
		}
		use = 1
	}
	reset := at(r.Reset)
	if reset < idleBefore {
		reset = never
	}
	g.odd.take(literal{m.early.second(), m.best, use, reset, true})
}

func (s *stamped) takeLarger(second, n int64) {
	if !s.known || second > s.second || second == s.second && n > s.n {
		*s = stamped{second, n, true}
	}
}

func (s *stamped) takeSmaller(second, n int64) {
	if !s.known || second > s.second || second == s.second && n < s.n {
		*s = stamped{second, n, true}
	}
}

func (s *stamped) opt() claude.Opt[int64] {
	if !s.known {
		return claude.Opt[int64]{}
	}
	return claude.Some(s.n)
}

func (o *literal) take(n literal) {
	if !o.known || cmp.Or(cmp.Compare(n.second, o.second), cmp.Compare(n.at, o.at), cmp.Compare(n.reset, o.reset), cmp.Compare(n.use, o.use)) > 0 {
		*o = n
	}
}
