package claude

import (
	"math"
	"time"
)

// SourceActivity is what a source has delivered, and how long it usually stays silent.
type SourceActivity struct {
	Source     string
	Calls      int64 // new ones
	Duplicates int64 // sightings of calls that were known already
	Historical int64 // new ones that were history when they were read
	First      time.Time
	Last       time.Time     // when the source last delivered a live call
	LongestGap time.Duration // between live calls; an old one fades by half every 7 days
}

// gapHalfLife makes a habit of weeks: a quiet weekend is remembered on the next one.
const gapHalfLife = 7 * 24 * time.Hour

// Deliver notes that the source delivered live calls at time now.
func (s *SourceActivity) Deliver(now time.Time) {
	if s.First.IsZero() {
		s.First, s.Last = now, now
		return
	}
	gap := now.Sub(s.Last)
	if gap <= 0 {
		return
	}
	faded := float64(s.LongestGap) * math.Exp2(-float64(gap)/float64(gapHalfLife))
	s.LongestGap = max(gap, time.Duration(faded))
	s.Last = now
}
