package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// moment is when a reading was taken, on the server's clock as far as that is known: between early and late, best at best.
type moment struct{ early, late, best time.Time }

const (
	// unknownDelay is how old a reading may be when its call says neither the server's time nor a duration.
	unknownDelay = 5 * time.Second
	// longest is the longest duration that is believed of a call.
	longest = 10 * time.Minute
)

// whenTaken tells when the headers of a call were written. The server's own Date is cut to whole seconds. Without it there is
// only the time of the log, which may lie as much later as the call took.
func whenTaken(c *claude.Call, now time.Time) moment {
	if s := c.ServerTime; !s.IsZero() && !s.After(now.Add(future)) {
		return moment{early: s, late: s.Add(time.Second), best: s.Add(time.Second / 2)}
	}
	return moment{early: c.Time.Add(-delay(c, unknownDelay)), late: c.Time, best: c.Time}
}

// delay returns the call's duration, or alt if it is unknown.
func delay(c *claude.Call, alt time.Duration) time.Duration {
	s, ok := c.DurationSeconds.Get()
	if !ok {
		return alt
	}
	return seconds(min(max(s, 0), longest.Seconds()))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
