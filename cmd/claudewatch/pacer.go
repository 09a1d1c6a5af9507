package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// What the garbage collector is told. With its usual 100 per cent a busy agent, of whose heap 10 to 20 MB are in use, would collect
// often and give pages back to the system only to take them again, while one that follows thousands of files would let twice of what
// they need gather.
const (
	busyHeap  = 26 << 20 // bytes that the heap of a busy agent may grow to before it is collected
	leastPace = 30       // per cent of what is in use, where that is much, and of a calm agent
	mostPace  = 800
	calmAfter = 10 * time.Second
	calmBytes = 20 << 20 // that a calm agent allocates in calmAfter at most: so much is collected in a few milliseconds of each second
	goPace    = 100      // what Go begins with
)

// heapUse is what the runtime tells of the heap.
type heapUse struct {
	live      uint64 // bytes that the last collection found in use
	cycles    uint64 // collections so far
	allocated uint64 // bytes so far
}

// pacer has the garbage collector collect a busy agent's heap when it has grown to busyHeap, and a calm one's, or one that has more in
// use, when it has grown by leastPace. It has no goroutine: look is called now and then.
type pacer struct {
	now  func() time.Time
	heap func() heapUse
	set  func(percent int)
	free func() // collects, and gives the system what is not in use

	mu        sync.Mutex // guards what follows
	percent   int
	busy      bool // much was allocated, and free was not called since
	cycles    uint64
	allocated uint64    // when since was
	since     time.Time // is when how much is allocated was looked at last
}

// newPacer returns a pacer of this process. Where GOGC is set in the environment somebody knows better, and it does nothing.
func newPacer(now func() time.Time) *pacer {
	p := &pacer{now: now, heap: readHeap, set: func(percent int) { debug.SetGCPercent(percent) }, free: debug.FreeOSMemory, percent: goPace}
	if os.Getenv("GOGC") != "" {
		p.set, p.free = func(int) {}, func() {}
	}
	return p
}

func readHeap() heapUse {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	return heapUse{samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()}
}

// look sets the pace of a busy agent anew after a collection. When little was allocated for a while, it takes the pace back and has the
// memory of the burst freed.
func (p *pacer) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	use, now := p.heap(), p.now()
	if p.since.IsZero() {
		p.since, p.allocated = now, use.allocated
	}
	grown, passed := use.allocated-p.allocated, now.Sub(p.since)
	over := passed >= calmAfter || passed < 0 // the clock was set back
	switch {
	case float64(grown) > calmBytes*max(1, passed.Seconds()/calmAfter.Seconds()):
		p.busy = true
	case over:
		p.pace(leastPace)
		if p.busy { // else Go would keep for minutes what the burst needed
			p.busy = false
			p.free()
		}
	}
	if over {
		p.since, p.allocated = now, use.allocated
	}
	if p.busy && use.cycles != p.cycles {
		p.cycles = use.cycles
		p.pace(paceOf(use.live))
	}
}

// pace sets a pace that is worth the stop of the world that setting it takes.
func (p *pacer) pace(percent int) {
	if d := percent - p.percent; percent == leastPace && d != 0 || 10*max(d, -d) > p.percent {
		p.percent = percent
		p.set(percent)
	}
}

// paceOf is by how many per cent of what is in use the heap may grow.
func paceOf(live uint64) int {
	if live == 0 {
		return mostPace
	}
	return int(min(max(100*busyHeap/live, 100+leastPace)-100, mostPace)) //nolint:gosec // at most mostPace
}
