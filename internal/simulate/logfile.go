package simulate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errClosed says that a log was closed before.
var errClosed = errors.New("log is closed")

// logFile is a log that is rotated as logrotate does it: the full file is renamed to .1, older ones move on, and a new one is
// made. The oldest is removed.
type logFile struct {
	path string
	max  int64 // bytes; 0 for no rotation
	keep int   // rotated files
	file *os.File
	size int64
}

func newLogFile(path string, maxBytes int64, keep int) (*logFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make log folder: %w", err)
	}
	f := &logFile{path: path, max: maxBytes, keep: keep}
	return f, f.open()
}

func (f *logFile) open() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open log: %w", err), file.Close())
	}
	f.file, f.size = file, info.Size()
	return nil
}

// write appends whole lines.
func (f *logFile) write(lines []byte) error {
	if f.file == nil {
		return errClosed
	}
	if f.max > 0 && f.size > 0 && f.size+int64(len(lines)) > f.max {
		if err := f.rotate(); err != nil {
			return err
		}
	}
	n, err := f.file.Write(lines)
	f.size += int64(n)
	if err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

func (f *logFile) rotate() error {
	if err := f.file.Close(); err != nil {
		return fmt.Errorf("rotate log: %w", err)
	}
	f.file = nil
	for i := f.keep - 1; i >= 0; i-- {
		from := f.path
		if i > 0 {
			from = fmt.Sprintf("%s.%d", f.path, i)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", f.path, i+1)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("rotate log: %w", err)
		}
	}
	return f.open()
}

func (f *logFile) close() error {
	if f.file == nil {
		return errClosed
	}
	err := f.file.Close()
	f.file = nil
	if err != nil {
		return fmt.Errorf("close log: %w", err)
	}
	return nil
}

// shape writes an attempt, and what else the app says around it, as lines of a log.
type shape func(buf []byte, x *Exchange) []byte

// textLog is a log of one shape in one rotated file.
type textLog struct {
	file  *logFile
	shape shape
	buf   []byte
}

func (l *textLog) Record(x *Exchange) error {
	l.buf = l.shape(l.buf[:0], x)
	return l.file.write(l.buf)
}

func (l *textLog) Close() error { return l.file.close() }

func newTextLog(path string, s shape, maxBytes int64, keep int) (Log, error) {
	file, err := newLogFile(path, maxBytes, keep)
	if err != nil {
		return nil, err
	}
	return &textLog{file: file, shape: s}, nil
}
