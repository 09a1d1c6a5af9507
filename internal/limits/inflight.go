package limits

import (
	"maps"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// delays learns how long after its headers were written a call shows in the log. Calls that were admitted since the newest reading
// are in the bucket but not in any log yet; with the rate of use and the delays one can tell how many to expect.
type delays struct {
	minutes map[int64]*delayCounts
	newest  int64
}

// delayCounts counts calls by their delay in halves of a second; the last count is of those that took longer.
type delayCounts [2*delaySeconds + 1]int

const (
	delaySeconds = 60
	delayMinutes = 10
	leastDelays  = 10
)

func (d *delays) note(c *claude.Call) {
	if c.ServerTime.IsZero() || c.Undated || c.Time.Sub(c.ServerTime).Abs() > maxSkew {
		return
	}
	minute := c.ServerTime.Unix() / 60
	if d.minutes == nil {
		d.minutes = map[int64]*delayCounts{}
	}
	if minute > d.newest {
		d.newest = minute
		maps.DeleteFunc(d.minutes, func(m int64, _ *delayCounts) bool { return m <= minute-delayMinutes })
	}
	if minute <= d.newest-delayMinutes {
		return
	}
	if d.minutes[minute] == nil {
		d.minutes[minute] = &delayCounts{}
	}
	half := int(c.Time.Sub(c.ServerTime) / (time.Second / 2))
	d.minutes[minute][min(max(half, 0), 2*delaySeconds)]++
}

// waiting returns for how much of the time since the newest reading the use is still to show in a log: the mean of a call's delay,
// each cut to that time. ahead is how far the agent's clock is ahead of the server's.
func (d *delays) waiting(since, ahead time.Duration) time.Duration {
	if since <= 0 {
		return 0
	}
	var n int
	var sum time.Duration
	for _, counts := range d.minutes {
		for half, k := range counts {
			if k == 0 {
				continue
			}
			// The server's time is cut to a whole second, half of which is lost on average; so is half of the count's width.
			delay := time.Duration(half)*time.Second/2 - time.Second/4 - ahead
			n += k
			sum += time.Duration(k) * min(max(delay, 0), since)
		}
	}
	if n < leastDelays {
		return 0
	}
	return sum / time.Duration(n)
}
