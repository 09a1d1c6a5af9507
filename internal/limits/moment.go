package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// moment is when a reading was taken, on the server's clock as far as that is known: between early and late, best at best.
type moment struct{ early, late, best instant }

const (
	// unknownDelay is how old a reading may be when its call says neither the server's time nor a duration.
	unknownDelay = 5 * time.Second
	// longest is the longest duration that is believed of a call.
	longest = 10 * time.Minute
)

// whenTaken tells when the headers of a call were written. The server's own Date is cut to whole seconds. Without it there is
// only the time of the log, which may lie as much later as the call took. A Date of before 1970 or from the future is none.
func whenTaken(c *claude.Call, logged, now instant) moment {
	if s := at(c.ServerTime); s > 0 && s <= now.add(future) {
		return moment{early: s, late: s.add(time.Second), best: s.add(time.Second / 2)}
	}
	return moment{early: max(0, logged.add(-delay(c, unknownDelay))), late: logged, best: logged}
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
