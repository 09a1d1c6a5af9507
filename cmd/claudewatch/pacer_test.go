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
	}{{0, 800}, {1 << 20, 800}, {9 << 20, 322}, {19 << 20, 100}, {24 << 20, 70}, {30 << 20, 70}, {1 << 40, 70}} {
		if got := paceOf(tt.live); got != tt.want {
			t.Errorf("paceOf(%d) = %d; want %d", tt.live, got, tt.want)
		}
	}
}

func TestPacerFollowsTheHeap(t *testing.T) {
	var live, cycles uint64
	var set []int
	freed := 0
	now := time.Unix(1_795_000_000, 0)
	p := &pacer{
		now: func() time.Time { return now }, heap: func() (uint64, uint64) { return live, cycles },
		set: func(percent int) { set = append(set, percent) }, free: func() { freed++ }, percent: goPace,
	}
	for _, step := range []struct {
		name   string
		after  time.Duration
		live   uint64
		cycles uint64
		want   []int
		freed  int
	}{
		{"the start", time.Second, 0, 0, nil, 0},
		{"a first collection tells nothing of how busy it is", time.Hour, 12 << 20, 1, nil, 0},
		{"another one soon after: busy", 100 * time.Millisecond, 12 << 20, 2, []int{216}, 0},
		{"no collection since", 10 * time.Second, 9 << 20, 2, nil, 0},
		{"nearly as much in use", time.Second, 12<<20 + 1000, 3, nil, 0},
		{"more in use", time.Second, 40 << 20, 4, []int{70}, 0},
		{"less in use", time.Second, 9 << 20, 5, []int{322}, 0},
		{"calm", 31 * time.Second, 9 << 20, 5, []int{70}, 1},
		{"calm still", time.Minute, 9 << 20, 5, nil, 1},
		{"a collection after a long time", time.Minute, 9 << 20, 6, nil, 1},
	} {
		now, live, cycles, set = now.Add(step.after), step.live, step.cycles, nil
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
	_, before := readHeap()
	runtime.GC()
	if live, after := readHeap(); after <= before || live == 0 {
		t.Errorf("readHeap() after a collection = %d, %d; want something in use, and more collections than %d", live, after, before)
	}
}
