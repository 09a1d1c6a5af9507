package tail

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestRotationRenameAndCreate(t *testing.T) {
	for _, glob := range []string{"app.log", "app.log*"} {
		t.Run(glob, func(t *testing.T) {
			r := newRig(t, glob)
			r.calls("app.log", "a").start().pass(time.Second).want("a")
			r.calls("app.log", "b")
			r.rename("app.log", "app.log.1")
			r.calls("app.log", "c").pass(time.Second).want("a", "b", "c")
		})
	}
}

func TestRotationLateWritesToTheOldFile(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(time.Second)
	r.rename("app.log", "old")
	r.calls("app.log", "b").pass(4 * time.Second)
	r.calls("old", "c").pass(4 * time.Second)
	r.calls("old", "d").pass(time.Second).want("a", "b", "c", "d")
	r.pass(6 * time.Second)
	if n := len(r.tailer.files); n != 1 {
		t.Errorf("open files after the rotate wait = %d; want 1", n)
	}
	r.calls("old", "too late").pass(2*time.Second).want("a", "b", "c", "d")
}

func TestRotationOldBeforeNew(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(time.Second)
	var want []string
	want = append(want, "a")
	for i := range 8000 { // more than what a file may read in one round
		id := fmt.Sprintf("old%d", i)
		want = append(want, id)
		r.append("buffer", callLine(id))
	}
	data, err := os.ReadFile(r.path("buffer"))
	r.must(err)
	r.append("app.log", string(data))
	r.rename("app.log", "app.log.1")
	r.calls("app.log", "new").pass(time.Second)
	r.want(append(want, "new")...)
}

func TestRotationTwiceBetweenTwoPolls(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a").start().pass(time.Second)
	for i := range 2 {
		_ = os.Rename(r.path("app.log.1"), r.path("app.log.2"))
		r.rename("app.log", "app.log.1")
		r.calls("app.log", fmt.Sprintf("b%d", i))
	}
	r.pass(time.Second).want("a", "b0", "b1")
}

func TestRotationPartialLineGoesOnUnderTheNewName(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a").append("app.log", "call b").start().pass(time.Second)
	r.rename("app.log", "app.log.1")
	r.append("app.log.1", "c padding\n").pass(time.Second).want("a", "bc")
}

func TestSymlinkSwap(t *testing.T) {
	r := newRig(t, "link")
	r.calls("0.log", "a")
	r.must(os.Symlink(r.path("0.log"), r.path("link")))
	r.start().pass(time.Second)
	r.calls("0.log", "b").calls("1.log", "c")
	r.must(os.Symlink(r.path("1.log"), r.path("next")))
	r.rename("next", "link")
	r.pass(time.Second).want("a", "b", "c")
}

func TestTwoPathsToOneFile(t *testing.T) {
	r := newRig(t, "*.log")
	r.calls("app.log", "a")
	r.must(os.Link(r.path("app.log"), r.path("hard.log")))
	r.must(os.Symlink(r.path("app.log"), r.path("soft.log")))
	r.start().pass(time.Second).calls("app.log", "b").pass(time.Second).want("a", "b")
}
