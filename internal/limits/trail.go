package limits

import "time"

// trail keeps what readings of the last 10 minutes prove of a bucket's T, in bins of 2 s. Between two readings T grows by just what
// was used, whoever used it: so the trail tells the least that the whole organization used, watched or not. Every part of it is a
// maximum, so neither the order of readings nor repeated ones change it.
type trail struct {
	bins   [trailBins]trace
	blocks [trailBins / blockBins]block
	proof  proof // as of the newest look, while nothing has changed
}

// trace is what the readings of one bin say together: T lay between least and most, at the latest when the last of them was
// written. Times are milliseconds from the bin's begin.
type trace struct {
	index             int64 // the time in units of trailSeconds; 0 for none
	limit             int64
	least, most, late int32
}

// block is the growth of an aligned run of bins, while none of them has changed.
type block struct {
	run int64 // the bins' indexes over blockBins; 0 if it is to be worked out anew
	growth
}

// proof is the least load of the windows that end now, by anybody.
type proof struct {
	last       int64 // the bin in which it was looked for; 0 if the trail has changed since
	fast, slow float64
	known      bool // by two readings of 10 minutes
}

const (
	trailSeconds = 2
	fastBins     = 60
	slowBins     = 300
	blockBins    = 16
	trailBins    = 20 * blockBins // 10 minutes and what is over at both ends
)

func (t *trail) note(e *evidence, limit int64, m moment) {
	index := m.early.second() / trailSeconds
	begin := whole(index * trailSeconds)
	n := trace{index, limit, offset(e.least.sub(begin)), offset(e.full.sub(begin)), offset(m.late.sub(begin))}
	switch b := &t.bins[index%trailBins]; {
	case index > b.index, index == b.index && limit > b.limit:
		*b = n
	case index != b.index || limit != b.limit || n.least <= b.least && n.most <= b.most && n.late <= b.late:
		return // it tells nothing new
	default:
		b.least, b.most, b.late = max(b.least, n.least), max(b.most, n.most), max(b.late, n.late)
	}
	t.proof.last, t.blocks[index%trailBins/blockBins].run = 0, 0
}

// offset is a duration in milliseconds. Evidence lies within minutes of its reading; what does not is cut.
func offset(d time.Duration) int32 {
	const day = 24 * time.Hour
	return int32(min(max(d, -day), day) / time.Millisecond) //nolint:gosec // at most a day
}

// loads returns the least load of the last 2 and 10 minutes, by anybody. It is unknown without two readings.
func (t *trail) loads(now instant) (fast, slow float64, known bool) {
	if last := now.second() / trailSeconds; t.proof.last != last {
		f, s := t.growth(last-fastBins+1, last), t.growth(last-slowBins+1, last)
		t.proof = proof{last: last, fast: f.over(fastBins), slow: s.over(slowBins), known: s.readings >= 2}
	}
	return t.proof.fast, t.proof.slow, t.proof.known
}

// growth adds up the bins from first to last, by whole blocks where it can.
func (t *trail) growth(first, last int64) growth {
	var g growth
	for i := max(first, 1); i <= last; {
		if i%blockBins == 0 && i+blockBins-1 <= last {
			g.follow(t.block(i / blockBins))
			i += blockBins
			continue
		}
		if b := &t.bins[i%trailBins]; b.index == i {
			g.add(b)
		}
		i++
	}
	return g
}

// block returns the growth of a run of bins.
func (t *trail) block(run int64) *growth {
	at := run * blockBins % trailBins
	b := &t.blocks[at/blockBins]
	if b.run != run {
		*b = block{run: run}
		for i := range int64(blockBins) {
			if bin := &t.bins[at+i]; bin.index == run*blockBins+i {
				b.add(bin)
			}
		}
	}
	return &b.growth
}
