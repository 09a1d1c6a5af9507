package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// skew estimates how far the agent's clock is ahead of the server's: the least of (time of the log - Date) of the last 10
// minutes, because every delay on the way only adds to it. The state is a minimum per minute, so the order of calls is irrelevant.
type skew struct {
	minutes [skewMinutes]ahead // each at its minute's remainder
	newest  int64              // minute
}

// ahead is one call's estimate and how much of it the call's own delay may explain.
type ahead struct {
	minute        int64 // of the server's time; 0 for none
	by, explained time.Duration
}

const (
	skewMinutes = 10
	// maxSkew bounds the estimate: more is a log that was read late or a broken Date.
	maxSkew = 10 * time.Minute
	// readDelay is how late a log line may be read and still stem from the agent's own clock. A call that seems older is
	// either late or from a machine whose clock is behind: it tells nothing of the agent's.
	readDelay = 30 * time.Second
)

// note takes a call that was logged at a time and dated by the server; now is the agent's.
func (s *skew) note(c *claude.Call, server, logged, now instant) {
	if server <= 0 || c.Undated || now.sub(logged) > readDelay {
		return
	}
	// A machine may be ahead of the agent's clock.
	a := ahead{minute: server.minute(), by: min(logged, now).sub(server)}
	if a.by.Abs() > maxSkew || a.minute <= s.newest-skewMinutes {
		return
	}
	s.newest = max(s.newest, a.minute)
	old := &s.minutes[a.minute%skewMinutes]
	if old.minute == a.minute && a.by > old.by {
		return
	}
	a.explained = delay(c, time.Second) + time.Second
	if old.minute != a.minute || a.less(old) {
		*old = a
	}
}

func (a *ahead) less(b *ahead) bool {
	return a.by < b.by || a.by == b.by && a.explained > b.explained
}

// server returns the server's time when the agent's clock shows now. What a call's own delay can explain is no skew.
func (s *skew) server(now instant) instant {
	var least *ahead
	for i := range s.minutes {
		a := &s.minutes[i]
		if a.minute > max(s.newest-skewMinutes, 0) && (least == nil || a.less(least)) {
			least = a
		}
	}
	if least == nil || least.by >= 0 && least.by <= least.explained {
		return now
	}
	return now.add(-least.by)
}
