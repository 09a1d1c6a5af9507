package tail

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// held is a log with a call that the decoder holds back, which the agent dies with.
func held(t *testing.T, globs ...string) *rig {
	t.Helper()
	r := newRig(t, globs...)
	r.calls("app.log", "a").append("app.log", "late b\n").start().pass(250 * time.Millisecond).want("a")
	r.crash()
	return r
}

func TestHeldCallsOfAFileThatIsGone(t *testing.T) {
	for name, lose := range map[string]func(r *rig){
		"deleted":   func(r *rig) { r.must(os.Remove(r.path("app.log"))) },
		"truncated": func(r *rig) { r.truncate() },
		"rewritten": func(r *rig) { r.truncate(); r.calls("app.log", "c") },
		"replaced":  func(r *rig) { r.rename("app.log", "elsewhere"); r.calls("app.log", "c") },
	} {
		t.Run(name, func(t *testing.T) {
			r := held(t, "app.log")
			lose(r)
			want := []string{"a", "b"}
			if _, err := os.Stat(r.path("app.log")); err == nil && (name == "rewritten" || name == "replaced") {
				want = append(want, "c")
			}
			for range 3 {
				r.start().pass(10 * time.Second)
				if diff := cmp.Diff(want, sorted(r.sink.stored())); diff != "" {
					t.Fatalf("stored calls (-want +got):\n%s", diff)
				}
				r.crash()
			}
		})
	}
}

// What was held back may be stored only together with the position that says so.
func TestHeldCallsAreStoredOnceWhateverTheMomentOfACrash(t *testing.T) {
	r := held(t, "app.log")
	r.must(os.Remove(r.path("app.log")))
	r.sink.fail = func() error { return errDisk }
	r.start().pass(10 * time.Second)
	r.crash()
	r.want("a")
	r.sink.fail = nil
	r.start().pass(10*time.Second).want("a", "b")
	r.restart().pass(10*time.Second).want("a", "b")
}

func TestHeldCallsOfAFileThatComesBack(t *testing.T) {
	r := held(t, "logs/app.log", "app.log")
	r.rename("app.log", "aside")
	r.start().pass(10*time.Second).want("a", "b")
	r.calls("aside", "c")
	r.rename("aside", "app.log")
	r.pass(2*time.Second).want("a", "b", "c")
}

func TestHeldCallsWaitForADirectoryThatIsNotThere(t *testing.T) {
	r := newRig(t, "mnt/app.log")
	r.must(os.Mkdir(r.path("mnt"), 0o700))
	r.calls("mnt/app.log", "a").append("mnt/app.log", "late b\n").start().pass(250 * time.Millisecond)
	r.crash()
	r.rename("mnt", "unmounted")
	r.start().pass(time.Hour).want("a")
	r.rename("unmounted", "mnt")
	r.calls("mnt/app.log", "c").pass(3 * time.Second)
	if diff := cmp.Diff([]string{"a", "b", "c"}, sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
	r.crash()
	r.rename("mnt", "unmounted")
	r.append("unmounted/app.log", "late d\n")
	r.start().pass(time.Second)
	r.crash()
	r.now = r.now.Add(2 * keepKnown)
	r.start().pass(10 * time.Second)
	if diff := cmp.Diff([]string{"a", "b", "c"}, sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls, of which nothing new was seen (-want +got):\n%s", diff)
	}
}

func TestHeldCallsAreGivenUpAfterADay(t *testing.T) {
	r := newRig(t, "mnt/app.log")
	r.must(os.Mkdir(r.path("mnt"), 0o700))
	r.calls("mnt/app.log", "a").append("mnt/app.log", "late b\n").start().pass(250 * time.Millisecond)
	r.crash()
	r.rename("mnt", "unmounted")
	r.start().pass(10 * time.Second).want("a")
	r.now = r.now.Add(keepKnown)
	r.pass(2*time.Second).want("a", "b")
	r.rename("unmounted", "mnt")
	r.calls("mnt/app.log", "c").pass(2*time.Second).want("a", "b", "c")
	r.restart().pass(10*time.Second).want("a", "b", "c")
}
