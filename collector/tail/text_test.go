package tail

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPlainReadsLikeAFile(t *testing.T) {
	r := newRig(t).write("app.log", []byte("0123456789"))
	p, err := openFile(r.path("app.log"))
	r.must(err)
	for _, tt := range []struct {
		at   int64
		size int
		want string
		err  error
	}{{0, 4, "0123", nil}, {6, 4, "6789", nil}, {6, 5, "6789", io.EOF}, {10, 1, "", io.EOF}, {99, 1, "", io.EOF}, {99, 0, "", nil}, {-1, 1, "", syscall.EINVAL}} {
		buf := make([]byte, tt.size)
		if n, err := p.ReadAt(buf, tt.at); string(buf[:n]) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("ReadAt(%d bytes, %d) = %q, %v; want %q, %v", tt.size, tt.at, buf[:n], err, tt.want, tt.err)
		}
	}
	info, err := os.Stat(r.path("app.log"))
	r.must(err)
	byName, err := stat(r.path("app.log"))
	r.must(err)
	if s, err := p.stat(); err != nil || s != byName || s.size != 10 || !s.mod.Equal(info.ModTime()) || s.kind != syscall.S_IFREG {
		t.Errorf("stat() = %+v, %v; want what its name tells, %+v, and the time %s", s, err, byName, info.ModTime())
	}
}

// TestClosedPlainIsNobodyElsesFile opens another file, which gets the number that the closed one had.
func TestClosedPlainIsNobodyElsesFile(t *testing.T) {
	r := newRig(t).write("a.log", []byte("a")).write("b.log", []byte("b"))
	a, err := openFile(r.path("a.log"))
	r.must(err)
	number := a.fd
	r.must(a.Close())
	b, err := openFile(r.path("b.log"))
	r.must(err)
	defer b.Close() //nolint:errcheck // it was only read
	if b.fd != number {
		t.Fatalf("the next file has the number %d; want that of the closed one, %d", b.fd, number)
	}
	if n, err := a.ReadAt(make([]byte, 1), 0); n != 0 || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("ReadAt() of a closed file = %d, %v; want %v", n, err, fs.ErrClosed)
	}
	if _, err := a.stat(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("stat() of a closed file = %v; want %v", err, fs.ErrClosed)
	}
	if err := a.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Close() of a closed file = %v; want %v", err, fs.ErrClosed)
	}
	if n, err := b.ReadAt(make([]byte, 1), 0); n != 1 || err != nil {
		t.Errorf("ReadAt() of the open file = %d, %v; want 1 byte", n, err)
	}
}

func TestWhatCannotBeOpenedSaysWhy(t *testing.T) {
	r := newRig(t)
	if _, err := openFile(r.path("none.log")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.log") {
		t.Errorf("openFile() = %v; want that there is no none.log", err)
	}
	if _, err := stat(r.path("none.log")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.log") {
		t.Errorf("stat() = %v; want that there is no none.log", err)
	}
}

// miser gives a byte at a time, as a file system may.
type miser struct{ *plain }

func (m miser) some(p []byte, off int64) (int, error) { return m.plain.some(p[:min(1, len(p))], off) }

func TestShortReadsAreNoTruncation(t *testing.T) {
	r := newRig(t, "app.log").calls("app.log", "a", "b").start()
	r.pass(time.Second).want("a", "b")
	for _, f := range r.tailer.files {
		f.text = miser{f.text.(*plain)}
	}
	r.calls("app.log", "c", "d").pass(time.Second).want("a", "b", "c", "d")
	r.wantLog("file was truncated", 0)
}
