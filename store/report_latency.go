package store

import (
	"maps"
	"math"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// interim until the shared sketch is in the tree.
type latency struct{ bins map[int]int64 }

func (l *latency) add(seconds float64) {
	if l.bins == nil {
		l.bins = map[int]int64{}
	}
	l.bins[int(math.Ceil(math.Log(max(seconds, 1e-6))/math.Log(1.02/0.98)))]++
}

func (l *latency) addStored([]byte) error { return nil }

func (l *latency) merge(o *latency) {
	for k, n := range o.bins {
		if l.bins == nil {
			l.bins = map[int]int64{}
		}
		l.bins[k] += n
	}
}

func (l *latency) quantile(part float64) claude.Opt[float64] {
	var all, seen int64
	for _, n := range l.bins {
		all += n
	}
	for _, k := range slices.Sorted(maps.Keys(l.bins)) {
		if seen += l.bins[k]; float64(seen) > part*float64(all-1) {
			return claude.Some(math.Pow(1.02/0.98, float64(k)) * 0.98)
		}
	}
	return claude.Opt[float64]{}
}
