package tail

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// mode is what the tailer does with an open file.
type mode uint8

const (
	modeNew  mode = iota // nothing is known of its content yet: it may be empty, or a copy that is being made
	modeCopy             // it holds the same as its original so far, which is read instead
	modeRead             // it is read
	modeDone             // an archive that was read to its end; it is closed
)

// event is what reading a file found out that concerns more than the file.
type event uint8

const (
	eventNone  event = iota
	eventCut         // the file no longer holds what was read of it
	eventEnded       // the archive was read to its end
)

// instant is a moment in nanoseconds since 1970, 0 for none: a third of a time.Time, of which ten thousand files have several.
type instant int64

func instantOf(t time.Time) instant { return instant(t.UnixNano()) }

// IsZero reports that there is none.
func (i instant) IsZero() bool { return i == 0 }

func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i))
}

// file is one open file. A scan makes it when a glob finds it, whatever its name becomes it is read to its end, and it ends
// when it has had no name in any glob and nothing new for the rotate wait. One goroutine uses it at a time: a worker while it is
// read, else the following one. There may be ten thousands, so it is small.
type file struct {
	src     *source
	key     fileKey
	path    string // where it was last seen
	text    text
	archive *archive // the text of a compressed file, else nil

	dec    collector.Decoder // nil until it is needed
	parked *string           // the state of the decoder that the file had, nil for none
	lines  splitter
	last   string // the bytes before lastAt, as read: when the file no longer holds them, it was cut
	lastAt int64
	mark   string // the bytes before lines.start
	head   head   // the first bytes, as read
	first  string // the first bytes as they were when reading began, until the head is as long
	runs   []run  // lines that are not counted yet

	after    *file   // is read before this one: the file that had its name, or the rest of its own old content
	holder   *file   // had this file's name before, so it is not what this file was copied from
	original *file   // what this one is a copy of, in modeCopy
	took     *entry  // the known position that it began at
	cutAway  *entry  // what the last truncation left without a copy
	gone     instant // since when no glob finds it; none while one does
	grewAt   instant
	checked  instant       // when the head was looked at
	size     int64         // how much of a copy was found to be the same as its original
	offset   *atomic.Int64 // how much of it on disk is dealt with, for the status
	problem  error
	turn     int // when it was read last while it was behind

	sighted uint32 // the last scan that found it
	mode    mode
	found   event
	decoded bool // the decoder has seen a line since it was made, so that it knows offsets
	fresh   bool // lines were taken that no batch has the position of
	ended   bool // nothing more comes of this archive
	stirs   bool // the archive has changed since it was classified
	fromEnd bool // it was there when its source was started for the first time
	behind  bool // there was more to read in the last round
	stale   bool // its decoder is not set as its source is now
}

// begin starts reading at an offset that lies at the beginning of a line, with the bytes before it.
func (f *file) begin(offset int64, mark, head []byte) {
	f.lines.start, f.lines.at, f.lastAt = offset, offset, offset
	f.last = string(mark)
	f.mark = f.last
	f.head = newHead(head[:min(int64(len(head)), offset)])
	if f.first = ""; len(head) > f.head.size {
		f.first = string(head[:min(len(head), evidence)])
	}
	f.mode, f.original, f.decoded = modeRead, nil, false
	f.behind = true
}

// reset forgets the file's content after it was cut.
func (f *file) reset(maxLine int) {
	f.dec, f.parked, f.lines = nil, nil, splitter{max: maxLine}
	f.last, f.mark, f.head, f.first, f.runs = "", "", head{}, "", nil
	f.mode, f.decoded, f.fromEnd, f.fresh = modeNew, false, false, false
	f.lastAt, f.size, f.took, f.holder = 0, 0, nil, nil
	f.offset.Store(0)
}

// consumed is how far the decoder has got.
func (f *file) consumed() int64 { return f.lines.start }

