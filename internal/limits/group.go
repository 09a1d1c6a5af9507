package limits

import (
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// who is what calls say of themselves, "" where they don't: calls of one who feed the same buckets.
type who struct {
	provider, organization, workspace string
	pool                              claude.Pool
}

func whoOf(c *claude.Call) who { return who{c.Provider, c.Organization, c.Workspace, c.Pool} }

func (w *who) bucket(l claude.Limiter) claude.Bucket {
	return claude.Bucket{Provider: w.provider, Organization: w.organization, Workspace: w.workspace, Pool: w.pool, Limiter: l}
}

// group is all that is kept of one who: the readings of its buckets, and the use of its calls by class. It is made with the first of
// them and goes with the last.
type group struct {
	who    who
	gauges []*gauge
	usages [classes]*usage
}

// gauge returns that of a limiter, nil if there is none. It is likely at hint: calls tell their readings in the same order.
func (g *group) gauge(l claude.Limiter, hint int) *gauge {
	if hint < len(g.gauges) && g.gauges[hint].limiter == l {
		return g.gauges[hint]
	}
	for _, have := range g.gauges {
		if have.limiter == l {
			return have
		}
	}
	return nil
}

func (g *group) empty() bool { return len(g.gauges) == 0 && g.usages == [classes]*usage{} }

// recent are groups that were found of late, each at the place that its pool and workspace say.
type recent [32]*group

func (r *recent) place(w *who) **group {
	h := 0
	for _, s := range [...]string{string(w.pool), w.workspace} {
		h = h*31 + len(s)
		if n := len(s); n > 0 {
			h = (h*31+int(s[n/2]))*31 + int(s[n-1])
		}
	}
	return &r[uint(h^h>>11)%uint(len(r))] //nolint:gosec // any number will do
}

// find returns the group of a who, nil if there is none. Calls of a few come in turn.
func (t *Tracker) find(w *who) *group {
	at := t.recent.place(w)
	if have := *at; have != nil && have.who == *w {
		return have
	}
	g := t.groups[*w]
	if g != nil {
		*at = g
	}
	return g
}

// group returns the group of a who, a new one if there is none.
func (t *Tracker) group(w who) *group {
	g := t.find(&w)
	if g == nil {
		g = &group{who: w}
		t.groups[w], *t.recent.place(&w) = g, g
	}
	return g
}

// addGauge makes room for the readings of another bucket, if need be by dropping the one that was seen longest ago.
func (t *Tracker) addGauge(g *group, l claude.Limiter) *gauge {
	n := newGauge(l)
	g.gauges = append(g.gauges, n)
	t.gauges++
	t.rows = nil
	if t.gauges > t.maxBuckets {
		var oldest *gauge
		var of *group
		for _, g := range t.groups {
			for _, have := range g.gauges {
				if have != n && (oldest == nil || have.seen < oldest.seen) {
					oldest, of = have, g
				}
			}
		}
		if oldest != nil {
			t.dropGauge(of, oldest)
			t.stats.Evicted++
		}
	}
	return n
}

func (t *Tracker) dropGauge(g *group, old *gauge) {
	g.gauges = slices.DeleteFunc(g.gauges, func(have *gauge) bool { return have == old })
	t.gauges--
	t.rows = nil
	t.tidy(g)
}

// addUsage is addGauge for the use of a class of calls.
func (t *Tracker) addUsage(g *group, k class) *usage {
	n := &usage{seen: never}
	g.usages[k] = n
	t.usages++
	t.rows = nil
	if t.usages > t.maxBuckets {
		var oldest *usage
		var of *group
		var class class
		for _, g := range t.groups {
			for k := range classes {
				if have := g.usages[k]; have != nil && have != n && (oldest == nil || have.seen < oldest.seen) {
					oldest, of, class = have, g, k
				}
			}
		}
		if oldest != nil {
			t.dropUsage(of, class)
			t.stats.Evicted++
		}
	}
	return n
}

func (t *Tracker) dropUsage(g *group, k class) {
	g.usages[k] = nil
	t.usages--
	t.rows = nil
	t.tidy(g)
}

// tidy forgets a group that holds nothing, but for the one that a call is just applied to.
func (t *Tracker) tidy(g *group) {
	if !g.empty() || g == t.busy {
		return
	}
	delete(t.groups, g.who)
	if at := t.recent.place(&g.who); *at == g {
		*at = nil
	}
}
