package tail

import (
	"testing"
	"time"
)

func TestClockIsSetBack(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a").start().pass(2 * time.Second)
	r.now = r.now.Add(-time.Hour)
	r.calls("app.log", "b").pass(time.Second).want("a", "b")
	r.calls("app.log.new", "c").pass(2*time.Second).want("a", "b", "c") // new files are looked for all the same
	r.rename("app.log", "elsewhere")
	r.pass(time.Second)
	r.now = r.now.Add(-time.Hour)
	r.pass(4 * time.Second)
	r.calls("elsewhere", "late").pass(time.Second).want("a", "b", "c", "late") // the rotate wait begins again
	r.pass(6 * time.Second)
	if n := len(r.tailer.files); n != 1 {
		t.Errorf("open files after the rotate wait = %d; want 1", n)
	}
}

func TestClockIsSetForward(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a").append("app.log", "call h").start().pass(2 * time.Second)
	r.now = r.now.Add(365 * 24 * time.Hour)
	r.append("app.log", "alf\n").pass(time.Second).want("a", "half")
	r.calls("app.log", "b").rename("app.log", "app.log.1")
	r.calls("app.log", "c").pass(time.Second).want("a", "half", "b", "c")
	r.crash()
	r.now = r.now.Add(-365 * 24 * time.Hour)
	r.calls("app.log", "d").start().pass(2*time.Second).want("a", "half", "b", "c", "d")
}
