package forecast

import (
	"math"
	"slices"
	"time"
)

// What the fit goes by. The damping and the widening were chosen by backtests of simulated histories.
const (
	passes     = 3    // of fitting trend and weekdays in turn
	dampAfter  = 14.0 // days ahead until which a trend goes on as it was
	damping    = 0.97 // what is left of it on each further day
	widen      = 1.15 // of the interval, for what the model doesn't know of itself
	z80        = 1.2815515655446004
	parameters = 9 // level, slope and seven weekdays
)

// model is what was fitted to a history.
type model struct {
	level, slope float64    // at the last day, and a day
	weekdays     [7]float64 // what each adds
	last         float64    // t of the last day
	n            int
	spread       float64 // standard deviation of a day around the model
	shift        float64 // t from which the level is another; 0 for none
	step         float64 // by how much
	after        int     // days since the shift
}

// fit makes the model of a history.
func fit(ps []point) model {
	m := trend(ps)
	if t, step, ok := m.findShift(ps); ok {
		level := slices.Clone(ps)
		for i := range level {
			if level[i].t < t {
				level[i].y += step // as if it had always been at the new level
			}
		}
		m = trend(level)
		m.shift, m.step = t, step
		for _, p := range ps {
			if p.t >= t {
				m.after++
			}
		}
	}
	return m
}

// trend fits slope, level and weekdays.
func trend(ps []point) model {
	m := model{n: len(ps), last: ps[len(ps)-1].t}
	for range passes {
		m.slope = theilSen(ps, m.weekdays)
		rest := make([]float64, len(ps))
		for i, p := range ps {
			rest[i] = p.y - m.weekdays[p.weekday] - m.slope*(p.t-m.last)
		}
		m.level = median(rest)
		m.weekdays = m.byWeekday(ps)
	}
	m.spread = m.deviation(ps)
	return m
}

// theilSen returns the median slope between all pairs of days, without their weekdays.
func theilSen(ps []point, weekdays [7]float64) float64 {
	slopes := make([]float64, 0, len(ps)*(len(ps)-1)/2)
	for i, p := range ps {
		for _, q := range ps[i+1:] {
			slopes = append(slopes, (q.y-weekdays[q.weekday]-p.y+weekdays[p.weekday])/(q.t-p.t))
		}
	}
	return median(slopes)
}

// byWeekday returns each weekday's median distance from the trend, shrunk where there are few of it, and 0 in the middle.
func (m *model) byWeekday(ps []point) [7]float64 {
	var rest [7][]float64
	for _, p := range ps {
		rest[p.weekday] = append(rest[p.weekday], p.y-m.level-m.slope*(p.t-m.last))
	}
	var out [7]float64
	for d, v := range rest {
		n := float64(len(v))
		out[d] = median(v) * n / (n + 2)
	}
	return out
}

// at is the fitted logarithm at a day, past or future.
func (m *model) at(t float64, d time.Weekday) float64 {
	return m.level + m.slope*damped(t-m.last) + m.weekdays[d]
}

// damped is how many days of trend that many days ahead are worth.
func damped(h float64) float64 {
	if h <= dampAfter {
		return h
	}
	return dampAfter + damping*(1-math.Pow(damping, h-dampAfter))/(1-damping)
}

func (m *model) residuals(ps []point) []float64 {
	out := make([]float64, len(ps))
	for i, p := range ps {
		out[i] = p.y - m.at(p.t, p.weekday)
	}
	return out
}

// deviation is the spread of the residuals by their median, so that an outlier does not widen it.
func (m *model) deviation(ps []point) float64 {
	r := m.residuals(ps)
	for i := range r {
		r[i] = math.Abs(r[i])
	}
	n := float64(len(r))
	if n <= parameters {
		return math.Inf(1)
	}
	return 1.4826 * median(r) * math.Sqrt(n/(n-parameters))
}

// halfWidth is how far the 80 % interval reaches to each side, h days ahead.
func (m *model) halfWidth(h float64) float64 {
	n, s := float64(m.n), m.spread
	variance := s*s*(1+8/n) + square(n/2+h)*12*s*s/(n*n*n)
	if m.after > 0 {
		variance += s * s / float64(m.after) // the new level is known from its own days only
	}
	return z80 * widen * math.Sqrt(variance)
}

func square(f float64) float64 { return f * f }
