package tail

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFileAppearsLater(t *testing.T) {
	r := newRig(t, "app.log")
	r.start().pass(10 * time.Second)
	r.wantLog("waiting for files", 1)
	r.calls("app.log", "a").pass(2 * time.Second).want("a")
}

func TestDirectoryAppearsLater(t *testing.T) {
	r := newRig(t, "logs/*/app.log")
	r.start().pass(2 * time.Second)
	r.must(os.MkdirAll(r.path("logs/one"), 0o700))
	r.calls("logs/one/app.log", "a").pass(2 * time.Second).want("a")
}

func TestGlobGrows(t *testing.T) {
	r := newRig(t, "*.log")
	r.start()
	var want []string
	for i := range 50 {
		id := fmt.Sprintf("c%d", i)
		r.calls(fmt.Sprintf("%d.log", i), id)
		want = append(want, id)
		if i%10 == 0 {
			r.pass(2 * time.Second)
		}
	}
	r.pass(2 * time.Second)
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
	s := r.tailer.Status()
	if s[0].Files != 50 || s[0].LagBytes != 0 {
		t.Errorf("status = %d files, lag %d; want 50, 0", s[0].Files, s[0].LagBytes)
	}
}

func TestFromEnd(t *testing.T) {
	r := newRig(t, "*.log")
	r.opts.Sources[0].FromEnd = true
	r.calls("app.log", "old").append("app.log", "call ha").start().pass(2 * time.Second).want()
	r.append("app.log", "lf\n").calls("app.log", "a").pass(time.Second).want("a")
	r.calls("late.log", "b").pass(2*time.Second).want("a", "b")
	r.crash()
	r.calls("down.log", "c").calls("app.log", "d").start().pass(2 * time.Second)
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
}

// TestPermissionDenied also runs as root, who may read everything: what may be opened is then decided here by the mode.
func TestPermissionDenied(t *testing.T) {
	r := newRig(t, "*.log")
	r.calls("secret.log", "a").calls("open.log", "b")
	r.must(os.Chmod(r.path("secret.log"), 0))
	r.start()
	r.tailer.open = func(path string) (*plain, error) {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm() == 0 {
			return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EACCES}
		}
		return openFile(path)
	}
	r.pass(5 * time.Second).want("b")
	r.wantLog("permission denied", 1)
	if s := r.tailer.Status()[0]; len(s.Errors) != 1 || s.Errors[0].Path != r.path("secret.log") || s.Files != 1 {
		t.Errorf("status = %+v; want 1 file and an error of secret.log", s)
	}
	r.must(os.Chmod(r.path("secret.log"), 0o600))
	r.pass(2*time.Second).want("b", "a")
	if s := r.tailer.Status()[0]; len(s.Errors) != 0 || s.Files != 2 {
		t.Errorf("status = %+v; want 2 files and no error", s)
	}
}

func TestWhatIsNoLogFile(t *testing.T) {
	r := newRig(t, "dir.log", "*.pipe", "*.?z", "app.log")
	r.must(os.Mkdir(r.path("dir.log"), 0o700))
	r.must(syscall.Mkfifo(r.path("a.pipe"), 0o600))
	r.append("a.gz", "\x1f\x8b\x08 and so on\n").append("a.xz", "\xfd7zXZ\x00 and so on\n").calls("app.log", "a").start().pass(5 * time.Second).want("a")
	var got []string
	for _, e := range r.tailer.Status()[0].Errors {
		got = append(got, e.Path[len(r.dir)+1:]+": "+e.Err.Error())
	}
	want := []string{
		"a.gz: the archive is damaged after 0 bytes of text: gzip: invalid header", "a.pipe: is not a regular file",
		"a.xz: is compressed with xz, which is not read", "dir.log: is a directory, not a file",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	r.wantLog("is a directory", 1)
}

func TestLag(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(time.Second)
	r.append("app.log", "0123456789")
	if s := r.tailer.Status()[0]; s.LagBytes != 10 {
		t.Errorf("lag = %d bytes; want 10", s.LagBytes)
	}
}
