// Package limits keeps the live picture: how full the bucket of every limiter is, how much of it was used of late and by whom, and
// when it runs dry at that rate.
//
// It has two sources that check each other. Readings (what response headers say) give the fill; usage (what calls counted)
// gives the load of the last 2 and 10 minutes. Everything is keyed by what a call says of itself and joined only when it
// is asked for, so that the picture does not depend on the order in which logs are read.
package limits

import (
	"fmt"
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
	gauges     map[claude.Bucket]*gauge
	callers    map[callers]*usage
	names      int // consumers that the usages hold together
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
	t := &Tracker{
		maxBuckets: o.MaxBuckets, gauges: map[claude.Bucket]*gauge{}, callers: map[callers]*usage{},
	}
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

// Apply takes one live change at time now; the caller leaves history out. A known call that says more adds only the difference,
// and what it said before under another bucket, app or time is taken away there. At a start, apply the stored calls of the
// last 10 minutes as new ones, so that the windows are whole.
func (t *Tracker) Apply(ch claude.Change, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &ch.After
	if c.Time.Unix() <= 0 {
		return
	}
	if c.Time.After(now.Add(future)) {
		t.stats.Disbelieved++
		return
	}
	t.skew.note(c, now)
	if ch.New {
		t.delays.note(c)
	}
	for _, r := range c.Readings {
		if !tells(r) {
			continue
		}
		t.read(c.Bucket(r.Limiter), r, whenTaken(c, now), c.Time).calls++
	}
	t.count(c, 1)
	if !ch.New {
		t.takeBack(&ch.Before)
	}
}

// takeBack removes what a call counted as it was before it was merged. A bucket that only misattributed calls spoke of goes.
func (t *Tracker) takeBack(c *claude.Call) {
	t.count(c, -1)
	for _, r := range c.Readings {
		b := c.Bucket(r.Limiter)
		g := t.gauges[b]
		if g == nil || !tells(r) {
			continue
		}
		if g.calls--; g.calls <= 0 {
			delete(t.gauges, b)
		}
	}
}

// Restore takes the readings that a store kept, for the start. Those from the future of now are left out.
func (t *Tracker) Restore(obs []claude.Observation, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, o := range obs {
		if o.At.After(now.Add(future)) {
			t.stats.Disbelieved++
			continue
		}
		if !tells(o.Reading) {
			continue
		}
		c := claude.Call{Time: o.At, ServerTime: o.Server}
		t.read(o.Bucket, o.Reading, whenTaken(&c, now), o.At).calls++
	}
}

// Stats returns what the tracker holds.
func (t *Tracker) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats
	s.Buckets = len(t.gauges)
	return s
}

// tells reports whether a reading says anything: a bucket of which nothing is known is none.
func tells(r claude.Reading) bool {
	return r.Limit.Known() || r.Remaining.Known() || r.Utilization.Known() || !r.Reset.IsZero() || r.Exhausted()
}

func (t *Tracker) read(b claude.Bucket, r claude.Reading, m moment, at time.Time) *gauge {
	g := t.gauges[b]
	if g == nil {
		g = &gauge{}
		t.gauges[b] = g
	}
	if at.After(g.seen) {
		g.seen = at
	}
	if b.Limiter.Unified() {
		g.noteWindow(r, m)
	} else if !g.note(r, m, b.Limiter) {
		t.stats.Disbelieved++
	}
	if len(t.gauges) > t.maxBuckets {
		t.stats.Evicted += evict(t.gauges, b)
	}
	return g
}

// lastSeen is what knows when a call last spoke of it.
type lastSeen interface{ lastSeen() time.Time }

// evict makes room by dropping the entry that was seen longest ago, other than the one that was just touched.
func evict[K comparable, V lastSeen](m map[K]V, touched K) int64 {
	var oldest K
	var at time.Time
	found := false
	for k, v := range m {
		if k != touched && (!found || v.lastSeen().Before(at)) {
			oldest, at, found = k, v.lastSeen(), true
		}
	}
	if !found {
		return 0
	}
	delete(m, oldest)
	return 1
}

// prune drops what was not seen for 24 hours, and the names of consumers that have left the window.
func (t *Tracker) prune(now time.Time) {
	for b, g := range t.gauges {
		if now.Sub(g.seen) > forget {
			delete(t.gauges, b)
		}
	}
	t.names = 0
	for k, u := range t.callers {
		if now.Sub(u.seen) > forget {
			delete(t.callers, k)
			continue
		}
		t.names += u.expire(now)
	}
}
