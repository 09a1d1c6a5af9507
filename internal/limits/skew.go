package limits

import (
	"maps"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// skew estimates how far the agent's clock is ahead of the server's: the least of (time of the log - Date) of the last 10
// minutes, because every delay on the way only adds to it. The state is a minimum per minute, so the order of calls is irrelevant.
type skew struct {
	minutes map[int64]ahead
	newest  int64
}

// ahead is one call's estimate and how much of it the call's own delay may explain.
type ahead struct{ by, explained time.Duration }

const (
	skewMinutes = 10
	// maxSkew bounds the estimate: more is a log that was read late or a broken Date.
	maxSkew = 10 * time.Minute
	// readDelay is how late a log line may be read and still stem from the agent's own clock. A call that seems older is
	// either late or from a machine whose clock is behind: it tells nothing of the agent's.
	readDelay = 30 * time.Second
)

func (s *skew) note(c *claude.Call, now time.Time) {
	if c.ServerTime.IsZero() || c.Undated || now.Sub(c.Time) > readDelay {
		return
	}
	at := c.Time
	if now.Before(at) { // a machine whose clock is ahead of the agent's
		at = now
	}
	a := ahead{by: at.Sub(c.ServerTime), explained: delay(c, time.Second) + time.Second}
	if a.by.Abs() > maxSkew {
		return
	}
	minute := c.ServerTime.Unix() / 60
	if s.minutes == nil {
		s.minutes = map[int64]ahead{}
	}
	s.newest = max(s.newest, minute)
	if old, ok := s.minutes[minute]; !ok || a.less(old) {
		s.minutes[minute] = a
	}
	maps.DeleteFunc(s.minutes, func(m int64, _ ahead) bool { return m <= s.newest-skewMinutes })
}

func (a ahead) less(b ahead) bool {
	return a.by < b.by || a.by == b.by && a.explained > b.explained
}

// server returns the server's time when the agent's clock shows now. What a call's own delay can explain is no skew.
func (s *skew) server(now time.Time) time.Time {
	var least ahead
	found := false
	for _, a := range s.minutes {
		if !found || a.less(least) {
			least, found = a, true
		}
	}
	if !found || least.by >= 0 && least.by <= least.explained {
		return now
	}
	return now.Add(-least.by)
}
