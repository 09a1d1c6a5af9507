package tail

import (
	"bytes"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// FuzzPosition starts the tailer with a position that the file may or may not bear out. It goes on behind a true one and reads the
// whole file with any other; each line comes once.
func FuzzPosition(f *testing.F) {
	text := []byte(callLine("a") + "other\n\n" + callLine("b") + "half")
	f.Add(text, int64(len(callLine("a"))), int64(300), true, true, []byte(`{"late":["x"]}`))
	f.Add(text, int64(len(callLine("a"))), int64(300), true, false, []byte(nil))
	f.Add(text, int64(3), int64(10), false, true, []byte("{"))
	f.Add([]byte("\xef\xbb\xbfa\r\n\x00\x00b\n"), int64(0), int64(0), true, false, []byte(nil))
	f.Add([]byte{}, int64(-1), int64(-5), false, false, []byte(nil))
	f.Fuzz(func(t *testing.T, text []byte, offset, headSize int64, head, mark bool, state []byte) {
		r := newRig(t, "app.log").append("app.log", string(text))
		p := collector.Position{ID: "file-1", Source: "test", Path: r.path("app.log"), Offset: offset, Size: offset, HeadSize: headSize, State: state}
		s, err := stat(p.Path)
		r.must(err)
		p.Device, p.Inode, p.Head, p.TailHash = s.key.device, s.key.inode, []byte("other"), []byte("other")
		size := int64(len(text))
		if head && headSize >= 0 && headSize <= size {
			p.Head = hash(text[:headSize])
		}
		within := offset >= 0 && offset <= size
		if mark && within {
			p.TailHash = hash(text[max(0, offset-markSize):offset])
		}
		r.sink.positions[p.ID] = p
		r.start().pass(batchAge * 4)
		if r.broken != nil {
			t.Fatalf("the tailer stopped: %v", r.broken)
		}
		from := int64(0)
		if head && headSize > 0 && headSize <= min(size, headSizeMost) && within && (mark || offset == 0) {
			from = lineStart(text, offset)
		}
		wantLines(t, text, r.saw, from)
	})
}

// lineStart is where the next line begins: the rest of one whose beginning was not seen is none.
func lineStart(text []byte, offset int64) int64 {
	if offset == 0 || text[offset-1] == '\n' {
		return offset
	}
	if n := bytes.IndexByte(text[offset:], '\n'); n >= 0 {
		return offset + int64(n) + 1
	}
	return int64(len(text))
}

// headSizeMost is the longest head that is looked at.
const headSizeMost = headSize

// wantLines wants each complete line behind from, once and in order.
func wantLines(t *testing.T, text []byte, saw []collector.Line, from int64) {
	t.Helper()
	at := from
	for _, l := range saw {
		if l.Start != at || l.End <= l.Start || l.End > int64(len(text)) || text[l.End-1] != '\n' {
			t.Fatalf("line at %d to %d of %q; want one from %d on", l.Start, l.End, text, at)
		}
		at = l.End
	}
	if rest := text[min(at, int64(len(text))):]; bytes.IndexByte(rest, '\n') >= 0 {
		t.Fatalf("read to %d of %q, from %d on; want every complete line", at, text, from)
	}
}
