package limits

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

func TestWaits(t *testing.T) {
	d := &delays{}
	for range 10 { // logged 2 and 4 s after their Date, so half a second less after they were admitted
		c := callAt(0)
		d.note(&c, at(t0), at(t0.Add(2*time.Second)))
		d.note(&c, at(t0), at(t0.Add(4*time.Second)))
	}
	for _, tt := range []struct{ since, ahead, want float64 }{
		{-1, 0, 0},
		{0, 0, 0},
		{1, 0, 1},
		{1.75, 0, 1.75},
		{3, 0, (1.75 + 3) / 2},
		{10, 0, (1.75 + 3.75) / 2},
		{1000, 0, (1.75 + 3.75) / 2},
		{10, 2, (0 + 1.75) / 2},
		{10, 100, 0},
		{10, -2, (3.75 + 5.75) / 2},
		{1000, -100, (101.75 + 103.75) / 2},
	} {
		var w waits
		d.waits(&w, seconds(tt.ahead))
		if got := w.within(seconds(tt.since)).Seconds(); got < tt.want-1e-6 || got > tt.want+1e-6 {
			t.Errorf("within(%g s) of a clock %g s ahead = %g s; want %g s", tt.since, tt.ahead, got, tt.want)
		}
	}
}

func TestWaitsNeedCalls(t *testing.T) {
	d := &delays{}
	for i := range leastDelays {
		var w waits
		if d.waits(&w, 0); w.within(time.Minute) != 0 {
			t.Errorf("within() after %d calls = %v; want 0", i, w.within(time.Minute))
		}
		c := callAt(0)
		d.note(&c, at(t0), at(t0.Add(2*time.Second)))
	}
	var w waits
	if d.waits(&w, 0); w.within(time.Minute) != 1750*time.Millisecond {
		t.Errorf("within() after %d calls = %v; want 1.75s", leastDelays, w.within(time.Minute))
	}
}

// TestClocksForgetInAnyOrder notes calls of 40 minutes, with silences, in any order: what is learnt is of the last ten, and the same.
func TestClocksForgetInAnyOrder(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		calls := make([]claude.Call, 60)
		newest := int64(0)
		for i := range calls {
			calls[i] = callAt(float64(rnd.IntN(2)*1500 + rnd.IntN(900)))
			calls[i].ServerTime = calls[i].Time.Add(-time.Duration(rnd.IntN(20_000)) * time.Millisecond).Truncate(time.Second)
			newest = max(newest, at(calls[i].ServerTime).minute())
		}
		counted := int64(0)
		for i := range calls {
			if at(calls[i].ServerTime).minute() > newest-delayMinutes {
				counted++
			}
		}
		var first delays
		var server instant
		for round := range 4 {
			var d delays
			var s skew
			for i := range calls {
				c := &calls[i]
				d.note(c, at(c.ServerTime), at(c.Time))
				s.note(c, at(c.ServerTime), at(c.Time), at(c.Time))
			}
			now := at(after(2400))
			if round == 0 {
				first, server = d, s.server(now)
			}
			if d.sum != first.sum || d.sum.n != counted || s.server(now) != server {
				t.Fatalf("seed %d, order %d: %d delays and a server's time of %v; want %d and %v", seed, round, d.sum.n, s.server(now), counted, server)
			}
			rnd.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		}
	}
}
