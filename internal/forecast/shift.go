package forecast

import "math"

// A change of level is believed when two levels explain the history that much better than one trend does, and lie that far apart.
const (
	shiftDays   = 7    // at least on each side
	shiftGain   = 0.85 // of the sum of absolute distances
	shiftSpread = 1.5  // in standard deviations of the days
	shiftLeast  = 0.15 // of the logarithm: smaller ones make no difference
)

// findShift returns since when the level is another and by how much, if there was such a change.
func (m *model) findShift(ps []point) (since, step float64, ok bool) {
	if len(ps) < FullDays { // the weekdays could be taken for it
		return 0, 0, false
	}
	since, step, cost := m.breakOf(ps)
	var trend float64
	for _, r := range m.residuals(ps) {
		trend += math.Abs(r)
	}
	spread := 1.2533 * cost / float64(len(ps)) // of a normal distribution, by its mean absolute distance
	return since, step, cost < shiftGain*trend && math.Abs(step) > max(shiftLeast, shiftSpread*spread)
}

// breakOf finds the day that splits the history best into two levels without a trend: the one for which the sum of absolute
// distances from both levels is least.
func (m *model) breakOf(ps []point) (since, step, cost float64) {
	cost = math.Inf(1)
	for i := shiftDays; i <= len(ps)-shiftDays; i++ {
		if size, c := splitAt(ps, i, m.weekdays); c < cost {
			since, step, cost = ps[i].t, size, c
		}
	}
	return since, step, cost
}

// splitAt fits a step before the i-th day and says how badly the rest is explained. The trend's weekdays are where it begins: a
// step near the end has bent them.
func splitAt(ps []point, i int, weekdays [7]float64) (step, cost float64) {
	v := make([]float64, len(ps))
	for pass := 1; ; pass++ {
		for k, p := range ps {
			v[k] = p.y - weekdays[p.weekday]
		}
		before, after := middle(v[:i]), middle(v[i:])
		if pass == passes {
			return after - before, distances(v[:i], before) + distances(v[i:], after)
		}
		var rest [7][]float64
		for k, p := range ps {
			level := before
			if k >= i {
				level = after
			}
			rest[p.weekday] = append(rest[p.weekday], p.y-level)
		}
		for d, r := range rest {
			weekdays[d] = median(r)
		}
	}
}

// middle is the median of values that stay as they are.
func middle(v []float64) float64 { return median(append([]float64(nil), v...)) }

func distances(v []float64, from float64) float64 {
	var sum float64
	for _, x := range v {
		sum += math.Abs(x - from)
	}
	return sum
}
