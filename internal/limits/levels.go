package limits

import (
	"math"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Levels returns how near every bucket is to its limit at time now, sorted by bucket. Buckets that no call of the last
// 24 hours spoke of are dropped.
func (t *Tracker) Levels(now time.Time) []claude.Level {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.view(now)
	t.prune(v.now)
	rows := t.attribute()
	levels, of := make([]claude.Level, 0, len(rows)), make([]*claude.Level, len(rows))
	for i := range rows {
		r := &rows[i]
		if r.gauge == nil && !r.counted() {
			continue
		}
		levels = append(levels, claude.Level{Bucket: r.bucket})
		of[i] = &levels[len(levels)-1]
		t.level(of[i], r, &v)
	}
	markDerived(rows, of)
	return levels
}

// view is an instant at which the picture is looked at.
type view struct {
	time   time.Time
	now    instant // on the agent's clock
	server instant // on the server's
	waits  waits
}

func (t *Tracker) view(now time.Time) view {
	v := view{time: now, now: at(now)}
	v.server = t.skew.server(v.now)
	t.delays.waits(&v.waits, v.now.sub(v.server))
	return v
}

// level works out one bucket.
func (t *Tracker) level(l *claude.Level, r *row, v *view) {
	g := r.gauge
	if g != nil && g.unified {
		g.windowLevel(l, v.server)
		return
	}
	if g != nil {
		l.Limit, l.Remaining, l.Observed, l.PeriodSeconds = g.limit.opt(), g.remaining.opt(), g.seen.time(), g.periods.median()
	}
	perMinute := t.limit(l)
	if perMinute > 0 && r.counted() {
		l.Load2m = claude.Some(r.used(r.counts, v, twoMinutes) / (2 * perMinute))
		l.Load10m = claude.Some(r.used(r.counts, v, tenMinutes) / (10 * perMinute))
		l.InUse = claude.Some(r.used(r.counts, v, oneMinute)) // Readings say it better.
		shape(l, r, v)
	}
	rate, known := l.Load2m.Get() // what the readings prove lies over all of the window: it says too little of now
	if g != nil {
		g.everybody(l, v.server)
		g.full(l, v)
	}
	if fill, ok := l.Fill.Get(); ok {
		l.InUse = claude.Opt[float64]{}
		if perMinute > 0 {
			l.InUse = claude.Some(fill * perMinute)
		}
	}
	if g != nil && !known {
		if slope, rising := g.slope(v.server); rising && slope > rate {
			rate, known = slope, true
		}
	}
	if known {
		l.Exhausted = exhausted(l, rate, perMinute, v.time)
	}
}

// full adds how full the bucket is. What no log shows yet is expected at the load of the last 2 minutes.
func (g *gauge) full(l *claude.Level, v *view) {
	rate := min(l.Load2m.Or(0), mostUnseen)
	fill, reset := g.fill(v.server, func(since time.Duration) time.Duration {
		return time.Duration(rate * float64(v.waits.within(since)))
	})
	l.Fill, l.Reset = fill, reset.time()
}

// mostUnseen bounds the rate at which use that no log shows yet is expected: what is beyond it the API has refused.
const mostUnseen = 2

// windowLevel works out a subscription window, which has a utilization in place of limit and remaining.
func (g *gauge) windowLevel(l *claude.Level, server instant) {
	fill, reset := g.window(server)
	l.Observed, l.Fill, l.Reset = g.seen.time(), fill, reset.time()
	if length := g.limiter.Window(); length > 0 && reset > server {
		l.Elapsed = claude.Some(1 - ratio(reset.sub(server), length))
	}
}

// everybody adds what the readings prove of the whole organization's use: where that is more than what was counted, it is the load.
func (g *gauge) everybody(l *claude.Level, server instant) {
	if g.trail == nil {
		return
	}
	fast, slow, ok := g.trail.loads(server)
	if !ok {
		return
	}
	if own, counted := l.Load10m.Get(); counted && slow >= leastProof {
		l.Unattributed = claude.Some(max(0, 1-own/slow))
	}
	if l.Load2m.Known() || slow >= leastProof {
		l.Load2m = claude.Some(max(fast, l.Load2m.Or(0)))
		l.Load10m = claude.Some(max(slow, l.Load10m.Or(0)))
	}
}

// leastProof is the load below which readings prove too little to compare anything with: a fill of half the bucket once in 10 minutes.
const leastProof = 0.05

// shape tells what kind of use it is, for advice: how much of the input came from the cache, and how large calls are.
func shape(l *claude.Level, r *row, v *view) {
	cached, written := r.used(columnsOfCache, v, tenMinutes), r.used(columnsOfInput, v, tenMinutes)
	if l.Bucket.Pool == "haiku-3.5" { // There the limit counts what was read from the cache as well.
		written = max(0, written-cached)
	}
	if cached+written > 0 {
		l.CacheShare = claude.Some(cached / (cached + written))
	}
	if n := r.used(columnsOfRequests, v, tenMinutes); n >= 1 {
		l.PerCall = claude.Some(l.Load10m.Or(0) * 10 / n)
	}
}

// limit returns the limit per minute, from the headers or else from the configuration, and 0 if there is none.
func (t *Tracker) limit(l *claude.Level) float64 {
	if n, ok := l.Limit.Get(); ok {
		l.From = claude.LimitFromHeaders
		return float64(n)
	}
	n, ok := t.configured[poolLimiter{l.Bucket.Pool, l.Bucket.Limiter}]
	if ok {
		l.From, l.Limit = claude.LimitFromConfig, claude.Some(int64(math.Round(n)))
	}
	return n
}

// exhausted returns when the bucket runs dry at this rate: what is left over what comes in beyond the refill. The rate is the
// load of 2 minutes, or where no usage is logged the slope of the readings. The zero time says that it is not approaching.
func exhausted(l *claude.Level, rate, perMinute float64, now time.Time) time.Time {
	if rate <= 1 {
		return time.Time{}
	}
	full, ok := l.Fill.Get()
	if !ok {
		if perMinute <= 0 {
			return time.Time{}
		}
		full = min(l.InUse.Or(0)/perMinute, 1)
	}
	left := (1 - full) * period.Seconds() / (rate - 1)
	if left > longestLeft.Seconds() {
		return time.Time{}
	}
	return now.Add(seconds(left))
}

// longestLeft is how far ahead an exhaustion is told: a rate of 2 minutes says nothing of later.
const longestLeft = time.Hour

// markDerived marks tokens where input and output are known beside it.
func markDerived(rows []row, of []*claude.Level) {
	for i := range rows {
		if r := &rows[i]; of[i] != nil && r.input >= 0 && r.output >= 0 {
			of[i].Derived = told(of[r.input]) && told(of[r.output])
		}
	}
}

// told reports whether anything is known of how near the limit is.
func told(l *claude.Level) bool { return l != nil && (l.Fill.Known() || l.Load2m.Known()) }
