package tail

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// heavyDecoder is a scriptDecoder of the size of a real one.
type heavyDecoder struct {
	scriptDecoder
	learned [16 << 10]byte
}

func (d *heavyDecoder) Decode(line collector.Line, now time.Time) collector.Outcome {
	d.learned[len(line.Text)%len(d.learned)]++
	return d.scriptDecoder.Decode(line, now)
}

// TestFewDecodersForManyFiles lets files grow by turns, some of which hold a record open: only those need a decoder of their own.
func TestFewDecodersForManyFiles(t *testing.T) {
	r := newRig(t, "*.log")
	var made atomic.Int64
	r.opts.Sources[0].NewDecoder = func() collector.Decoder {
		made.Add(1)
		return &heavyDecoder{}
	}
	const n, open = 2000, 20
	var want []string
	for i := range n {
		id := fmt.Sprint(i)
		r.calls(id+".log", id)
		want = append(want, id)
		if i < open {
			r.append(id+".log", "late held"+id+"\nbegin open"+id+"\n")
		}
	}
	before := heap()
	r.start().pass(time.Second)
	r.sink.batches = nil
	used := heap() - before
	if most := int64(4 << 10); used/n > most {
		t.Errorf("heap = %d bytes for each file; want at most %d", used/n, most)
	}
	own := 0
	for _, f := range r.tailer.order {
		if f.dec != nil {
			own++
		}
	}
	if own != open {
		t.Errorf("%d files have a decoder of their own; want the %d that hold a record open", own, open)
	}
	for i := range n {
		id := fmt.Sprint(i)
		if i < open {
			r.append(id+".log", "end open"+id+"\n")
			want = append(want, "held"+id, "open"+id)
		} else if i%10 == 0 {
			r.calls(id+".log", "more"+id)
			want = append(want, "more"+id)
		}
	}
	r.pass(time.Second)
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%.2000s", diff)
	}
	if most := int64(maxSpares + open + r.tailer.opts.Workers); made.Load() > most {
		t.Errorf("%d decoders were made for %d files; want at most %d", made.Load(), n, most)
	}
	for _, f := range r.tailer.order {
		if f.dec != nil {
			t.Errorf("%s keeps a decoder that holds nothing", f.path)
		}
	}
}

// TestSparesStayWithTheirFiles holds that a file gets the decoder again that has learned from its lines, as new.
func TestSparesStayWithTheirFiles(t *testing.T) {
	var s spares
	decs := map[fileKey]*scriptDecoder{}
	for i := range uint64(leastSpares) {
		key := fileKey{1, i}
		if s.get(key) != nil {
			t.Fatalf("get(%v) with %d spares = a decoder; want none", key, i)
		}
		decs[key] = &scriptDecoder{}
		s.put(decs[key], key)
	}
	decs[fileKey{1, 7}].state.Skip = 3
	if got := s.get(fileKey{1, 7}); got != decs[fileKey{1, 7}] || decs[fileKey{1, 7}].state.Skip != 0 {
		t.Errorf("get(7) = %v; want the decoder of file 7, as new", got)
	}
	s.put(decs[fileKey{1, 7}], fileKey{1, 7})
	if got := s.get(fileKey{2, 0}); got == nil || got == decs[fileKey{1, 7}] {
		t.Errorf("get(another) = %v; want the decoder that was put first", got)
	}
	if s.drop(); s.get(fileKey{1, 7}) != nil {
		t.Error("get(7) after drop = a decoder; want none")
	}
}

// TestSparesOfOldSettings holds that a decoder which no file needed when its source's settings changed is not used again.
func TestSparesOfOldSettings(t *testing.T) {
	r := newRig(t)
	r.opts.Sources = []Source{r.source("old", "*.log")}
	r.calls("app.log", "a").start().pass(time.Second)
	next := r.source("new", "*.log")
	r.set(next)
	r.calls("app.log", "b").pass(time.Second)
	if diff := cmp.Diff(map[string]string{"a": "old", "b": "new"}, r.apps()); diff != "" {
		t.Errorf("apps of the calls (-want +got):\n%s", diff)
	}
}
