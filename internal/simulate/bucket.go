package simulate

import (
	"math"
	"time"
)

// refill is the time in which an empty bucket gets full again. Limits are per minute.
const refill = time.Minute

// bucket is a token bucket that refills continuously, kept as the time at which it is full again (GCRA): one number that needs
// no ticking and that is what the reset header says.
type bucket struct {
	limit int64
	full  time.Time
}

// span is the time in which n tokens flow back.
func (b *bucket) span(n int64) time.Duration {
	return time.Duration(math.Round(float64(n) / float64(b.limit) * float64(refill)))
}

// wait is how long until n tokens fit, 0 when they fit now. What is larger than the bucket never fits: then it is the time until
// the bucket is full, at least a second.
func (b *bucket) wait(now time.Time, n int64) time.Duration {
	if n > b.limit {
		return max(time.Second, b.full.Sub(now))
	}
	return max(0, later(b.full, now).Add(b.span(n)).Sub(now)-refill)
}

// take uses n tokens, whether they fit or not: output that is being produced can't be refused any more.
func (b *bucket) take(now time.Time, n int64) { b.full = later(b.full, now).Add(b.span(n)) }

// correct adds to what was taken, or gives back.
func (b *bucket) correct(now time.Time, n int64) {
	if n >= 0 {
		b.take(now, n)
		return
	}
	b.full = b.full.Add(-b.span(-n))
}

// fill is the used part, 0 to 1.
func (b *bucket) fill(now time.Time) float64 {
	return min(1, max(0, float64(b.full.Sub(now))/float64(refill)))
}

// remaining is what is left, in whole tokens.
func (b *bucket) remaining(now time.Time) int64 {
	const dust = 1e-6 // times are whole nanoseconds: 599.9999998 is 600
	return int64(float64(b.limit)*(1-b.fill(now)) + dust)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
