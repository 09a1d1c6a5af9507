package tail

import (
	"io"
	"os"
	"syscall"
)

// text is what a file says: its bytes, or what they unpack to. It is read at offsets of the text, wherever it lies.
type text interface {
	io.ReaderAt
	io.Closer
	// size is how long the text is now, in bytes.
	size() (int64, error)
	// disk is how many bytes of the file on disk are dealt with when the text is read up to an offset.
	disk(at int64) int64
}

// plain is the text of a file that is not compressed.
type plain struct{ *os.File }

func (p plain) size() (int64, error) {
	info, err := p.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (p plain) disk(at int64) int64 { return at }

// openFile never blocks: a named pipe may have taken the file's place since it was found.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
