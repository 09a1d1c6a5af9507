package tail

import (
	"bytes"

	"github.com/claudewatch/claudewatch/collector"
)

// splitter cuts what is read of one file into lines. It keeps the beginning of a line whose end has not come yet, at most max
// bytes of it.
type splitter struct {
	max   int
	start int64 // offset of the open line's first byte
	at    int64 // offset behind the last byte taken
	carry []byte
	long  bool // the open line is longer than max
	drop  bool // the open line's beginning was never seen: it is no line
}

// next takes bytes of data up to and with the first line break. ok is false when data holds none: then all of it was kept.
// The line's text is valid until the next call.
func (s *splitter) next(data []byte) (line collector.Line, rest []byte, ok bool) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		s.keep(data)
		s.at += int64(len(data))
		return collector.Line{}, nil, false
	}
	text := data[:end]
	if len(s.carry) == 0 && !s.long {
		text = bytes.TrimLeft(text, "\x00")
	}
	if len(s.carry) > 0 || s.long {
		s.keep(text)
		text = s.carry
	}
	s.at += int64(end + 1)
	return s.finish(text), data[end+1:], true
}

// end returns the open line although its line break never came, if there is one.
func (s *splitter) end() (collector.Line, bool) {
	if s.at == s.start {
		return collector.Line{}, false
	}
	return s.finish(s.carry), true
}

func (s *splitter) finish(text []byte) collector.Line {
	if len(text) > s.max {
		text, s.long = text[:s.max], true
	}
	line := collector.Line{Text: trim(text, s.start == 0), Start: s.start, End: s.at, TooLong: s.long}
	s.start, s.long = s.at, false
	if cap(s.carry) > readSize {
		s.carry = nil // one huge line must not cost its memory for good
	}
	s.carry = s.carry[:0]
	return line
}

// relax lets go of the room for an open line while none is open.
func (s *splitter) relax() {
	if len(s.carry) == 0 {
		s.carry = nil
	}
}

func (s *splitter) keep(data []byte) {
	if len(s.carry) == 0 && !s.long {
		// A writer that goes on at its old offset after a truncation leaves a hole of NULs, possibly of gigabytes.
		data = bytes.TrimLeft(data, "\x00")
	}
	if room := s.max - len(s.carry); len(data) > room {
		data, s.long = data[:room], true
	}
	s.carry = append(s.carry, data...)
}

// trim takes off what belongs to the file and not to the line: a byte order mark, the NULs of a hole, a carriage return.
func trim(text []byte, first bool) []byte {
	if first {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	text = bytes.TrimLeft(text, "\x00")
	return bytes.TrimSuffix(text, []byte("\r"))
}
