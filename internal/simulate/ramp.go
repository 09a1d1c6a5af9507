package simulate

import (
	"math"
	"time"
)

// Ramp is the limit on how sharply use may grow: the rate of the last seconds against that of the last minute. The zero Ramp is
// none.
type Ramp struct {
	// Factor is how many times the last minute's rate the rate of the last seconds may be; 0 turns the limit off.
	Factor float64
	// Floor is the part of the input limit, 0 to 1, below which any growth passes.
	Floor float64
}

// The memories of the two rates: each forgets with this time constant.
const (
	rampShort = 5 * time.Second
	rampLong  = 60 * time.Second
)

// growth keeps the two rates of one pool, as exponentially forgotten sums of tokens.
type growth struct {
	short, long float64
	at          time.Time
}

func (g *growth) forget(now time.Time) {
	if dt := now.Sub(g.at); dt > 0 && !g.at.IsZero() {
		g.short *= math.Exp(-float64(dt) / float64(rampShort))
		g.long *= math.Exp(-float64(dt) / float64(rampLong))
	}
	g.at = later(g.at, now)
}

func (g *growth) take(now time.Time, n int64) {
	g.forget(now)
	g.short += float64(n)
	g.long += float64(n)
}

// wait is how long until n more tokens are no sharp growth, for an input limit per minute; 0 is now.
func (g *growth) wait(now time.Time, n, limit int64, r Ramp) time.Duration {
	if r.Factor <= 0 {
		return 0
	}
	g.forget(now)
	rate := (g.short + float64(n)) / rampShort.Seconds()
	allowed := max(r.Factor*g.long/rampLong.Seconds(), r.Floor*float64(limit)/refill.Seconds())
	if rate <= allowed {
		return 0
	}
	return max(time.Second, time.Duration(math.Log(rate/max(allowed, 1e-9))*float64(rampShort)))
}
