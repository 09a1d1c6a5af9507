package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// delays learns how long after its headers were written a call shows in the log. Calls that were admitted since the newest reading
// are in the bucket but not in any log yet; with the rate of use and the delays one can tell how many to expect.
type delays struct {
	minutes [delayMinutes]delayCounts // each at its minute's remainder
	newest  int64                     // minute
	sum     delayCounts               // of all minutes
}

// delayCounts counts calls by their delay in halves of a second; the last count is of those that took longer.
type delayCounts struct {
	n     int64
	halfs [halfSeconds + 1]int64
}

const (
	halfSeconds  = 2 * 60
	halfSecond   = time.Second / 2
	delayMinutes = 10
	leastDelays  = 10
)

// note takes a new call that was logged at a time and dated by the server.
func (d *delays) note(c *claude.Call, server, logged instant) {
	took := logged.sub(server)
	if server <= 0 || c.Undated || took.Abs() > maxSkew {
		return
	}
	minute := server.minute()
	if minute <= d.newest-delayMinutes {
		return
	}
	for ; d.newest < minute; d.newest++ {
		if minute-d.newest > delayMinutes { // after a silence all of them are over
			d.newest = minute - delayMinutes
		}
		d.forget(&d.minutes[(d.newest+1)%delayMinutes])
	}
	i := min(max(took/halfSecond, 0), halfSeconds)
	counts := &d.minutes[minute%delayMinutes]
	counts.halfs[i]++
	counts.n++
	d.sum.halfs[i]++
	d.sum.n++
}

func (d *delays) forget(m *delayCounts) {
	if m.n == 0 {
		return
	}
	for i, n := range m.halfs {
		d.sum.halfs[i] -= n
	}
	d.sum.n -= m.n
	*m = delayCounts{}
}

// waits tells for how much of a time that has passed the use is still to show in a log. It is of one instant.
type waits struct {
	n     int64
	ahead time.Duration // of the agent's clock before the server's
	// shorter are the calls with a delay of less than so many halves of a second, and sums their delays together.
	shorter [halfSeconds + 2]int64
	sums    [halfSeconds + 2]time.Duration
}

// waits adds up the delays. ahead is how far the agent's clock is ahead of the server's.
func (d *delays) waits(w *waits, ahead time.Duration) {
	w.n, w.ahead = d.sum.n, ahead
	if w.n < leastDelays {
		return
	}
	for i, n := range d.sum.halfs {
		w.shorter[i+1] = w.shorter[i] + n
		w.sums[i+1] = w.sums[i] + time.Duration(n)*w.delay(i)
	}
}

// delay is that of a count. The server's time is cut to a whole second, half of which is lost on average; so is half of the count's
// width.
func (w *waits) delay(half int) time.Duration {
	return max(time.Duration(half)*halfSecond-halfSecond/2-w.ahead, 0)
}

// within returns the mean of a call's delay, each cut to the time since. It is 0 while too few are known.
func (w *waits) within(since time.Duration) time.Duration {
	if since <= 0 || w.n < leastDelays {
		return 0
	}
	// The first count whose delay is not below since; those before are not cut.
	i := min(max(int((since+w.ahead+halfSecond/2+halfSecond-1)/halfSecond), 0), halfSeconds+1)
	return (w.sums[i] + time.Duration(w.n-w.shorter[i])*since) / time.Duration(w.n)
}
