package simulate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// level is the textbook token bucket: a level that is refilled in steps and never overflows.
type level struct {
	limit, left float64
	at          time.Time
}

func (l *level) advance(now time.Time) {
	l.left = min(l.limit, l.left+l.limit*now.Sub(l.at).Minutes())
	l.at = now
}

func TestBucketIsAContinuouslyRefilledBucket(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		limit := 1 + rng.Int64N(5_000_000)
		b, model, now := bucket{limit: limit}, level{float64(limit), float64(limit), noon}, noon
		for range 50 {
			now = now.Add(time.Duration(rng.Int64N(int64(20 * time.Second))))
			model.advance(now)
			n := 1 + rng.Int64N(limit/3+1)
			fits := b.wait(now, n) == 0
			if slack := math.Abs(model.left - float64(n)); fits != (model.left >= float64(n)) && slack > 1e-3*float64(limit) {
				t.Fatalf("wait(%d of %d) fits %v; the model has %.3f left", n, limit, fits, model.left)
			}
			if fits {
				b.take(now, n)
				model.left -= float64(n)
			}
			if got, want := float64(b.remaining(now)), model.left; math.Abs(got-want) > 1.001+1e-6*float64(limit) {
				t.Fatalf("remaining(%d) = %v; want %v", limit, got, want)
			}
		}
	}
}

func TestBucketWaitIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		limit := 100 + rng.Int64N(1_000_000)
		b := bucket{limit: limit}
		b.take(noon, rng.Int64N(limit))
		n := 1 + rng.Int64N(limit)
		wait := b.wait(noon, n)
		if wait == 0 {
			continue
		}
		if again := b.wait(noon.Add(wait), n); again != 0 {
			t.Fatalf("wait(%d of %d) after waiting %v = %v; want 0", n, limit, wait, again)
		}
		if early := b.wait(noon.Add(wait-time.Millisecond), n); early == 0 && wait > time.Millisecond {
			t.Fatalf("wait(%d of %d) 1 ms before %v = 0; want some", n, limit, wait)
		}
	}
}

func TestBucketValues(t *testing.T) {
	b := bucket{limit: 60_000}
	b.take(noon, 45_000)
	for _, c := range []struct {
		after     time.Duration
		fill      float64
		remaining int64
	}{{0, 0.75, 15_000}, {15 * time.Second, 0.5, 30_000}, {45 * time.Second, 0, 60_000}, {time.Hour, 0, 60_000}} {
		now := noon.Add(c.after)
		if got := b.fill(now); math.Abs(got-c.fill) > 1e-9 {
			t.Errorf("fill(%v) = %v; want %v", c.after, got, c.fill)
		}
		if got := b.remaining(now); got != c.remaining {
			t.Errorf("remaining(%v) = %v; want %v", c.after, got, c.remaining)
		}
	}
	b.correct(noon, -15_000)
	if got := b.fill(noon); math.Abs(got-0.5) > 1e-9 {
		t.Errorf("fill after giving back = %v; want 0.5", got)
	}
	b.take(noon, 60_000)
	if got := b.fill(noon); got != 1 {
		t.Errorf("fill of a bucket in debt = %v; want 1", got)
	}
	if got := b.remaining(noon); got != 0 {
		t.Errorf("remaining of a bucket in debt = %v; want 0", got)
	}
}

func TestBucketReset(t *testing.T) {
	b := bucket{limit: 60_000}
	if got := b.reset(noon.Add(300*time.Millisecond), false); !got.Equal(noon.Add(time.Second)) {
		t.Errorf("reset of a full bucket = %v; want the next second", got)
	}
	if got := b.reset(noon, true); got.Unix() != 0 {
		t.Errorf("reset of a full bucket in a refusal = %v; want 1970", got)
	}
	b.take(noon, 12_500)
	if got, want := b.reset(noon, false), noon.Add(13*time.Second); !got.Equal(want) {
		t.Errorf("reset = %v; want %v", got, want)
	}
}

func TestGrowthRefusesOnlyJumps(t *testing.T) {
	ramp := Ramp{Factor: 3, Floor: 0.1}
	const limit = 600_000 // 10,000 a second
	var g growth
	now := noon
	for range 600 { // two minutes at half the limit, grown into from below the floor
		if w := g.wait(now, 100, limit, ramp); w > 0 {
			t.Fatalf("wait in slow use = %v; want 0", w)
		}
		g.take(now, 100)
		now = now.Add(200 * time.Millisecond)
	}
	wait := g.wait(now, 40_000, limit, ramp)
	if wait <= 0 {
		t.Fatalf("wait(a jump) = %v; want above 0", wait)
	}
	if w := g.wait(now, 40_000, limit, Ramp{}); w != 0 {
		t.Errorf("wait without a ramp limit = %v; want 0", w)
	}
}
