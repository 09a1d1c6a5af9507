package collector

import (
	"context"
	"time"
)

// Bounds of how long, and for how many, what waits goes on waiting after a transaction.
const (
	longestLinger = 50 * time.Millisecond // for company as there was before
	longestReturn = 4 * time.Millisecond  // for senders who come back at once
	// fullHouse is how many batches share a transaction's own work so well that more would only keep the rest of the machine waiting.
	fullHouse = 64
)

// linger waits for company after a transaction that took so long, where there is reason to expect some. Senders who brought theirs right
// after their last answer come back as soon as they have this one, so it waits until all are there: one transaction for all of them, not
// one for those who came while the last one ran and another for the rest. Else, where there was company, it waits for as many as there
// were, but not longer than the transaction took. What is alone never waits.
func (g *Group) linger(ctx context.Context, group []*pending, took time.Duration) {
	want, longest := len(group), min(took, longestLinger)
	round := max(longest, min(3*took, longestReturn))
	if back := prompt(group, round); back > 0 {
		want, longest = min(g.backlog()+back, fullHouse), round
	}
	if want < 2 {
		return
	}
	timer := time.NewTimer(longest)
	defer timer.Stop()
	g.await(ctx, want, timer.C)
}

// prompt counts the batches whose senders paused no longer than that.
func prompt(group []*pending, pause time.Duration) (n int) {
	for _, p := range group {
		if 0 < p.batch.Pause && p.batch.Pause <= pause {
			n++
		}
	}
	return n
}

func (g *Group) backlog() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
