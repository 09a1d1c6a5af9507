package tail

import (
	"slices"
	"testing"
	"time"
)

// TestPublishedFilesStayAsTheyWere holds that what somebody reads of the status is not written to, and is not made anew when nothing changed.
func TestPublishedFilesStayAsTheyWere(t *testing.T) {
	r := newRig(t, "*.log").calls("a.log", "1").calls("b.log", "2").calls("c.log", "3").start()
	r.pass(3 * time.Second)
	held := r.tailer.status.files
	was := slices.Clone(held)
	r.pass(3 * time.Second)
	if again := r.tailer.status.files; len(again) != 3 || &again[0] != &held[0] {
		t.Errorf("%d files are published anew; want the 3 that were", len(again))
	}
	r.rename("b.log", "d.log")
	r.calls("e.log", "5").pass(3 * time.Second)
	if !slices.Equal(held, was) {
		t.Errorf("what was published became %+v; want %+v", held, was)
	}
	var paths []string
	for _, f := range r.tailer.status.files {
		paths = append(paths, f.path)
	}
	slices.Sort(paths)
	if want := []string{r.path("a.log"), r.path("c.log"), r.path("d.log"), r.path("e.log")}; !slices.Equal(paths, want) {
		t.Errorf("published paths = %v; want %v", paths, want)
	}
	if s := r.tailer.Status()[0]; s.Files != 4 || s.LagBytes != 0 {
		t.Errorf("Status() = %+v; want 4 files without a lag", s)
	}
	r.rename("a.log", "a.old")
	r.rename("c.log", "c.old")
	r.pass(20 * time.Second)
	if s := r.tailer.Status()[0]; s.Files != 2 {
		t.Errorf("Status() = %+v; want the 2 files that are left", s)
	}
}
