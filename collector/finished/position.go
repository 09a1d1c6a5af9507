package finished

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/expand"
)

// Place is where one line ends or begins, with what is needed to find it again in the same text.
type Place struct {
	Offset int64
	mark   []byte
}

// Here is the place behind the last line that was returned.
func (l *Log) Here() Place { return Place{l.at, bytes.Clone(l.mark)} }

// Before is the place before the last line that was returned.
func (l *Log) Before(line collector.Line) Place { return Place{line.Start, bytes.Clone(l.before)} }

// Position says that the text before a place is dealt with. It can be found again unless the log is a stream or empty. Head and
// tail are those of the tailer's positions, so that a log that is followed later goes on where it was left here.
func (l *Log) Position(at Place) collector.Position {
	head := hash(l.head)
	return collector.Position{
		ID:     fmt.Sprintf("finished-%s-%d", hex.EncodeToString(head[:12]), l.size),
		Offset: at.Offset, Size: l.at, HeadSize: int64(len(l.head)), Head: head, TailHash: hash(at.mark),
	}
}

// Fingerprint tells the text from others by how it begins.
func (l *Log) Fingerprint() []byte { return hash(l.head) }

// Resume goes to the furthest of the positions that belong to this text and returns it, or stays at the beginning and returns nil.
// It must come before the first Next. The error is that of reading.
func (l *Log) Resume(positions []collector.Position) (*collector.Position, error) {
	if !l.Resumable() {
		return nil, nil
	}
	fitting := slices.DeleteFunc(slices.Clone(positions), func(p collector.Position) bool {
		return p.Offset <= 0 || p.HeadSize <= 0 || p.HeadSize > int64(len(l.head)) || !bytes.Equal(hash(l.head[:p.HeadSize]), p.Head)
	})
	slices.SortStableFunc(fitting, func(a, b collector.Position) int { return int(min(1, max(-1, b.Offset-a.Offset))) })
	for i := range fitting {
		ok, err := l.goTo(&fitting[i])
		if ok || err != nil {
			return &fitting[i], err
		}
	}
	return nil, nil
}

// goTo goes to a position if the text bears it out, else back to the beginning.
func (l *Log) goTo(p *collector.Position) (bool, error) {
	var err error
	if l.text.Format() == expand.Plain {
		err = l.seek(p.Offset)
	} else {
		err = l.skip(p.Offset)
	}
	if err == nil && bytes.Equal(hash(l.mark), p.TailHash) {
		return true, nil
	}
	if err != nil && l.raw.Err != nil && !errors.Is(l.raw.Err, io.EOF) { // the disk's, not the text's
		return false, fmt.Errorf("read log %s: %w", l.name, l.raw.Err)
	}
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("read log %s: %w", l.name, err)
	}
	return false, l.begin(l.file)
}

// seek goes to an offset of a plain file and reads the bytes before it.
func (l *Log) seek(offset int64) error {
	mark := make([]byte, min(markSize, offset))
	if _, err := l.file.Seek(offset-int64(len(mark)), io.SeekStart); err != nil {
		return err
	}
	l.raw.Err = nil
	l.in.Reset(l.raw)
	if _, err := io.ReadFull(l.in, mark); err != nil {
		return err
	}
	l.raw.N = offset
	l.at, l.mark = offset, mark
	return nil
}

// skip reads an archive up to an offset of its text.
func (l *Log) skip(offset int64) error {
	for l.at < offset {
		part, err := l.in.Peek(int(min(offset-l.at, readSize)))
		if len(part) == 0 {
			return err
		}
		l.remember(part)
		n, err := l.in.Discard(len(part))
		l.at += int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

func hash(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}
