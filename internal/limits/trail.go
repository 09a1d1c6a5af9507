package limits

import "time"

// trail keeps what readings of the last 10 minutes prove of a bucket's T, in bins of 2 s. Between two readings T grows by just what
// was used, whoever used it: so the trail tells the least that the whole organization used, watched or not. Every part of it is a
// maximum, so neither the order of readings nor repeated ones change it.
type trail [trailBins]trace

// trace is what the readings of one bin say together: T lay between least and most, at the latest when the last of them was
// written. Times are milliseconds from the bin's begin.
type trace struct {
	index             int64 // the time in units of trailSeconds; 0 for none
	limit             int64
	least, most, late int32
}

const (
	trailSeconds = 2
	trailBins    = 305 // 10 minutes and the bins at both ends
)

func (t *trail) note(e evidence, limit int64, m moment) {
	index := m.early.Unix() / trailSeconds
	begin := time.Unix(index*trailSeconds, 0)
	n := trace{index, limit, offset(e.least.Sub(begin)), offset(e.full.Sub(begin)), offset(m.late.Sub(begin))}
	switch b := &t[index%trailBins]; {
	case index > b.index, index == b.index && limit > b.limit:
		*b = n
	case index == b.index && limit == b.limit:
		b.least, b.most, b.late = max(b.least, n.least), max(b.most, n.most), max(b.late, n.late)
	}
}

// offset is a duration in milliseconds. Evidence lies within minutes of its reading; what does not is cut.
func offset(d time.Duration) int32 {
	const day = 24 * time.Hour
	return int32(min(max(d, -day), day) / time.Millisecond) //nolint:gosec // at most a day
}

// times returns the bounds in milliseconds of Unix time.
func (b *trace) times() (least, most, late int64) {
	begin := b.index * trailSeconds * 1000
	return begin + int64(b.least), begin + int64(b.most), begin + int64(b.late)
}

// load returns the least load of the window that ends now, by anybody. It is unknown without two readings in the window.
//
// While the bucket is never empty of use, the growth of T from the first to the last reading is what was used. Where it may have
// been empty in between, T was carried on by the clock, so only what it is ahead of the clock counts.
func (t *trail) load(now time.Time, window time.Duration) (float64, bool) {
	var prev *trace
	var base, top, total int64
	readings := 0
	last := now.Unix() / trailSeconds
	for i := max(last-int64(window/(trailSeconds*time.Second))+1, 1); i <= last; i++ {
		b := &t[i%trailBins]
		if b.index != i {
			continue
		}
		readings++
		least, most, late := b.times()
		switch {
		case prev == nil || prev.limit != b.limit: // what was used before counts for nothing
			total += max(0, top-base)
			base = most
		default:
			if prevLeast, prevMost, _ := prev.times(); prevLeast < late {
				total += max(0, top-base)
				base = max(prevMost, late)
			}
		}
		top, prev = least, b
	}
	total += max(0, top-base)
	return float64(total) / float64(window.Milliseconds()), readings >= 2
}
