package alerts

import (
	"math"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// The spike test's numbers. With them, a simulated organization with a steady background of refusals sees fewer than 0.1 false
// alarms a day when retries are told apart and 0.3 when they are not.
const (
	spikeBin      = 15 * time.Second
	spikeBins     = 20 // 5 minutes
	spikeRecent   = 4  // the last minute
	spikeLag      = 15 * time.Minute
	spikeMin      = 5    // refusals in the window
	spikeBursts   = 3    // bins that they must come in where retries can't be told apart: one burst may be a single call and its retries
	spikeAlpha    = 1e-5 // of about 860 independent looks a day
	spikeTimes    = 3    // times the baseline
	priorRefused  = 0.5
	priorAllowed  = 49.5
	baselineHalf  = 24 * time.Hour
	baselineMax   = 5000
	baselineLeast = priorRefused + priorAllowed // calls below which the baseline says less than the prior
)

// tally counts calls and the refused ones among them.
type tally struct{ calls, refused float64 }

// bin holds the counts of 15 seconds. Calls that a log does not mark as retries or first attempts are blurred.
type bin struct {
	at int64 // the time in units of spikeBin
	tally
	blurred float64
	tainted bool // seen while the alert was firing: no baseline
}

// spike tests the refusals of one organization against its own baseline. It counts first attempts, as a retried call would
// otherwise vouch for its own refusal.
type spike struct {
	bins     [spikeLag/spikeBin + 2]bin // a ring over the lag, each at its time modulo the length
	baseline tally
	clumps   clumps
	aged     time.Time // to when the baseline has decayed
	causes   map[claude.Cause]float64
}

func newSpike() *spike { return &spike{causes: map[claude.Cause]float64{}} }

// add counts one attempt.
func (s *spike) add(at, now time.Time, a attempt) {
	if at.After(now) { // a clock that runs ahead
		at = now
	}
	if now.Sub(at) > spikeLag {
		s.baseline.calls += a.calls
		s.baseline.refused += a.refused
		return
	}
	i := binOf(at)
	b := &s.bins[i%int64(len(s.bins))]
	if b.at != i { // nobody has asked for long
		s.learn(b)
		b.at = i
	}
	b.calls += a.calls
	b.refused += a.refused
	if a.blurred {
		b.blurred += a.calls + a.refused
	}
	if a.refused > 0 {
		s.causes[a.cause]++
	}
}

// attempt is what one call adds to the counts.
type attempt struct {
	calls, refused float64
	blurred        bool
	cause          claude.Cause
}

// age moves what is older than the lag into the baseline. While frozen nothing is learnt and nothing forgotten, and what was seen
// is never learnt later.
func (s *spike) age(now time.Time, frozen bool) {
	if frozen {
		s.aged = now
	} else {
		s.decay(now)
	}
	oldest := binOf(now.Add(-spikeLag))
	for i := range s.bins {
		b := &s.bins[i]
		b.tainted = b.tainted || frozen
		if b.at < oldest {
			s.learn(b)
		}
	}
	if over := s.baseline.calls / baselineMax; over > 1 { // so that a change of habit is learnt in days, not weeks
		s.baseline.calls /= over
		s.baseline.refused /= over
	}
	if s.idle() {
		clear(s.causes)
	}
}

// learn moves a bin into the baseline, unless it was seen while firing, and empties it.
func (s *spike) learn(b *bin) {
	if !b.tainted {
		s.clumps.add(b, s.usual(1))
		s.baseline.calls += b.calls
		s.baseline.refused += b.refused
	}
	*b = bin{}
}

// idle reports that there was no call within the lag.
func (s *spike) idle() bool {
	return !slices.ContainsFunc(s.bins[:], func(b bin) bool { return b.tally != tally{} })
}

func (s *spike) decay(now time.Time) {
	if d := now.Sub(s.aged); !s.aged.IsZero() && d > 0 {
		f := halved(d)
		s.baseline.calls *= f
		s.baseline.refused *= f
		s.clumps.decay(f)
	}
	if now.After(s.aged) {
		s.aged = now
	}
}

// verdict is what the window says at one instant.
type verdict struct {
	window tally
	usual  float64 // the rate of refusals to expect
	known  bool    // there is a baseline to expect it from
	limit  float64 // the share of refused calls from which on it is a spike
	chance float64 // of as many refusals without a spike; 1 where it was not worth working out
	fires  Condition
}

// assess tests the last 5 minutes. floor is the share of refused calls below which nothing is a spike; without a baseline it
// doubles and decides alone.
func (s *spike) assess(now time.Time, floor float64) verdict {
	var v verdict
	var recent, blurred float64
	bursts := 0 // bins with refusals
	last := binOf(now)
	for i := range s.bins {
		b := &s.bins[i]
		if b.at <= last-spikeBins || b.at > last {
			continue
		}
		v.window.calls += b.calls
		v.window.refused += b.refused
		blurred += b.blurred
		if b.refused > 0 {
			bursts++
		}
		if b.at > last-spikeRecent {
			recent += b.refused
		}
	}
	phi := 1.0
	if blurred > 0 { // retries can't be told apart: refusals come in pairs
		phi = 2
	}
	phi = s.clumps.phi(phi)
	a := priorRefused + s.baseline.refused/phi
	b := priorAllowed + max(0, s.baseline.calls-s.baseline.refused)/phi
	v.usual, v.known = a/(a+b), s.baseline.calls >= baselineLeast
	v.limit, v.chance = max(floor, spikeTimes*v.usual), 1
	if !v.known {
		v.limit = max(2*floor, v.limit)
	}
	if blurred > 0 && bursts < spikeBursts {
		recent = 0
	}
	v.fires = v.decide(recent, func() float64 {
		n := int(math.Ceil(v.window.calls / phi))
		return betaBinomialTail(min(n, int(math.Ceil(v.window.refused/phi))), n, a, b)
	})
	return v
}

// usual is the rate of refusals to expect, where they come in clumps of phi.
func (s *spike) usual(phi float64) float64 {
	a := priorRefused + s.baseline.refused/phi
	return a / (a + priorAllowed + max(0, s.baseline.calls-s.baseline.refused)/phi)
}

// decide is the predicate. The chance is the dear part and asked for last.
func (v *verdict) decide(recent float64, chance func() float64) Condition {
	share := v.share()
	switch {
	case v.window.refused < 2, share < v.limit/2: // too few to go on about
		return Clear
	case v.window.refused < spikeMin, recent < 1, share < v.limit: // few, over, or not above the usual
		return Between
	case !v.known: // nothing to compare with: the share alone decides
		return Fire
	}
	if v.chance = chance(); v.chance < spikeAlpha {
		return Fire
	}
	return Between
}

func (v *verdict) share() float64 {
	if v.window.calls == 0 {
		return 0
	}
	return min(1, v.window.refused/v.window.calls)
}

// cause is the one that most of the refusals since the last quiet have.
func (s *spike) cause() claude.Cause {
	var most claude.Cause
	var n float64
	for c, m := range s.causes {
		if m > n || m == n && c < most {
			most, n = c, m
		}
	}
	return most
}

// halved is what is left of a baseline after d.
func halved(d time.Duration) float64 { return math.Exp2(-float64(d) / float64(baselineHalf)) }

func binOf(t time.Time) int64 { return t.UnixNano() / int64(spikeBin) }