// resume returns where the file must be read again after a crash, and the decoder's state there.
func (f *file) resume() (int64, []byte) {
	if f.parked != nil {
		return f.consumed(), []byte(*f.parked)
	}
	if f.dec == nil {
		return f.consumed(), nil
	}
	offset, state := f.dec.Resume()
	if !f.decoded || offset > f.consumed() || offset < 0 {
		offset = f.consumed() // a decoder that has seen no line can't know
	}
	return offset, state
}

// position says how far the file is stored once everything that was taken from it is committed.
func (f *file) position(now time.Time) collector.Position {
	offset, state := f.resume()
	if f.ended {
		state = nil // everything that it could say was said
	}
	p := collector.Position{
		ID: f.key.String(), Source: f.src.Name, Path: f.path, Device: f.key.device, Inode: f.key.inode,
		Offset: offset, Size: f.lines.at, HeadSize: int64(f.head.size), Head: f.head.hash(), State: state, UpdatedAt: now.UTC(),
	}
	if offset > 0 {
		p.TailHash = hash(f.markAt(offset))
	}
	return p
}

// beginsLike reports whether another file begins as this one did when it was looked at, as far as both are known.
func (f *file) beginsLike(other []byte) bool {
	if len(f.first) > f.head.size {
		n := min(len(other), len(f.first))
		return string(other[:n]) == f.first[:n]
	}
	return f.head.alike(other)
}

// startHash is by what the file is found as one that another may be a copy of; 0 where too little is known.
func (f *file) startHash() uint64 {
	if len(f.first) > f.head.size {
		return startOfString(f.first)
	}
	return f.head.startHash()
}

// markAt returns the bytes before an offset that may lie some lines back.
func (f *file) markAt(offset int64) []byte {
	if offset == f.consumed() {
		return []byte(f.mark)
	}
	mark, err := readBefore(f.text, offset, markSize)
	// Only a file that has not been cut meanwhile still says what those bytes were. For one that was, a mark that fits nothing
	// is right: it will be read from its beginning.
	if err != nil || !f.intact() {
		return []byte(f.mark)
	}
	return mark
}

// intact reports whether the file still holds what was read of it last.
func (f *file) intact() bool {
	last, err := readBefore(f.text, f.lastAt, len(f.last))
	return err == nil && string(last) == f.last && f.sameHead()
}

// sameHead reports whether the file still begins as it did. The ends of two lines are alike more often than the beginnings of
// two logs.
func (f *file) sameHead() bool {
	if f.head.size == 0 {
		return true
	}
	buf := f.src.scratch()
	defer f.src.heads.Put(buf)
	n, _ := f.text.ReadAt(buf[:f.head.size], 0) // what is missing is another head
	return n == f.head.size && f.head.begins(buf[:n])
}

// read fills buf with what comes next, behind the bytes before it, and returns the new part. cut says that the file no longer
// holds what was read of it.
func (f *file) read(buf []byte) (fresh []byte, overlap int, cut bool, err error) {
	overlap = len(f.last)
	n, err := f.text.some(buf, f.lines.at-int64(overlap))
	if err == nil && n < overlap { // only the text's end may be that near
		n, err = f.text.ReadAt(buf, f.lines.at-int64(overlap))
	}
	if errors.Is(err, io.EOF) || n > overlap && f.archive != nil { // what is wrong with an archive matters when all before it was read
		err = nil
	}
	if err != nil {
		return nil, overlap, false, err
	}
	if n < overlap || string(buf[:overlap]) != f.last {
		return nil, overlap, true, nil
	}
	return buf[overlap:n], overlap, false, nil
}

// remember keeps the last bytes of what was read: data is overlap and new bytes together.
func (f *file) remember(data []byte) {
	f.last = string(data[max(0, len(data)-markSize):])
	f.lastAt = f.lines.at
}

// extendHead keeps the first bytes of the file. It comes before the new bytes are decoded: a batch may be closed among them, and
// a position without a head would fit no file.
func (f *file) extendHead(fresh []byte) {
	if !f.head.whole() && int64(f.head.size) == f.lines.at {
		if f.head.extend(fresh); f.head.size >= len(f.first) {
			f.first = ""
		}
	}
}
