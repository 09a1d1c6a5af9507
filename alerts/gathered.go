package alerts

import (
	"context"
	"slices"
	"time"
)

const (
	gatherEvery = 10 * time.Second // a tick may be a little early
	gatherStale = 2 * time.Minute
	maxSeries   = 1000 // of one rule
)

// customBook holds what was gathered for the users' own rules.
type customBook struct {
	rules    []CustomRule
	series   map[string]map[string]*series // by the rule's name, then by the labels' fingerprint
	gathered time.Time
}

// series is one series of a rule: its last value, and for a rate the values over its time.
type series struct {
	labels map[string]string
	points []Point
	seen   time.Time
}

func (b *customBook) configure(rules []CustomRule) {
	b.rules, b.series, b.gathered = slices.Clone(rules), map[string]map[string]*series{}, time.Time{}
}

// fresh reports whether the values are of now.
func (b *customBook) fresh(now time.Time) bool {
	return !b.gathered.IsZero() && now.Sub(b.gathered).Abs() <= gatherStale
}

// refreshValues gathers the metrics that rules name, a few times a minute.
func (e *Engine) refreshValues(ctx context.Context, now time.Time) {
	e.mu.Lock()
	due := len(e.custom.rules) > 0 && (e.custom.gathered.IsZero() || now.Sub(e.custom.gathered).Abs() >= gatherEvery)
	var names []string
	for _, r := range e.custom.rules {
		names = append(names, r.Metric)
	}
	e.mu.Unlock()
	if !due {
		return
	}
	// Without the lock: gathering asks this engine what fires.
	values, err := e.values(ctx, slices.Compact(slices.Sorted(slices.Values(names))))
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("gather metrics for the users' own rules", "error", err)
		}
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.custom.take(values, now)
}

func (b *customBook) take(values map[string][]Sample, now time.Time) {
	for i := range b.rules {
		r := &b.rules[i]
		all := b.series[r.Name]
		if all == nil {
			all = map[string]*series{}
			b.series[r.Name] = all
		}
		for _, sample := range values[r.Metric] {
			if r.matches(sample.Labels) {
				b.add(all, r, sample, now)
			}
		}
		for key, s := range all {
			if !s.seen.Equal(now) {
				delete(all, key)
			}
		}
	}
	b.gathered = now
}

func (r *CustomRule) matches(labels map[string]string) bool {
	for name, want := range r.Labels {
		if labels[name] != want {
			return false
		}
	}
	return true
}

func (b *customBook) add(all map[string]*series, r *CustomRule, sample Sample, now time.Time) {
	key := Fingerprint("", sample.Labels)
	s := all[key]
	if s == nil {
		if len(all) >= maxSeries {
			return
		}
		s = &series{labels: sample.Labels}
		if !b.gathered.IsZero() { // a counter that was not there before began at 0
			s.points = []Point{{b.gathered, 0}}
		}
		all[key] = s
	}
	s.seen = now
	if r.RateOver <= 0 {
		s.points = []Point{{now, sample.Value}}
		return
	}
	s.points = append(s.points, Point{now, sample.Value})
	for len(s.points) > 1 && now.Sub(s.points[1].At) >= r.RateOver {
		s.points = s.points[1:]
	}
}

// value returns the last value, or the increase a second over a time. A rate is unknown until half of the time has been seen.
func (s *series) value(over time.Duration) (float64, bool) {
	last := s.points[len(s.points)-1]
	if over <= 0 {
		return last.Value, true
	}
	span := last.At.Sub(s.points[0].At)
	if span < over/2 {
		return 0, false
	}
	var increase float64
	for i := 1; i < len(s.points); i++ {
		d := s.points[i].Value - s.points[i-1].Value
		if d < 0 { // it began anew
			d = s.points[i].Value
		}
		increase += d
	}
	return increase / span.Seconds(), true
}
