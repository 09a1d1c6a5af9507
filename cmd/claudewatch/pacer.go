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
	busyHeap  = 38 << 20 // bytes that the heap of a busy agent may grow to before it is collected
	leastPace = 70       // per cent of what is in use, where that is much, and of a calm agent
	mostPace  = 800
	calmAfter = 30 * time.Second // without a collection
	goPace    = 100              // what Go begins with
)

// pacer has the garbage collector collect a busy agent's heap when it has grown to busyHeap, and a calm one's, or one that has more in
// use, when it has grown by leastPace. It has no goroutine: look is called now and then.
type pacer struct {
	now  func() time.Time
	heap func() (live, cycles uint64) // bytes that the last collection found in use, and the number of collections
	set  func(percent int)
	free func() // collects, and gives the system what is not in use

	mu      sync.Mutex // guards what follows
	percent int
	busy    bool // collections followed each other closely, and free was not called since
	cycles  uint64
	since   time.Time // of the last collection that was seen
}

// newPacer returns a pacer of this process. Where GOGC is set in the environment somebody knows better, and it does nothing.
func newPacer(now func() time.Time) *pacer {
	p := &pacer{now: now, heap: readHeap, set: func(percent int) { debug.SetGCPercent(percent) }, free: debug.FreeOSMemory, percent: goPace}
	if os.Getenv("GOGC") != "" {
		p.set, p.free = func(int) {}, func() {}
	}
	return p
}

func readHeap() (live, cycles uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}

// look sets the pace anew after a collection. When there was none for a while, it takes it back and has the memory of the burst freed.
func (p *pacer) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	live, cycles := p.heap()
	now := p.now()
	switch {
	case p.since.IsZero():
		p.since = now
	case cycles != p.cycles && now.Sub(p.since) < calmAfter:
		p.busy = true
		p.pace(paceOf(live))
	case cycles == p.cycles && now.Sub(p.since) >= calmAfter:
		p.pace(leastPace)
		if p.busy { // else Go would keep for minutes what the burst needed
			p.busy = false
			p.free()
		}
	}
	if cycles != p.cycles {
		p.cycles, p.since = cycles, now
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
