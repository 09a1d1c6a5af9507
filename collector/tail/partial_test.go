package tail

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPartialLineWaits(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").append("app.log", "call b").start().pass(time.Minute).want("a")
	r.append("app.log", "c").pass(time.Minute).want("a")
	r.append("app.log", "\n").pass(time.Second).want("a", "bc")
}

func TestPartialLineSurvivesACrash(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").append("app.log", "call b").start().pass(2 * time.Second)
	r.crash()
	r.start().pass(2*time.Second).append("app.log", "c\n").pass(time.Second)
	r.want("a", "bc")
}

func TestLineShapes(t *testing.T) {
	r := newRig(t, "app.log")
	r.append("app.log", "\xef\xbb\xbfcall a\r\n\r\n\ncall b \x00 \xff\xfe\n\x00\x00call c\n").start().pass(time.Second)
	r.want("a", "b", "c")
	var got []string
	for _, line := range r.saw {
		got = append(got, fmt.Sprintf("%d-%d %q", line.Start, line.End, line.Text))
	}
	want := []string{`0-11 "call a"`, `11-13 ""`, `13-14 ""`, `14-26 "call b \x00 \xff\xfe"`, `26-35 "call c"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestLongLineIsHandedOverOnceAndCut(t *testing.T) {
	r := newRig(t, "app.log")
	r.opts.MaxLine = 1000
	long := "call long " + strings.Repeat("y", 3<<20)
	r.append("app.log", long).start().pass(time.Second)
	if n := cap(r.tailer.order[0].lines.carry); n > 4096 {
		t.Errorf("memory for the open line = %d bytes; want about %d", n, 1000)
	}
	r.append("app.log", "\ncall b\n").pass(time.Second).want("long", "b")
	if l := r.saw[0]; !l.TooLong || len(l.Text) != 1000 || l.End != int64(len(long))+1 {
		t.Errorf("long line = %d bytes, TooLong %t, end %d; want 1000, true, %d", len(l.Text), l.TooLong, l.End, len(long)+1)
	}
	if r.saw[1].TooLong {
		t.Error("the line after a long one is TooLong; want it whole")
	}
}

// TestSplitterDoesNotCareForReads checks that lines are the same however the file is cut into reads.
func TestSplitterDoesNotCareForReads(t *testing.T) {
	property := func(text []byte, cuts []uint8) bool {
		for i := range text { // make line breaks and NULs likely
			text[i] = "\n\x00\rab"[text[i]%5]
		}
		return slices.Equal(splitAt(text, nil), splitAt(text, cuts))
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func splitAt(text []byte, cuts []uint8) []string {
	s := splitter{max: 5}
	var got []string
	feed := func(data []byte) {
		for {
			line, rest, ok := s.next(data)
			if !ok {
				return
			}
			got = append(got, fmt.Sprintf("%d %d %t %q", line.Start, line.End, line.TooLong, line.Text))
			data = rest
		}
	}
	for _, c := range cuts {
		n := min(int(c%8), len(text))
		feed(text[:n])
		text = text[n:]
	}
	feed(text)
	return got
}
