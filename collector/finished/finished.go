// Package finished reads logs that nobody writes any more: plain, gzip or Zstandard files and standard input, line by line in
// bounded memory. A place in a log belongs to its text, not to its file, so a log is known again after it was moved or compressed.
package finished

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/expand"
)

const (
	readSize       = 256 << 10 // a smaller buffer costs up to 2.6 times the time
	headSize       = 1 << 10   // how many of a log's first bytes tell it from others
	markSize       = 64        // how many bytes before a place must be the same for it to be known again
	defaultMaxLine = 1 << 20
)

// Options say what to read. Name is required.
type Options struct {
	Name    string    // of the file; "-" for standard input
	Stdin   io.Reader // what "-" stands for
	MaxLine int       // bytes of a line that are kept; 1 MiB if 0
}

// Log is an open log. It is not used concurrently. Close it in the end.
type Log struct {
	name    string
	maxLine int
	file    *os.File // nil for a stream, which can be read only once
	pipe    *os.File // a stream that has a name
	size    int64    // of the file on disk; -1 for a stream
	raw     *expand.Meter
	text    *expand.Reader
	in      *bufio.Reader
	head    []byte // the first bytes of the text
	lines   int64

	at         int64  // offset behind the last line
	mark       []byte // the bytes before at
	before     []byte // the bytes before the last line
	spare      []byte
	carry      []byte
	terminated bool
}

// Open opens a log and recognises how it is compressed by its first bytes, whatever its name is. The context only matters for streams:
// a read that blocks ends with it. The error names the log and says where another way leads.
func Open(ctx context.Context, o Options) (*Log, error) {
	l := &Log{name: o.Name, maxLine: o.MaxLine, size: -1}
	if l.maxLine <= 0 {
		l.maxLine = defaultMaxLine
	}
	source := o.Stdin
	if o.Name != "-" {
		f, err := os.Open(o.Name)
		if err != nil {
			return nil, fmt.Errorf("read log: %w", err)
		}
		if err := l.adopt(f); err != nil {
			_ = f.Close() // the error says what is wrong with it
			return nil, err
		}
		source = f
	}
	if l.file == nil {
		source = interruptible(ctx, source)
	}
	if err := l.begin(source); err != nil {
		_ = l.Close() // it was only read
		return nil, err
	}
	return l, nil
}

// adopt looks at what the name stands for. Pipes and devices are streams like standard input.
func (l *Log) adopt(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("read log: %w", err)
	case info.IsDir():
		return fmt.Errorf("read log %s: is a directory; name the files in it", l.name)
	case info.Mode().IsRegular():
		l.file, l.size = f, info.Size()
	default:
		l.pipe = f
	}
	return nil
}

// begin starts at the first byte of the text.
func (l *Log) begin(source io.Reader) error {
	l.closeText()
	l.raw = &expand.Meter{R: source}
	text, err := expand.Open(l.raw)
	if err != nil {
		return fmt.Errorf("read log %s: %w", l.name, err)
	}
	l.text, l.in = text, bufio.NewReaderSize(text, readSize)
	// What goes wrong here goes wrong again when the first line is read.
	head, _ := l.in.Peek(headSize)
	l.head = bytes.Clone(head)
	l.at, l.lines, l.mark = 0, 0, l.mark[:0]
	return nil
}

// Close lets go of the file.
func (l *Log) Close() error {
	l.closeText()
	for _, f := range []*os.File{l.file, l.pipe} {
		if f != nil {
			return f.Close()
		}
	}
	return nil
}

func (l *Log) closeText() {
	if l.text != nil {
		l.text.Close()
		l.text = nil
	}
}

// Size is how much there is to read from the disk, compressed as it is; -1 when nobody can know.
func (l *Log) Size() int64 { return l.size }

// Consumed is how much of Size has been read.
func (l *Log) Consumed() int64 { return l.raw.N }

// Offset is how much of the text has been returned as lines.
func (l *Log) Offset() int64 { return l.at }

// Resumable reports whether a position in this log can be found again: not in a stream, and not in an empty log.
func (l *Log) Resumable() bool { return l.file != nil && len(l.head) > 0 }

// Terminated reports whether the last line had a line break. Only the last line of a log may lack it.
func (l *Log) Terminated() bool { return l.terminated }

// ErrDamaged says that an archive can't be read to its end. Every whole line before the damage was returned.
var ErrDamaged = errors.New("the archive is damaged")

// Next returns the next line, and io.EOF at the end of the log. Of a line that is too long only the beginning is kept. The error
// names the log and wraps ErrDamaged when the archive is the matter; the piece of a line before the damage is not returned, as
// half a line may look like a whole one.
func (l *Log) Next() (collector.Line, error) {
	line := collector.Line{Start: l.at}
	end := l.at
	l.carry = l.carry[:0]
	l.spare = append(l.spare[:0], l.mark...)
	for {
		part, err := l.in.ReadSlice('\n')
		end += int64(len(part))
		full := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !full && (!errors.Is(err, io.EOF) || end == line.Start) {
			l.mark = append(l.mark[:0], l.spare...) // of a piece that is not returned nothing is remembered
			return line, l.explain(err)
		}
		l.remember(part)
		l.keep(&line, part, full)
		if !full {
			l.terminated = err == nil
			line.Text = trim(line.Text, line.Start == 0)
			line.End, l.at = end, end
			l.before, l.spare = l.spare, l.before
			l.lines++
			return line, nil
		}
	}
}

// keep adds a part to the line, without copying where the part is the line.
func (l *Log) keep(line *collector.Line, part []byte, more bool) {
	body := bytes.TrimSuffix(part, []byte{'\n'})
	if len(l.carry) == 0 {
		body = bytes.TrimLeft(body, "\x00") // a hole that a truncation left, possibly of gigabytes
	}
	if room := l.maxLine - len(l.carry); len(body) > room {
		line.TooLong, body = true, body[:max(0, room)]
	}
	if !more && len(l.carry) == 0 {
		line.Text = body
		return
	}
	l.carry = append(l.carry, body...)
	line.Text = l.carry
}

// trim takes off what belongs to the file and not to the line: a byte order mark and a carriage return.
func trim(text []byte, first bool) []byte {
	if first {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	return bytes.TrimSuffix(text, []byte{'\r'})
}

// remember keeps the last bytes of the text.
func (l *Log) remember(part []byte) {
	if len(part) >= markSize {
		l.mark = append(l.mark[:0], part[len(part)-markSize:]...)
		return
	}
	l.mark = append(l.mark, part...)
	if over := len(l.mark) - markSize; over > 0 {
		l.mark = append(l.mark[:0], l.mark[over:]...)
	}
}

// explain tells the disk's faults from the archive's.
func (l *Log) explain(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case l.raw.Err != nil && !errors.Is(l.raw.Err, io.EOF):
		return fmt.Errorf("read log %s: %w", l.name, l.raw.Err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read log %s: %w: cut short after line %d", l.name, ErrDamaged, l.lines)
	default:
		return fmt.Errorf("read log %s: %w after line %d: %w", l.name, ErrDamaged, l.lines, err)
	}
}
