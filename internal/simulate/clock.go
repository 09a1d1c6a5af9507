package simulate

import (
	"context"
	"sync"
	"time"
)

// Clock is the time that a simulation lives in. The zero Clock is the wall clock.
type Clock struct {
	Now func() time.Time
	// Sleep waits for d or until ctx ends, and then returns its error.
	Sleep func(ctx context.Context, d time.Duration) error
}

func (c Clock) orWall() Clock {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = wallSleep
	}
	return c
}

// wait sleeps and reports whether the whole time has passed; false says that ctx has ended.
func (c Clock) wait(ctx context.Context, d time.Duration) bool { return c.Sleep(ctx, d) == nil }

func wallSleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// faster returns a clock that starts at c's time and goes speed times as fast.
func faster(c Clock, speed float64) Clock {
	if speed == 1 {
		return c
	}
	start := c.Now()
	return Clock{
		Now: func() time.Time {
			return start.Add(time.Duration(float64(c.Now().Sub(start)) * speed))
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			return c.Sleep(ctx, time.Duration(float64(d)/speed))
		},
	}
}

// Leaping returns a clock that starts at start and stands still except that each sleep moves it on at once. It is for one caller at a
// time: sleeps that should overlap follow one another.
func Leaping(start time.Time) Clock {
	var mu sync.Mutex // guards now
	now := start
	return Clock{
		Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			if err := ctx.Err(); err != nil {
				return err
			}
			now = now.Add(max(0, d))
			return nil
		},
	}
}
