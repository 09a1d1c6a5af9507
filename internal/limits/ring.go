package limits

import "time"

// ring counts use in slots of 5 s, by the time of the calls: enough for 10 minutes back and, for clocks that are ahead, 10 minutes on.
type ring struct {
	slots [ringSlots]slot
	sums  ringSums
}

type slot struct {
	index int64 // the time in units of slotSeconds
	n     amounts
}

// ringSums are the sums of the windows that end in a slot. They are kept up with what comes in until they are asked for another.
type ringSums struct {
	last   int64            // the slot; 0 for none
	whole  [windows]amounts // of the slots that lie wholly in the window
	oldest [windows]amounts // of the one that only partly does
}

// window is one of the times that use is added up over.
type window uint8

const (
	tenMinutes window = iota
	twoMinutes
	oneMinute
	windows // how many there are
)

const (
	slotSeconds = 5
	ringSlots   = 256
	slotWidth   = slotSeconds * time.Second
)

// slotsOf is how many slots before the last a window begins.
var slotsOf = [windows]int64{tenMinutes: 120, twoMinutes: 24, oneMinute: 12}

// add counts a call; what is older than the slot holds is dropped.
func (r *ring) add(when instant, n *amounts, sign int64) {
	index := int64(when) / int64(slotWidth)
	s := &r.slots[index%ringSlots]
	if index > s.index {
		if sign < 0 { // It was dropped already.
			return
		}
		if s.index >= r.sums.last-slotsOf[tenMinutes] {
			r.sums.last = 0
		}
		*s = slot{index: index}
	}
	if index == s.index {
		s.n.add(n, sign)
		r.sums.add(index, n, sign)
	}
}

func (s *ringSums) add(index int64, n *amounts, sign int64) {
	if s.last == 0 || index > s.last {
		return
	}
	for w, slots := range slotsOf {
		switch first := s.last - slots; {
		case index > first:
			s.whole[w].add(n, sign)
		case index == first:
			s.oldest[w].add(n, sign)
		}
	}
}

// sumsAt returns the sums of the windows that end at an instant.
func (r *ring) sumsAt(now instant) *ringSums {
	last := int64(now) / int64(slotWidth)
	if r.sums.last == last {
		return &r.sums
	}
	r.sums = ringSums{}
	for i := max(last-slotsOf[tenMinutes], 1); i <= last; i++ {
		if s := &r.slots[i%ringSlots]; s.index == i {
			r.sums.last = last
			r.sums.add(i, &s.n, 1)
		}
	}
	r.sums.last = last
	return &r.sums
}

// used returns what the callers used in the window that ends now; the oldest slot counts with the part of it that is in.
func (r *row) used(cols []column, v *view, w window) float64 {
	var whole, oldest int64
	for _, u := range r.usages {
		s := u.load.sumsAt(v.now)
		whole, oldest = whole+s.whole[w].sum(cols), oldest+s.oldest[w].sum(cols)
	}
	gone := float64(int64(v.now)%int64(slotWidth)) / float64(slotWidth)
	return max(float64(whole)+float64(oldest)*(1-gone), 0)
}
