package tail

import (
	"os"
	"testing"
	"time"
)

// TestFileKeepsTheNameThatItHas gives an open file names that are found before and behind its own.
func TestFileKeepsTheNameThatItHas(t *testing.T) {
	r := newRig(t, "*.log").calls("m.log", "a").start()
	r.pass(time.Second)
	path := func() string {
		t.Helper()
		if n := len(r.tailer.order); n != 1 {
			t.Fatalf("%d files are open; want 1", n)
		}
		return r.tailer.order[0].path
	}
	for _, name := range []string{"c.log", "b.log", "z.log"} {
		r.must(os.Link(r.path("m.log"), r.path(name)))
	}
	r.calls("z.log", "b").pass(2 * time.Second)
	if got, want := path(), r.path("m.log"); got != want {
		t.Errorf("path with four names = %s; want %s", got, want)
	}
	r.must(os.Remove(r.path("m.log")))
	r.calls("b.log", "c").pass(20 * time.Second)
	if got, want := path(), r.path("b.log"); got != want {
		t.Errorf("path without the first name = %s; want the first that is left, %s", got, want)
	}
	r.want("a", "b", "c")
}
