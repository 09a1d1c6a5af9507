package store

import (
	"math"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// keptLive is what the counters, the latest readings and the sources' activity are in the tables, so that a transaction need not read what
// one before it wrote. It is kept and forgotten as keptSums is.
type keptLive struct {
	tallies map[claude.TallyKey]*claude.Tally
	latest  map[claude.Bucket]moment
	sources map[string]claude.SourceActivity
}

// maxKeptLive is how many counters, readings and sources are kept, each: about 1 MB. There are as many as labels, which are few.
const maxKeptLive = 2048

// moment is what decides between two readings of a bucket, in Unix microseconds.
type moment struct{ reset, at int64 }

// never is the reset of a reading that has none.
const never = math.MinInt64

func (l *latestReading) moment() moment {
	return moment{microsOr(l.reading.Reset, never), microsOr(l.call.Time, 0)}
}

func microsOr(t time.Time, alt int64) int64 {
	if t.IsZero() {
		return alt
	}
	return t.UnixMicro()
}

// before reports whether the other tells more of the bucket, as later does.
func (m moment) before(o moment) bool { return o.reset > m.reset || o.reset == m.reset && o.at >= m.at }

// withRoom returns a map with room for n more, which is empty where there would be too many. What a transaction keeps it must find again, so
// that it asks for all its room at once.
func withRoom[K comparable, V any](kept map[K]V, n int) map[K]V {
	if kept == nil || len(kept)+n > maxKeptLive {
		return map[K]V{}
	}
	return kept
}
