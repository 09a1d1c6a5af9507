package limits

import (
	"cmp"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// gauge is the merged state of one bucket's readings. Every part of it is a maximum under some order, so neither the order of
// readings nor repeated ones change it.
type gauge struct {
	marks     []mark // of the last minute, by second and limit
	odd       literal
	limit     stamped
	remaining stamped
	trail     *trail // made with the first reading that it can take
	periods   periods
	seen      time.Time
	calls     int // that spoke of this bucket
}

// mark is the largest T that the readings of one second and limit gave.
type mark struct {
	second int64
	limit  int64 // 0 if unknown
	full   time.Time
	reset  time.Time
}

// literal is a reading that is taken at its word: use at time at, and 0 from reset on.
type literal struct {
	second int64 // as marks have it, to tell which is newer
	at     time.Time
	use    float64
	reset  time.Time
}

// stamped is a number with the time that it is of; of the same second the better one stays.
type stamped struct {
	second int64
	n      int64
	known  bool
}

const (
	// mergeSeconds is how far back of the newest reading others count. What is estimated when a request starts may be refunded
	// when it ends, so a T that no reading of the last 10 seconds confirms is given up.
	mergeSeconds = 10
	// markSeconds is how long marks are kept, for the slope.
	markSeconds = 60
	// marksPerSecond bounds how many limits one second may show; the tokens limiter has two by nature.
	marksPerSecond = 4
)

func (g *gauge) lastSeen() time.Time { return g.seen }

// note takes one reading of a refilling bucket and reports whether its reset could be believed.
func (g *gauge) note(r claude.Reading, m moment, l claude.Limiter) bool {
	second := m.early.Unix()
	limit, _ := r.Limit.Get()
	if r.Limit.Known() {
		g.limit.take(second, limit, func(a, b int64) bool { return a > b })
	}
	if n, ok := r.Remaining.Get(); ok {
		g.remaining.take(second, n, func(a, b int64) bool { return a < b })
	}
	e, ok, believed := weigh(r, m, l)
	switch {
	case !ok:
	case e.literal:
		g.odd.take(literal{second, m.best, e.use, e.reset})
	default:
		g.mark(mark{second, limit, e.full, e.reset})
		if g.trail == nil {
			g.trail = &trail{}
		}
		g.trail.note(e, limit, m)
	}
	g.periods.note(r, m, l)
	return believed
}

// noteWindow takes a reading of a subscription window, which says the used part itself.
func (g *gauge) noteWindow(r claude.Reading, m moment) {
	use, ok := r.Utilization.Get()
	if !ok {
		if !r.Exhausted() || r.Limiter == "unified_overage" {
			return
		}
		use = 1
	}
	reset := r.Reset
	if reset.Year() <= 1970 {
		reset = time.Time{}
	}
	g.odd.take(literal{m.early.Unix(), m.best, use, reset})
}

func (s *stamped) take(second, n int64, better func(a, b int64) bool) {
	if !s.known || second > s.second || second == s.second && better(n, s.n) {
		*s = stamped{second, n, true}
	}
}

func (s stamped) opt() claude.Opt[int64] {
	if !s.known {
		return claude.Opt[int64]{}
	}
	return claude.Some(s.n)
}

func (o *literal) take(n literal) {
	if cmp.Or(cmp.Compare(n.second, o.second), n.at.Compare(o.at), n.reset.Compare(o.reset), cmp.Compare(n.use, o.use)) > 0 {
		*o = n
	}
}

// mark merges a mark into the sorted list.
func (g *gauge) mark(n mark) {
	i, found := slices.BinarySearchFunc(g.marks, n, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.second, b.second), cmp.Compare(a.limit, b.limit))
	})
	if found {
		g.marks[i].full = later(g.marks[i].full, n.full)
		g.marks[i].reset = later(g.marks[i].reset, n.reset)
		return
	}
	g.marks = slices.Insert(g.marks, i, n)
	newest := g.marks[len(g.marks)-1].second
	g.marks = slices.DeleteFunc(g.marks, func(m mark) bool { return m.second < newest-markSeconds })
	g.thin(n.second)
}

// thin keeps the largest limits of a second.
func (g *gauge) thin(second int64) {
	first := slices.IndexFunc(g.marks, func(m mark) bool { return m.second == second })
	if first < 0 {
		return
	}
	n := 0
	for _, m := range g.marks[first:] {
		if m.second == second {
			n++
		}
	}
	if n > marksPerSecond {
		g.marks = slices.Delete(g.marks, first, first+n-marksPerSecond)
	}
}

// newest returns the merged mark: the largest T of the last seconds under the newest limit.
func (g *gauge) newest() (mark, bool) {
	if len(g.marks) == 0 {
		return mark{}, false
	}
	last := g.marks[len(g.marks)-1]
	for _, m := range slices.Backward(g.marks) {
		if m.second < last.second-mergeSeconds {
			break
		}
		if last.limit == 0 {
			last.limit = m.limit
		}
		if m.limit == last.limit || m.limit == 0 {
			last.full, last.reset = later(last.full, m.full), later(last.reset, m.reset)
		}
	}
	return last, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
