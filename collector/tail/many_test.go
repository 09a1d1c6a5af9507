package tail

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// heap is what is in use after a collection, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (r *rig) manyFiles(n int) []string {
	r.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint("c", i)
		r.write(fmt.Sprintf("%d.log", i), []byte(callLine(ids[i])))
	}
	return ids
}

func TestTwoThousandFilesAtOnce(t *testing.T) {
	r := newRig(t, "*.log")
	want := r.manyFiles(2000)
	r.start().pass(time.Second)
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%.2000s", diff)
	}
	r.restart()
	for i := range 2000 {
		if i%100 == 0 {
			r.calls(fmt.Sprintf("%d.log", i), fmt.Sprint("more", i))
			want = append(want, fmt.Sprint("more", i))
		}
	}
	r.pass(2 * time.Second)
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls after a restart (-want +got):\n%.2000s", diff)
	}
}

// TestTenThousandFilesInFlatMemory follows files that were read before, as after a restart: little for each, and no decoder.
func TestTenThousandFilesInFlatMemory(t *testing.T) {
	r := newRig(t, "*.log")
	r.opts.Sources[0].Globs = append(r.opts.Sources[0].Globs, r.path("*.gz"))
	const n = 10_000
	want := r.manyFiles(n * 99 / 100)
	archive := packed(t, ".gz", "nothing of interest\n")
	for i := range n / 100 {
		r.write(fmt.Sprintf("%d.gz", i), archive)
	}
	r.start().pass(time.Second)
	r.crash()
	r.sink.batches = nil
	before := heap()
	r.start().opts.Positions = nil // only the tailer's own memory counts
	r.pass(time.Second)
	used := heap() - before
	t.Logf("%d files: %d bytes of heap for each", n, used/n)
	if most := int64(3 << 9); used/n > most {
		t.Errorf("heap = %d bytes for each file; want at most %d", used/n, most)
	}
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%.2000s", diff)
	}
}

func TestTinyFiles(t *testing.T) {
	r := newRig(t, "*.log")
	var want []string
	for size := range 11 {
		r.write(fmt.Sprintf("%d.log", size), []byte("call a\nxyz"[:size]))
		if size >= 7 {
			want = append(want, "a")
		}
	}
	r.start().pass(10 * time.Second).want(want...)
	r.restart().pass(10 * time.Second).want(want...)
	for size := range 11 { // what was begun is finished
		rest := "call a\nxyz\n"[size:]
		r.append(fmt.Sprintf("%d.log", size), rest)
		if size < 7 {
			want = append(want, "a")
		}
	}
	r.pass(10 * time.Second).want(want...)
	r.restart().pass(10 * time.Second).want(want...)
}

// TestHugeLinesInBoundedMemory reads lines of 50 MB, one after the other.
func TestHugeLinesInBoundedMemory(t *testing.T) {
	r := newRig(t, "app.log")
	part := strings.Repeat("y", 1<<20)
	f, err := os.OpenFile(r.path("app.log"), os.O_CREATE|os.O_WRONLY, 0o600)
	r.must(err)
	for i := range 2 {
		_, err = fmt.Fprintf(f, "call long%d ", i)
		r.must(err)
		for range 50 {
			_, err = f.WriteString(part)
			r.must(err)
		}
		_, err = f.WriteString("\ncall after\n")
		r.must(err)
	}
	r.must(f.Close())
	before := heap()
	r.start()
	for more, most := true, int64(0); more; {
		more, err = r.tailer.step(t.Context())
		r.must(err)
		if most = max(most, heap()-before); most > 16<<20 {
			t.Fatalf("heap = %d MB while lines of 50 MB are read; want at most 16", most>>20)
		}
	}
	r.pass(time.Second).want("long0", "after", "long1", "after")
	for i, want := range []bool{true, false, true, false} {
		if l := r.saw[i]; l.TooLong != want || len(l.Text) > defaultMaxLine {
			t.Errorf("line %d: TooLong %t, %d bytes; want %t, at most %d", i, l.TooLong, len(l.Text), want, defaultMaxLine)
		}
	}
}
