package limits

import (
	"math"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Levels returns how near every bucket is to its limit at time now, sorted by bucket. Buckets that no call of the last
// 24 hours spoke of are dropped.
func (t *Tracker) Levels(now time.Time) []claude.Level {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.prune(now)
	of := t.attribute()
	levels := make([]claude.Level, 0, len(t.gauges))
	for b, g := range t.gauges {
		levels = append(levels, t.level(b, g, of[b], now))
	}
	for b, us := range of {
		if _, ok := t.gauges[b]; !ok && counted(us, b.Limiter) {
			levels = append(levels, t.level(b, nil, us, now))
		}
	}
	markDerived(levels)
	slices.SortFunc(levels, func(a, b claude.Level) int { return a.Bucket.Compare(b.Bucket) })
	return levels
}

// counted reports whether the calls told anything that the limiter counts.
func counted(us []*usage, l claude.Limiter) bool {
	cols := counts(l)
	return slices.ContainsFunc(us, func(u *usage) bool { return u.counted(cols) })
}

// level works out one bucket; g is nil for one that only the configuration knows.
func (t *Tracker) level(b claude.Bucket, g *gauge, us []*usage, now time.Time) claude.Level {
	l := claude.Level{Bucket: b}
	server := t.skew.server(now)
	if g != nil && b.Limiter.Unified() {
		return g.windowLevel(b, server)
	}
	if g != nil {
		l.Limit, l.Remaining, l.Observed, l.PeriodSeconds = g.limit.opt(), g.remaining.opt(), g.seen, g.periods.median()
	}
	perMinute := t.limit(&l)
	if cols := counts(b.Limiter); perMinute > 0 && counted(us, b.Limiter) {
		l.Load2m = claude.Some(used(us, cols, now, 2*time.Minute) / (2 * perMinute))
		l.Load10m = claude.Some(used(us, cols, now, 10*time.Minute) / (10 * perMinute))
		l.InUse = claude.Some(used(us, cols, now, period)) // Readings say it better.
		shape(&l, us, now)
	}
	rate, known := l.Load2m.Get() // what the readings prove lies over all of the window: it says too little of now
	if g != nil {
		g.everybody(&l, server)
		l.Fill, l.Reset = g.fill(server, func(since time.Duration) time.Duration {
			return time.Duration(min(l.Load2m.Or(0), mostUnseen) * float64(t.delays.waiting(since, now.Sub(server))))
		})
	}
	if fill, ok := l.Fill.Get(); ok {
		l.InUse = claude.Opt[float64]{}
		if perMinute > 0 {
			l.InUse = claude.Some(fill * perMinute)
		}
	}
	if g != nil && !known {
		if slope, rising := g.slope(server); rising && slope > rate {
			rate, known = slope, true
		}
	}
	if known {
		l.Exhausted = exhausted(&l, rate, perMinute, now)
	}
	return l
}

// mostUnseen bounds the rate at which use that no log shows yet is expected: what is beyond it the API has refused.
const mostUnseen = 2

// windowLevel works out a subscription window, which has a utilization in place of limit and remaining.
func (g *gauge) windowLevel(b claude.Bucket, server time.Time) claude.Level {
	l := claude.Level{Bucket: b, Observed: g.seen}
	l.Fill, l.Reset = g.window(server)
	if length := b.Limiter.Window(); length > 0 && l.Reset.After(server) {
		l.Elapsed = claude.Some(1 - ratio(l.Reset.Sub(server), length))
	}
	return l
}

// everybody adds what the readings prove of the whole organization's use: where that is more than what was counted, it is the load.
func (g *gauge) everybody(l *claude.Level, server time.Time) {
	if g.trail == nil {
		return
	}
	fast, _ := g.trail.load(server, 2*time.Minute)
	slow, ok := g.trail.load(server, 10*time.Minute)
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
func shape(l *claude.Level, us []*usage, now time.Time) {
	const window = 10 * time.Minute
	cached, written := used(us, []column{cacheRead}, now, window), used(us, []column{input}, now, window)
	if l.Bucket.Pool == "haiku-3.5" { // There the limit counts what was read from the cache as well.
		written = max(0, written-cached)
	}
	if cached+written > 0 {
		l.CacheShare = claude.Some(cached / (cached + written))
	}
	if n := used(us, []column{requests}, now, window); n >= 1 {
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
func markDerived(levels []claude.Level) {
	have := make(map[claude.Bucket]bool, len(levels))
	for i := range levels {
		l := &levels[i]
		have[l.Bucket] = l.Fill.Known() || l.Load2m.Known()
	}
	for i := range levels {
		in, out := levels[i].Bucket, levels[i].Bucket
		in.Limiter, out.Limiter = claude.LimiterInputTokens, claude.LimiterOutputTokens
		levels[i].Derived = levels[i].Bucket.Limiter == claude.LimiterTokens && have[in] && have[out]
	}
}
