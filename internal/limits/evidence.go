package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// evidence is what one reading says of a bucket.
//
// The API's buckets refill continuously, and the reset header is the instant at which the bucket is full again. That instant, T,
// is the bucket's whole state: its fill at time t is (T-t)/period. It never falls but for refunds and changes of the
// limit, so readings of any age and order merge by taking the largest T.
type evidence struct {
	full  time.Time // T, at the latest
	least time.Time // T, at the earliest
	reset time.Time // as the header said it; zero for an idle bucket
	use   float64   // for a literal reading: the used part at best
	// literal says that reset and remaining can't both be of a bucket that refills within a minute: then the reading is
	// taken at its word, use now and 0 at the reset.
	literal bool
}

const (
	// tokensRounding is half of what the API rounds remaining tokens to.
	tokensRounding = 500
	// slack is how much reset and remaining may disagree beyond what rounding explains.
	slack = time.Second
	// early and late are how far from a call's time its reset is believed. A bucket is full again within a period, so a later reset is
	// from another clock; one long before the call is from a replayed or broken record. Then remaining alone counts.
	lateReset  = period + 30*time.Second
	earlyReset = 10 * time.Minute
)

// weigh turns a reading into evidence. ok is false if the reading says nothing of the fill, believed if it has a reset that is too far off.
func weigh(r claude.Reading, m moment, l claude.Limiter) (e evidence, ok, believed bool) {
	use, margin, hasUse := usedPart(r, l)
	idle := !r.Reset.IsZero() && r.Reset.Year() <= 1970
	hasReset := !r.Reset.IsZero() && !idle
	believed = true
	if hasReset && (r.Reset.After(m.late.Add(lateReset)) || r.Reset.Before(m.early.Add(-earlyReset))) {
		hasReset, believed = false, false
	}
	switch {
	case idle && (!hasUse || use <= margin):
		return evidence{full: m.early, least: m.early}, true, true
	case hasReset && hasUse:
		return reconcile(r.Reset, use, margin, m), true, true
	case hasReset:
		return evidence{full: r.Reset, least: r.Reset.Add(-time.Second), reset: r.Reset}, true, true
	case hasUse:
		full := m.best.Add(portion(use))
		return evidence{full: full, least: m.early.Add(portion(use - margin)), reset: full}, true, believed
	default:
		return evidence{}, false, believed
	}
}

// reconcile intersects what the reset says of T, [reset-1s, reset], with what remaining says, and keeps the upper end of what they
// have in common: an alert may be a second early, never late.
func reconcile(reset time.Time, use, margin float64, m moment) evidence {
	least, most := m.early.Add(portion(use-margin)), m.late.Add(portion(use+margin))
	switch {
	case !reset.Before(least.Add(-slack)) && !reset.After(most.Add(time.Second+slack)):
		e := evidence{full: reset, least: later(reset.Add(-time.Second), least), reset: reset}
		if most.Before(reset) {
			e.full = most
		}
		if e.least.After(e.full) {
			e.least = e.full
		}
		return e
	case reset.After(m.late):
		return evidence{full: reset, reset: reset, use: use, literal: true}
	default: // It has refilled since: the log was written late.
		return evidence{full: reset, least: reset.Add(-time.Second), reset: reset}
	}
}

// usedPart returns the used part of the limit, 0 to 1, and how far rounding may have moved it.
func usedPart(r claude.Reading, l claude.Limiter) (use, margin float64, ok bool) {
	limit, okLimit := r.Limit.Get()
	remaining, okRemaining := r.Remaining.Get()
	if !okLimit || !okRemaining || limit <= 0 {
		return 0, 0, false
	}
	margin = tokensRounding / float64(limit)
	if l == claude.LimiterRequests {
		margin = 1 / float64(limit)
	}
	return min(max(1-float64(remaining)/float64(limit), 0), 1), min(margin, 1), true
}

// portion is the time in which a part of the bucket refills.
func portion(part float64) time.Duration { return time.Duration(part * float64(period)) }
