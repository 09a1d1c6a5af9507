package decode

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// Summary says what became of the lines of a log.
type Summary struct {
	Lines    int64
	Calls    int64
	Skipped  map[string]int64
	Rejected map[string]int64
	Samples  map[string]string // one detail for each reason of Rejected, without text of the log
}

// readBuffer is large enough that reading costs little beside decoding.
const readBuffer = 256 << 10

// File decodes a finished log and emits the calls as they are found; two sightings of one call come as two. Lines longer than the
// decoder's limit are counted and left out. It ends with emit's error, the reader's or the context's.
func File(ctx context.Context, r io.Reader, d *Decoder, emit func([]claude.Call) error) (s Summary, err error) {
	s = Summary{Skipped: map[string]int64{}, Rejected: map[string]int64{}, Samples: map[string]string{}}
	chunks := &chunkReader{r: r}
	in := lineReader{r: bufio.NewReaderSize(chunks, readBuffer), max: d.maxLine}
	now, chunk := d.now(), 0
	skipped := int64(0) // at a glance
	defer func() { s.skip(skipped) }()
	for {
		line, err := in.next()
		if chunk != chunks.n { // the lines of one chunk were read at one time
			now, chunk = d.now(), chunks.n
			if err := ctx.Err(); err != nil {
				return s, err
			}
		}
		if errors.Is(err, io.EOF) {
			err = s.emit(d.Flush(now, true), emit)
			return s, err
		}
		if err != nil {
			return s, fmt.Errorf("read line %d: %w", s.Lines+skipped+1, err)
		}
		whole, skip := d.glance(&line)
		if skip && d.observe == nil {
			skipped++
			continue
		}
		o := collector.Outcome{Skipped: SkippedNotClaude}
		if !skip {
			o = d.take(line, whole, now)
		}
		s.count(o)
		if d.observe != nil {
			d.observe(s.Lines, o)
		}
		if err := s.emit(o.Calls, emit); err != nil {
			return s, err
		}
	}
}

// skip counts lines that are not of Claude's.
func (s *Summary) skip(n int64) {
	if n > 0 {
		s.Lines += n
		s.Skipped[SkippedNotClaude] += n
	}
}

func (s *Summary) emit(calls []claude.Call, emit func([]claude.Call) error) error {
	if len(calls) == 0 {
		return nil
	}
	s.Calls += int64(len(calls))
	return emit(calls)
}

func (s *Summary) count(o collector.Outcome) {
	s.Lines++
	if o.Skipped != "" {
		s.Skipped[o.Skipped]++
	}
	if o.Rejected != "" {
		s.Rejected[o.Rejected]++
		if s.Samples[o.Rejected] == "" {
			s.Samples[o.Rejected] = o.Detail
		}
	}
}

// chunkReader counts the chunks that were read.
type chunkReader struct {
	r io.Reader
	n int
}

// Read implements io.Reader.
func (c *chunkReader) Read(p []byte) (int, error) {
	c.n++
	return c.r.Read(p)
}

// lineReader reads lines of bounded length.
type lineReader struct {
	r     *bufio.Reader
	max   int
	carry []byte
	off   int64
}

// next returns the next line. Of a line that is too long only the beginning is kept.
func (l *lineReader) next() (collector.Line, error) {
	line := collector.Line{Start: l.off}
	l.carry = l.carry[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.off += int64(len(part))
		if err == nil && len(l.carry) == 0 && len(part) <= l.max { // nearly always
			line.Text, line.End = part[:len(part)-1], l.off
			return line, nil
		}
		full := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !full && (!errors.Is(err, io.EOF) || l.off == line.Start) {
			return line, err
		}
		body := bytes.TrimSuffix(part, []byte{'\n'})
		if len(l.carry)+len(body) > l.max {
			line.TooLong = true
			body = body[:max(0, l.max-len(l.carry))]
		}
		if !full && len(l.carry) == 0 {
			line.Text = body
		} else {
			l.carry = append(l.carry, body...)
			line.Text = l.carry
		}
		if !full {
			line.End = l.off
			return line, nil
		}
	}
}
