package limits

import (
	"fmt"
	"time"
)

// Configure puts other configured limits in force. After an error, which names the limit that can't be used, the old ones stay.
func (t *Tracker) Configure(configured []Limit) error {
	next := map[poolLimiter]float64{}
	for _, l := range configured {
		if l.Per == 0 {
			l.Per = time.Minute
		}
		if err := l.validate(); err != nil {
			return err
		}
		next[poolLimiter{l.Pool, l.Limiter}] = float64(l.Limit) * float64(time.Minute) / float64(l.Per)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.configured, t.rows = next, nil
	return nil
}

func (l *Limit) validate() error {
	switch {
	case l.Pool == "":
		return fmt.Errorf("limit of %s: no pool", l.Limiter)
	case counts(l.Limiter) == nil:
		return fmt.Errorf("limit of pool %s: limiter %q counts nothing that calls tell", l.Pool, l.Limiter)
	case l.Limit <= 0:
		return fmt.Errorf("limit of pool %s, %s: %d is not above 0", l.Pool, l.Limiter, l.Limit)
	case l.Per < 0:
		return fmt.Errorf("limit of pool %s, %s: per %s is below 0", l.Pool, l.Limiter, l.Per)
	}
	return nil
}
