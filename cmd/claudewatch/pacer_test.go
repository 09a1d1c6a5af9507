package main

import (
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPaceOfWhatIsInUse(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 800}, {1 << 20, 800}, {9 << 20, 188}, {13 << 20, 100}, {20 << 20, leastPace}, {30 << 20, leastPace}, {1 << 40, leastPace}} {
		if got := paceOf(tt.live); got != tt.want {
			t.Errorf("paceOf(%d) = %d; want %d", tt.live, got, tt.want)
		}
	}
}

func TestPacerFollowsTheHeap(t *testing.T) {
	var use heapUse
	var set []int
	freed := 0
	now := time.Unix(1_795_000_000, 0)
	p := &pacer{
		now: func() time.Time { return now }, heap: func() heapUse { return use },
		set: func(percent int) { set = append(set, percent) }, free: func() { freed++ }, percent: goPace,
	}
	for _, step := range []struct {
		name   string
		after  time.Duration
		grown  uint64 // in MiB
		live   uint64
		cycles uint64
		want   []int
		freed  int
	}{
		{"the start", time.Second, 100, 4 << 20, 9, nil, 0},
		{"calm from the start", 11 * time.Second, 1, 4 << 20, 9, []int{leastPace}, 0},
		{"a burst that is not much yet", time.Second, 15, 9 << 20, 10, nil, 0},
		{"now it is", 100 * time.Millisecond, 6, 9 << 20, 10, []int{188}, 0},
		{"no collection since", time.Second, 10, 20 << 20, 10, nil, 0},
		{"nearly as much in use", time.Second, 10, 9<<20 + 1000, 11, nil, 0},
		{"more in use", time.Second, 10, 40 << 20, 12, []int{leastPace}, 0},
		{"less in use", 4 * time.Second, 10, 9 << 20, 13, []int{188}, 0},
		{"much allocated in the time that was looked at", 5 * time.Second, 5, 9 << 20, 13, nil, 0},
		{"little, but for too short a time", 9 * time.Second, 5, 9 << 20, 14, nil, 0},
		{"calm, whatever is collected", 2 * time.Second, 5, 12 << 20, 15, []int{leastPace}, 1},
		{"calm still", time.Minute, 100, 12 << 20, 40, nil, 1},
		{"busy for a long time", time.Minute, 130, 12 << 20, 41, []int{116}, 1},
		{"the clock was set back", -time.Hour, 1, 12 << 20, 42, []int{leastPace}, 2},
	} {
		now, set = now.Add(step.after), nil
		use = heapUse{step.live, step.cycles, use.allocated + step.grown<<20}
		p.look()
		if diff := cmp.Diff(step.want, set); diff != "" {
			t.Errorf("%s: set (-want +got):\n%s", step.name, diff)
		}
		if freed != step.freed {
			t.Errorf("%s: freed %d times; want %d", step.name, freed, step.freed)
		}
	}
}

func TestReadHeapKnowsTheCollector(t *testing.T) {
	before := readHeap()
	runtime.GC()
	if after := readHeap(); after.cycles <= before.cycles || after.live == 0 || after.allocated <= before.allocated {
		t.Errorf("readHeap() after a collection = %+v; want something in use, and more collections and bytes than in %+v", after, before)
	}
}
