package tail

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTruncation(t *testing.T) {
	for name, after := range map[string][]string{
		"to zero":                      nil,
		"to smaller":                   {"x"},
		"to the same size":             {"x", "y"},
		"regrown past the old offset":  {"x", "y", "z", "u"},
		"regrown to more than a block": {"x", "y", "z", "u", "v", "w"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "app.log")
			r.calls("app.log", "a", "b").start().pass(time.Second).want("a", "b")
			r.truncate()
			r.calls("app.log", after...).pass(2 * time.Second).want(append([]string{"a", "b"}, after...)...)
			r.calls("app.log", "last").pass(time.Second).want(append([]string{"a", "b"}, append(after, "last")...)...)
		})
	}
}

func TestTruncationCutsALine(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").append("app.log", "call half").start().pass(time.Second)
	r.truncate()
	r.calls("app.log", "b").pass(2*time.Second).want("a", "b")
	if n := r.sink.counts["rejected cut off"]; n != 1 {
		t.Errorf("rejected lines = %d; want 1", n)
	}
}

func TestTruncationLeavesAHole(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a", "b", "c").start().pass(time.Second)
	r.truncate()
	f, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
	r.must(err)
	_, err = f.WriteAt([]byte(callLine("d")), 3<<20) // as a writer without O_APPEND goes on
	r.must(errors.Join(err, f.Close()))
	r.pass(2*time.Second).want("a", "b", "c", "d")
}

func TestTruncationGivesUpHeldCalls(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").append("app.log", "begin b\n").start().pass(time.Second).want("a")
	r.truncate()
	r.calls("app.log", "c").pass(2*time.Second).want("a", "b", "c")
}

func TestCopyTruncate(t *testing.T) {
	for _, glob := range []string{"app.log", "app.log*"} {
		t.Run(glob, func(t *testing.T) {
			r := newRig(t, glob)
			r.calls("app.log", "a", "b").start().pass(time.Second)
			r.copyLog()
			r.pass(3*time.Second).want("a", "b")
			r.truncate()
			r.calls("app.log", "c").pass(2*time.Second).want("a", "b", "c")
			r.calls("app.log", "d", "e", "f").pass(time.Second).want("a", "b", "c", "d", "e", "f")
		})
	}
}

func TestCopyTruncateReadsTheRestInTheCopy(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a", "b").append("app.log", "begin c\n").start().pass(time.Second)
	r.append("app.log", "end c\n").calls("app.log", "d")
	r.copyLog()
	r.truncate()
	r.calls("app.log", "e").pass(2*time.Second).want("a", "b", "c", "d", "e")
}

func TestCopyInTheMaking(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a", "b", "c").start().pass(time.Second)
	data, err := os.ReadFile(r.path("app.log"))
	r.must(err)
	done := 0
	for _, end := range []int{0, 10, 400, len(data)} {
		r.append("app.log.1", string(data[done:end])).pass(time.Second).want("a", "b", "c")
		done = end
	}
	r.truncate()
	r.calls("app.log", "d").pass(2*time.Second).want("a", "b", "c", "d")
}

func TestSameBeginningIsNoCopy(t *testing.T) {
	r := newRig(t, "*.log")
	head := make([]byte, 4<<10)
	for i := range head {
		head[i] = '#'
	}
	head[len(head)-1] = '\n'
	r.append("one.log", string(head)).calls("one.log", "a").start().pass(time.Second)
	r.append("two.log", string(head)).pass(2 * time.Second)
	r.calls("two.log", "b").pass(2*time.Second).want("a", "b")
}

func TestRotatedCopiesMoveOn(t *testing.T) {
	r := newRig(t, "app.log*")
	r.start()
	var want []string
	for _, id := range []string{"a", "b", "c", "d"} {
		r.calls("app.log", id, id+"2").pass(time.Second)
		want = append(want, id, id+"2")
		_ = os.Rename(r.path("app.log.1"), r.path("app.log.2"))
		r.copyLog()
		r.truncate()
	}
	r.pass(time.Second).want(want...)
}

func TestCopyTruncateWhileBehind(t *testing.T) {
	r := newRig(t, "app.log*")
	r.opts.Workers = 2
	want := r.backlog("app.log", 2*alone/310)
	r.start()
	if more, err := r.tailer.step(t.Context()); err != nil || !more {
		t.Fatalf("step() = %t, %v; want more to read", more, err)
	}
	r.copyLog()
	r.truncate()
	r.calls("app.log", "new").pass(2 * time.Second).want(append(want, "new")...)
	r.restart().pass(2 * time.Second).want(append(want, "new")...)
}

func TestSameBeginningThroughRotationAndRestart(t *testing.T) {
	r := newRig(t, "*.log*")
	banner := strings.Repeat("#", 4<<10) + "\n"
	r.append("one.log", banner).calls("one.log", "a").append("two.log", banner).calls("two.log", "b").start().pass(2 * time.Second)
	for i, name := range []string{"one.log", "two.log"} {
		r.rename(name, name+".1")
		r.append(name, banner).calls(name, []string{"c", "d"}[i])
	}
	r.pass(2 * time.Second).restart().pass(2 * time.Second)
	r.crash()
	r.calls("one.log", "e").rename("two.log", "two.log.2")
	r.append("two.log", banner).calls("two.log", "f").start().pass(10 * time.Second)
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e", "f"}, sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
}
