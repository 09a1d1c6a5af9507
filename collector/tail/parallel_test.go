package tail

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// backlog writes n calls named after the file, and returns their ids.
func (r *rig) backlog(name string, n int) []string {
	r.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", name, i)
	}
	r.append(name, lines(ids...))
	return ids
}

// of is the calls of one file in the order in which they were stored.
func (r *rig) of(name string) []string {
	var ids []string
	for _, id := range r.sink.stored() {
		if strings.HasPrefix(id, name+"-") {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestFilesAreReadAtOnceAndEachInOrder(t *testing.T) {
	r := newRig(t, "*.log")
	r.opts.Workers = 4
	want := map[string][]string{}
	for i := range 5 {
		name := fmt.Sprintf("app%c.log", 'a'+i)
		want[name] = r.backlog(name, 4000+500*i)
	}
	r.start().pass(time.Second)
	for name, ids := range want {
		if diff := cmp.Diff(ids, r.of(name)); diff != "" {
			t.Errorf("stored calls of %s (-want +got):\n%.2000s", name, diff)
		}
	}
	// Whatever batch the agent dies after, its positions must cover its calls: no batch may hold a call whose position comes later.
	behind := map[string]int64{}
	for _, b := range r.sink.batches {
		for _, p := range b.Positions {
			behind[p.Path] = p.Offset
		}
		for _, c := range b.Calls {
			name, number, _ := strings.Cut(c.RequestID, "-")
			line := int64(len(callLine(c.RequestID)))
			if at := behind[r.path(name)]; at < line {
				t.Fatalf("batch holds call %s of %s; its position is %d", number, name, at)
			}
		}
	}
}

func TestCrashAmongManyFiles(t *testing.T) {
	r := newRig(t, "*.log")
	r.opts.Workers = 4
	var want []string
	for i := range 12 {
		want = append(want, r.backlog(fmt.Sprintf("%c.log", 'a'+i), 700+i)...)
	}
	for life := range 6 {
		batches := 0
		r.sink.fail = func() error {
			if batches++; batches > life {
				return errDisk
			}
			return nil
		}
		r.start().pass(time.Second)
		r.crash()
	}
	r.sink.fail = nil
	r.start().pass(time.Second)
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%.2000s", diff)
	}
}

// A backlog of many large files may keep what is live waiting for one round at most.
func TestLiveFileIsReadInEveryRound(t *testing.T) {
	r := newRig(t, "*.log")
	r.opts.Workers = 1
	r.calls("live.log", "first").start().pass(time.Second)
	for i := range maxTurns + 4 {
		r.backlog(fmt.Sprintf("%d.log", i), quantum/310+1000)
	}
	r.now = r.now.Add(2 * time.Second)
	for round := range 4 {
		r.calls("live.log", fmt.Sprint("live", round))
		r.now = r.now.Add(batchAge)
		before := len(r.sink.stored())
		if _, err := r.tailer.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.must(r.tailer.closeDue(t.Context(), r.now, true))
		got := r.sink.stored()[before:]
		if !slices.Contains(got, fmt.Sprint("live", round)) {
			t.Errorf("round %d: the live call was not read among %d", round, len(got))
		}
		if most := (maxTurns + 1) * (quantum + readSize) / 310; len(got) > most {
			t.Errorf("round %d: %d calls read; want at most %d", round, len(got), most)
		}
	}
}

func TestOldGenerationsAreReadFirst(t *testing.T) {
	r := newRig(t, "app.log*")
	r.opts.Workers = 4
	var want []string
	for _, name := range []string{"app.log.11", "app.log.2", "app.log.1", "app.log"} {
		want = append(want, r.backlog(name, 2*quantum/310)...)
	}
	r.start().pass(time.Second).want(want...)
}

func TestFilesThatWaitForEachOtherDoNotWaitForEver(t *testing.T) {
	a, b, c := &file{}, &file{}, &file{}
	a.follow(b)
	b.follow(c)
	c.follow(a)
	if c.after != nil || a.after != b || b.after != c {
		t.Error("three files wait for each other; want the last one not to wait")
	}
	a.follow(a)
	if a.after != b {
		t.Error("a file waits for itself")
	}
}
