package webhook

import (
	"sync"
	"time"
)

// shares is how many timers there are at most: requests of one such part of the time to wait have one together.
const shares = 16

// patience ends the waiting of requests to be stored. A timer for each of them would cost more than all the rest of the waiting.
type patience struct {
	wait time.Duration

	mu      sync.Mutex    // protects both below
	over    chan struct{} // what requests get that come now; nil for a new one
	renewed time.Time     // when it is too late for requests to get it
}

// from returns a channel that is closed when a request that came at now has waited long enough: a sixteenth too long at most.
func (p *patience) from(now time.Time) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over == nil || !now.Before(p.renewed) {
		over, share := make(chan struct{}), p.wait/shares
		p.over, p.renewed = over, now.Add(share)
		time.AfterFunc(p.wait+share, func() { p.end(over) })
	}
	return p.over
}

// end closes a channel, which nobody gets afterwards, whatever the clock says.
func (p *patience) end(over chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over == over {
		p.over = nil
	}
	close(over)
}
