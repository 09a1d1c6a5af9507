package tail

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/collector/expand"
)

const (
	// archiveWindow is how much text before the furthest byte read can be read again at no cost: as much as a record of several lines
	// may take, and a read.
	archiveWindow = 1<<20 + 2*readSize
	archiveChunk  = 64 << 10
)

// errDamaged says that an archive can't be read to its end: it is cut short, possibly because it is still being written, or spoiled.
var errDamaged = errors.New("the archive is damaged")

// stamp tells two states of one file apart at no cost.
type stamp struct {
	size int64
	mod  time.Time
}

// archive is the text of a compressed file. Reading goes forward; going back further than the window unpacks it again from its
// beginning. What ended the text, its end or damage, stays so until refresh: a damaged archive is not unpacked over and over.
type archive struct {
	file   *plain
	id     string // of what is on disk, see archiveID
	opened stamp  // of the file when it was unpacked last
	last   stamp  // of the file when it was looked at last
	since  time.Time

	raw   expand.Meter
	text  *expand.Reader // nil while the archive is at rest
	head  []byte         // the text's first bytes, once they are known
	buf   []byte         // the text from base on
	base  int64
	ended error // io.EOF at the text's end, or what is wrong; nil while there is more
}

// newArchive looks at the file on disk; it unpacks nothing yet.
func newArchive(file *plain) (*archive, error) {
	a := &archive{file: file}
	return a, a.look()
}

// look notes how the file is now.
func (a *archive) look() error {
	s, err := a.file.stat()
	if err != nil {
		return err
	}
	a.opened = stamp{s.size, s.mod}
	a.last = a.opened
	a.id, err = archiveID(a.file, s.size)
	return err
}

// archiveID names an archive by what is in it, so that it is known again under any name and on any device: its size, its beginning and
// its end, which holds a checksum of all of it.
func archiveID(r io.ReaderAt, size int64) (string, error) {
	head, err := readHead(r, new([headSize]byte))
	if err != nil {
		return "", err
	}
	tail, err := readBefore(r, size, markSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return fmt.Sprintf("archive-%x-%d", hash(append(head, tail...))[:12], size), nil
}

// refresh has the archive unpacked again: it has changed.
func (a *archive) refresh() error {
	a.rest()
	a.head = nil
	return a.look()
}

// rest lets go of the memory; the next read begins at the beginning.
func (a *archive) rest() {
	if a.text != nil {
		a.text.Close()
	}
	a.text, a.buf, a.base, a.ended = nil, nil, 0, nil
}

// Close implements text.
func (a *archive) Close() error {
	a.rest()
	return a.file.Close()
}

// size unpacks the archive to see how long its text is, as far as it can be read.
func (a *archive) size() (int64, error) {
	a.fill(1<<62, 1<<62)
	return a.base + int64(len(a.buf)), nil
}

// disk implements text. An archive that ended needs no more reading, even if it is damaged.
func (a *archive) disk(int64) int64 {
	if a.ended != nil {
		return a.opened.size
	}
	return min(a.raw.N, a.opened.size)
}

// damage is what is wrong with the archive, nil at its proper end and before.
func (a *archive) damage() error {
	if a.ended == nil || errors.Is(a.ended, io.EOF) {
		return nil
	}
	return a.ended
}

// ReadAt implements io.ReaderAt for the text. The error is io.EOF at its end, and wraps errDamaged where it ends too early.
func (a *archive) ReadAt(p []byte, off int64) (int, error) {
	end := off + int64(len(p))
	if end <= int64(len(a.head)) {
		return copy(p, a.head[off:]), nil
	}
	if off < a.base {
		a.rest()
	}
	a.fill(off, end)
	n := 0
	if at := off - a.base; at < int64(len(a.buf)) {
		n = copy(p, a.buf[at:])
	}
	if n < len(p) {
		return n, a.ended
	}
	return n, nil
}

// some implements text.
func (a *archive) some(p []byte, off int64) (int, error) { return a.ReadAt(p, off) }

// fill unpacks up to an offset, and keeps the text from another one on.
func (a *archive) fill(from, to int64) {
	for a.ended == nil && a.base+int64(len(a.buf)) < to {
		if a.text == nil {
			a.begin()
			continue
		}
		a.slide(from)
		a.buf = slices.Grow(a.buf, archiveChunk)
		n, err := a.text.Read(a.buf[len(a.buf) : len(a.buf)+archiveChunk])
		a.buf = a.buf[:len(a.buf)+n]
		if err != nil {
			a.end(err)
		}
		if a.base == 0 && len(a.head) < headSize {
			a.head = slices.Clone(a.buf[:min(headSize, len(a.buf))])
		}
	}
}

// begin opens the archive at its beginning. What is appended while it is read counts as a change.
func (a *archive) begin() {
	a.raw = expand.Meter{R: io.NewSectionReader(a.file, 0, a.opened.size)}
	text, err := expand.Open(&a.raw)
	if err != nil {
		a.end(err)
		return
	}
	a.text = text
}

// slide forgets text that lies too far back.
func (a *archive) slide(from int64) {
	if len(a.buf) < 2*archiveWindow {
		return
	}
	drop := min(int64(len(a.buf)-archiveWindow), max(0, from-a.base))
	a.buf = a.buf[:copy(a.buf, a.buf[drop:])]
	a.base += drop
}

// end notes why there is no more text, and lets go of what unpacked it.
func (a *archive) end(err error) {
	switch {
	case a.raw.Err != nil && !errors.Is(a.raw.Err, io.EOF):
		a.ended = a.raw.Err
	case errors.Is(err, io.EOF):
		a.ended = io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		a.ended = fmt.Errorf("%w: cut short after %d bytes of text; it is read on when it is whole", errDamaged, a.base+int64(len(a.buf)))
	default:
		a.ended = fmt.Errorf("%w after %d bytes of text: %w", errDamaged, a.base+int64(len(a.buf)), err)
	}
	if a.text != nil {
		a.text.Close()
		a.text = nil
	}
}
