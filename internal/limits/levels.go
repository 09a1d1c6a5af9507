package limits

import (
	"cmp"
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
	slices.SortFunc(levels, func(a, b claude.Level) int { return compareBuckets(a.Bucket, b.Bucket) })
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
	if g != nil {
		l.Limit, l.Remaining, l.Observed = g.limit.opt(), g.remaining.opt(), g.seen
		if b.Limiter.Unified() {
			l.Limit, l.Remaining = claude.Opt[int64]{}, claude.Opt[int64]{}
			l.Fill, l.Reset = g.window(server)
			return l
		}
		l.Fill, l.Reset = g.fill(server)
	}
	perMinute := t.limit(&l)
	if cols := counts(b.Limiter); perMinute > 0 && counted(us, b.Limiter) {
		l.Load2m = claude.Some(used(us, cols, now, 2*time.Minute) / (2 * perMinute))
		l.Load10m = claude.Some(used(us, cols, now, 10*time.Minute) / (10 * perMinute))
		l.InUse = claude.Some(used(us, cols, now, period)) // Readings say it better.
	}
	if fill, ok := l.Fill.Get(); ok {
		l.InUse = claude.Opt[float64]{}
		if perMinute > 0 {
			l.InUse = claude.Some(fill * perMinute)
		}
	}
	l.Exhausted = exhausted(&l, g, perMinute, now, server)
	return l
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
func exhausted(l *claude.Level, g *gauge, perMinute float64, now, server time.Time) time.Time {
	rate, ok := l.Load2m.Get()
	if !ok && g != nil {
		rate, ok = g.slope(server)
	}
	if !ok || rate <= 1 {
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

func compareBuckets(a, b claude.Bucket) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Organization, b.Organization),
		cmp.Compare(a.Workspace, b.Workspace), cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Limiter, b.Limiter))
}
