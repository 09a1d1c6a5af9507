package limits

// growth adds up what T has grown by over some bins of a trail, in milliseconds of Unix time.
//
// While the bucket is never empty of use, the growth of T from the first to the last reading is what was used. Where it may have
// been empty in between, T was carried on by the clock, so only what it is ahead of the clock counts. So the bins fall into stretches:
// over each, T grew from base to top at the least.
type growth struct {
	readings int   // bins that had any
	first    bound // of the first bin
	last     bound // of the last
	headTop  int64 // at which the first stretch ends; what it begins at depends on what comes before
	split    bool  // there are more stretches than the first
	middle   int64 // what T grew by over those that are neither the first nor the last
	base     int64 // at which the last one begins, if split
}

// bound is what one bin says of T.
type bound struct {
	least, most, late int64
	limit             int64
}

// add appends a bin.
func (g *growth) add(b *trace) {
	begin := b.index * (trailSeconds * 1000)
	n := bound{begin + int64(b.least), begin + int64(b.most), begin + int64(b.late), b.limit}
	g.follow(&growth{readings: 1, first: n, last: n, headTop: n.least})
}

// follow appends the growth over the bins that come after.
func (g *growth) follow(o *growth) {
	switch {
	case o.readings == 0:
		return
	case g.readings == 0:
		*g = *o
		return
	}
	base, split := g.joint(&o.first)
	switch {
	case !split && !g.split:
		g.headTop = o.headTop
	case split:
		g.middle += g.tail()
		g.base, g.split = base, true
	}
	if o.split {
		if g.split {
			g.middle += max(0, o.headTop-g.base)
		}
		g.middle, g.base, g.split = g.middle+o.middle, o.base, true
	}
	g.last, g.readings = o.last, g.readings+o.readings
}

// joint reports whether a bin that follows begins another stretch, and at what.
func (g *growth) joint(b *bound) (base int64, split bool) {
	switch {
	case g.last.limit != b.limit: // what was used before counts for nothing
		return b.most, true
	case g.last.least < b.late:
		return max(g.last.most, b.late), true
	default:
		return 0, false
	}
}

// tail is what the last stretch grew by, if it is not the first.
func (g *growth) tail() int64 {
	if !g.split {
		return 0
	}
	return max(0, g.last.least-g.base)
}

// over returns the growth as the load of a window of so many bins: nothing comes before, so the first stretch begins at what its first
// bin says at the most.
func (g *growth) over(bins int64) float64 {
	if g.readings == 0 {
		return 0
	}
	head := max(0, g.headTop-g.first.most)
	return float64(head+g.middle+g.tail()) / float64(bins*trailSeconds*1000)
}
