package limits

import "time"

// ring counts use in slots of 5 s, by the time of the calls: enough for 10 minutes back and, for clocks that are ahead, 10 minutes on.
type ring [ringSlots]slot

type slot struct {
	index int64 // the time in units of slotSeconds
	n     amounts
}

const (
	slotSeconds = 5
	ringSlots   = 256
)

// add counts a call; what is older than the slot holds is dropped.
func (r *ring) add(at time.Time, n amounts, sign int64) {
	index := at.Unix() / slotSeconds
	s := &r[index%ringSlots]
	if index > s.index {
		if sign < 0 { // It was dropped already.
			return
		}
		*s = slot{index: index}
	}
	if index == s.index {
		s.n.add(n, sign)
	}
}

// sum returns the use of the slots that lie wholly in the window that ends now, and of the oldest one, which only partly does.
func (r *ring) sum(now time.Time, window time.Duration, cols []column) (whole, oldest int64) {
	last := now.Unix() / slotSeconds
	first := last - int64(window/(slotSeconds*time.Second))
	for i := max(first, 0); i <= last; i++ {
		s := &r[i%ringSlots]
		switch {
		case s.index != i:
		case i == first:
			oldest = s.n.sum(cols)
		default:
			whole += s.n.sum(cols)
		}
	}
	return whole, oldest
}

// used returns what the callers used in the window that ends now; the oldest slot counts with the part of it that is in.
func used(us []*usage, cols []column, now time.Time, window time.Duration) float64 {
	var whole, oldest int64
	for _, u := range us {
		w, o := u.load.sum(now, window, cols)
		whole, oldest = whole+w, oldest+o
	}
	const width = slotSeconds * time.Second
	gone := float64(now.UnixNano()%int64(width)) / float64(width)
	return max(float64(whole)+float64(oldest)*(1-gone), 0)
}
