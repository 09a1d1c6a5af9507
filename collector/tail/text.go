package tail

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// text is what a file says: its bytes, or what they unpack to. It is read at offsets of the text, wherever it lies.
type text interface {
	io.ReaderAt
	io.Closer
	// some reads once: that fewer bytes come than there is room for says nothing of the text's end, behind which the error is io.EOF.
	some(p []byte, off int64) (int, error)
	// size is how long the text is now, in bytes.
	size() (int64, error)
	// disk is how many bytes of the file on disk are dealt with when the text is read up to an offset.
	disk(at int64) int64
}

// plain is an open file, and the text of one that is not compressed. It is an os.File in a twentieth of the memory, since there may be ten
// thousands of them, and like the file that it is of it has one user at a time. Who lets go of it closes it: nobody else will.
type plain struct {
	fd int // below 0 when it is closed
}

// openFile never blocks: a named pipe may have taken the file's place since it was found.
func openFile(path string) (*plain, error) {
	fd, err := retried(func() (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &plain{fd}, nil
}

// retried makes a call to the system again that a signal interrupted.
func retried(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR { //nolint:errorlint // the system's own errors come bare
			return n, err
		}
	}
}

func (p *plain) some(b []byte, off int64) (int, error) {
	if p.fd < 0 {
		return 0, fs.ErrClosed
	}
	n, err := retried(func() (int, error) { return syscall.Pread(p.fd, b, off) })
	switch {
	case err != nil:
		return 0, os.NewSyscallError("pread", err)
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	default:
		return n, nil
	}
}

// ReadAt implements io.ReaderAt.
func (p *plain) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = p.some(b[n:], off+int64(n))
		n += more
	}
	return n, err
}

// Close implements io.Closer.
func (p *plain) Close() error {
	if p.fd < 0 {
		return fs.ErrClosed
	}
	fd := p.fd
	p.fd = -1
	return os.NewSyscallError("close", syscall.Close(fd))
}

// stat tells what the file is now.
func (p *plain) stat() (state, error) {
	if p.fd < 0 {
		return state{}, fs.ErrClosed
	}
	var st syscall.Stat_t
	if _, err := retried(func() (int, error) { return 0, syscall.Fstat(p.fd, &st) }); err != nil {
		return state{}, os.NewSyscallError("fstat", err)
	}
	return stateOf(&st), nil
}

func (p *plain) size() (int64, error) {
	s, err := p.stat()
	return s.size, err
}

func (p *plain) disk(at int64) int64 { return at }
