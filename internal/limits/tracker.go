// Package limits keeps the live picture: how full the bucket of every limiter is, how much of it was used of late and by whom, and
// when it runs dry at that rate.
//
// It has two sources that check each other. Readings (what response headers say) give the fill; usage (what calls counted)
// gives the load of the last 2 and 10 minutes. Everything is keyed by what a call says of itself and joined only when it
// is asked for, so that the picture does not depend on the order in which logs are read.
package limits

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Limit is a limit from the configuration, for the buckets of a pool whose headers say nothing.
type Limit struct {
	Pool    claude.Pool
	Limiter claude.Limiter
	Limit   int64         // tokens or requests
	Per     time.Duration // 0 stands for a minute
}

// Options set up a Tracker. The zero value is ready: no configured limits, 2,000 buckets.
type Options struct {
	Limits     []Limit
	MaxBuckets int // most buckets with readings, and most groups of callers, that are kept; 0 stands for 2,000
}

// Tracker holds the live picture. It does no I/O and has no clock: time is an argument. It is safe for concurrent use.
type Tracker struct {
	maxBuckets int

	mu         sync.Mutex              // guards all below
	configured map[poolLimiter]float64 // per minute
	groups     map[who]*group
	recent     recent
	busy       *group // that a call is just applied to
	rows       []row  // as attributed; nil when buckets or callers have come or gone since
	gauges     int    // of all groups
	usages     int    // of all groups
	names      int    // consumers that the usages hold together
	pruned     int64  // the minute in which that was last done
	skew       skew
	delays     delays
	stats      Stats
}

// Stats is what the tracker holds and what it had to leave out, since its start.
type Stats struct {
	Buckets     int   // with readings, now
	Evicted     int64 // buckets and groups of callers that were dropped for want of room
	Disbelieved int64 // resets too far from their call's time, and calls from the future
}

type poolLimiter struct {
	pool    claude.Pool
	limiter claude.Limiter
}

const (
	// period is the time in which an empty bucket refills: the API's limits are per minute.
	period = time.Minute
	// forget is when a bucket that no call spoke of is dropped.
	forget = 24 * time.Hour
	// future is how far ahead of the agent's clock a time may be and still be believed.
	future = 10 * time.Minute
)

// New checks the options and returns an empty tracker. The error names the limit that can't be used.
func New(o Options) (*Tracker, error) {
	t := &Tracker{maxBuckets: o.MaxBuckets, groups: map[who]*group{}}
	if t.maxBuckets == 0 {
		t.maxBuckets = 2000
	}
	if t.maxBuckets < 0 {
		return nil, fmt.Errorf("max buckets %d: below 0", o.MaxBuckets)
	}
	if err := t.Configure(o.Limits); err != nil {
		return nil, err
	}
	return t, nil
}

// Stats returns what the tracker holds.
func (t *Tracker) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats
	s.Buckets = t.gauges
	return s
}

// prune drops what was not seen for 24 hours, and the names of consumers that have left the window. Once a minute is enough.
func (t *Tracker) prune(now instant) {
	minute := now.minute()
	if minute == t.pruned {
		return
	}
	t.pruned, t.names = minute, 0
	for _, g := range t.groups {
		for _, have := range slices.Clone(g.gauges) {
			if now.sub(have.seen) > forget {
				t.dropGauge(g, have)
			}
		}
		for k := range classes {
			switch u := g.usages[k]; {
			case u == nil:
			case now.sub(u.seen) > forget:
				t.dropUsage(g, k)
			default:
				t.names += u.consumers.expire(minute)
			}
		}
	}
}
