package tail

import (
	"os"
	"testing"
	"time"
)

func TestDeletionWhileOpen(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(time.Second)
	r.calls("app.log", "b").append("app.log", "call c")
	r.must(os.Remove(r.path("app.log")))
	r.pass(time.Second).want("a", "b")
	r.pass(6*time.Second).want("a", "b", "c") // it is gone for good, so the last line is as whole as it will ever be
	if n := len(r.tailer.files); n != 0 {
		t.Errorf("open files = %d; want 0", n)
	}
	r.calls("app.log", "d").pass(2*time.Second).want("a", "b", "c", "d")
}

func TestInodeReusedWhileDown(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a", "b").start().pass(2 * time.Second)
	r.crash()
	r.must(os.Remove(r.path("app.log")))
	r.calls("app.log", "c", "d", "e")
	s, err := stat(r.path("app.log"))
	r.must(err)
	// Whether the file system gives the same inode again is its affair, so the store is made to say that it did.
	for id, p := range r.sink.positions {
		p.Device, p.Inode = s.key.device, s.key.inode
		delete(r.sink.positions, id)
		p.ID = s.key.String()
		r.sink.positions[p.ID] = p
	}
	r.start().pass(2*time.Second).want("a", "b", "c", "d", "e")
}

func TestFileGoesAndComesBack(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(time.Second)
	r.rename("app.log", "aside")
	r.pass(10 * time.Second)
	r.calls("aside", "b")
	r.rename("aside", "app.log")
	r.pass(2*time.Second).want("a", "b")
}
