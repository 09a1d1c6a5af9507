package tail

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// quietFiles follows so many files that those which are quiet are not looked at in every round, and lets time pass until they are.
func (r *rig) quietFiles() {
	r.t.Helper()
	r.manyFiles(manyFiles + 10)
	r.start().pass(activeFor + 2*time.Second)
	r.sink.ids = nil
}

func TestQuietFilesAmongManyAreReadWhenTheirTurnComes(t *testing.T) {
	r := newRig(t, "*.log")
	r.quietFiles()
	r.calls("7.log", "late").poll().want()
	r.pass(r.tailer.pace() + time.Second).want("late")
	r.now = r.now.Add(250 * time.Millisecond) // it has grown lately now, so the next line comes at once
	r.calls("7.log", "soon").poll()
	r.must(r.tailer.closeDue(t.Context(), r.now, true))
	r.want("late", "soon")
}

func TestToldFilesAreReadAtOnce(t *testing.T) {
	for name, tell := range map[string]func(*rig){
		"the file": func(r *rig) { r.tailer.news.add(r.path("7.log")) },
		"overflow": func(r *rig) { r.tailer.news.addAll() },
		"too many": func(r *rig) {
			for i := range maxTold + 1 {
				r.tailer.news.add(r.path(fmt.Sprint(i, ".other")))
			}
		},
	} {
		r := newRig(t, "*.log")
		r.quietFiles()
		r.calls("7.log", "a")
		tell(r)
		r.poll()
		r.must(r.tailer.closeDue(t.Context(), r.now, true))
		if diff := cmp.Diff([]string{"a"}, r.sink.stored()); diff != "" {
			t.Errorf("told of %s: stored calls (-want +got):\n%s", name, diff)
		}
	}
}

// TestQuietFileIsRotatedAmongMany holds that nothing of a file is lost that grows and loses its name before its turn comes.
func TestQuietFileIsRotatedAmongMany(t *testing.T) {
	r := newRig(t, "*.log")
	r.quietFiles()
	r.calls("7.log", "a")
	r.rename("7.log", "7.log.1")
	r.calls("7.log", "b").pass(2 * time.Second)
	if diff := cmp.Diff([]string{"a", "b"}, r.sink.stored()); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
}

// TestQuietFileIsReadToItsEndBeforeItIsDone looks at quiet files more rarely than it takes until a file without a name is done.
func TestQuietFileIsReadToItsEndBeforeItIsDone(t *testing.T) {
	r := newRig(t, "*.log")
	r.opts.Rescan = 4 * defaultRotateWait
	r.quietFiles()
	r.calls("7.log", "a")
	r.rename("7.log", "7.old")
	r.tailer.changed.Store(true)
	r.pass(2 * defaultRotateWait).want("a")
	if n := len(r.tailer.files); n != manyFiles+9 {
		t.Errorf("open files = %d; want %d: that one is done", n, manyFiles+9)
	}
}
