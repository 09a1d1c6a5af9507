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
	full  instant // T, at the latest
	least instant // T, at the earliest
	reset instant // as the header said it; never for an idle bucket
	use   float64 // for a literal reading: the used part at best
	// literal says that reset and remaining can't both be of a bucket that refills within a minute: then the reading is
	// taken at its word, use now and 0 at the reset.
	literal bool
}

const (
	// tokensRounding is half of what the API rounds remaining tokens to.
	tokensRounding = 500
	// slack is how much reset and remaining may disagree beyond what rounding explains.
	slack = time.Second
	// lateReset and earlyReset are how far from a call's time its reset is believed. A bucket is full again within a period, and half of one more
	// where output ran over the limit, so a later reset is from another clock; one long before the call is from a replayed or
	// broken record. Then remaining alone counts.
	lateReset  = period + 30*time.Second
	earlyReset = 10 * time.Minute
	// idleBefore ends 1970, which stands for the reset of a bucket that nothing was taken from.
	idleBefore = instant(365 * 24 * time.Hour)
)

// part is the used part of a bucket as limit and remaining say it, by the time in which it refills: span, and how far rounding may
// have moved it.
type part struct {
	span, margin time.Duration
	known        bool
}

// spent reports that there may be nothing left. How far beyond its limit the bucket is, remaining does not say.
func (p part) spent() bool { return p.span+p.margin >= period }

// weigh turns a reading into evidence. ok is false if the reading says nothing of the fill, believed if it has a reset that is too far off.
func weigh(r *claude.Reading, p part, m moment) (e evidence, ok, believed bool) {
	reset := at(r.Reset)
	idle := reset != never && reset < idleBefore
	hasReset := reset != never && !idle
	believed = true
	if hasReset && (reset > m.late.add(lateReset) || reset < m.early.add(-earlyReset)) {
		hasReset, believed = false, false
	}
	switch {
	case idle && (!p.known || p.span <= p.margin):
		return evidence{full: m.early, least: m.early, reset: never}, true, true
	case hasReset && p.known:
		return reconcile(reset, p, m), true, true
	case hasReset:
		return evidence{full: reset, least: reset.add(-time.Second), reset: reset}, true, true
	case p.known:
		full := m.best.add(p.span)
		return evidence{full: full, least: m.early.add(p.span - p.margin), reset: full}, true, believed
	default:
		return evidence{}, false, believed
	}
}

// reconcile intersects what the reset says of T, [reset-1s, reset], with what remaining says.
func reconcile(reset instant, p part, m moment) evidence {
	least, most := m.early.add(p.span-p.margin), m.late.add(p.span+p.margin)
	if p.spent() { // The reset alone says how far beyond its limit it is.
		most = max(most, reset)
	}
	switch {
	case reset >= least.add(-slack) && reset <= most.add(time.Second+slack):
		e := evidence{full: min(reset, most), least: max(reset.add(-time.Second), least), reset: reset}
		e.least = min(e.least, e.full)
		return e
	case reset > m.late:
		return evidence{full: reset, reset: reset, use: ratio(p.span, period), literal: true}
	default: // It has refilled since: the log was written late.
		return evidence{full: reset, least: reset.add(-time.Second), reset: reset}
	}
}
