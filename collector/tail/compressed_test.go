package tail

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lines is a text of a call for each id.
func lines(ids ...string) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(callLine(id))
	}
	return b.String()
}

// pack replaces a log by its archive, as logrotate does.
func (r *rig) pack(name, form string) *rig {
	r.t.Helper()
	text, err := os.ReadFile(r.path(name))
	r.must(err)
	info, err := os.Stat(r.path(name))
	r.must(err)
	r.must(os.WriteFile(r.path(name+form), packed(r.t, form, string(text)), 0o600))
	r.must(os.Chtimes(r.path(name+form), info.ModTime(), info.ModTime()))
	r.must(os.Remove(r.path(name)))
	return r
}

func (r *rig) write(name string, data []byte) *rig {
	r.t.Helper()
	r.must(os.WriteFile(r.path(name), data, 0o600))
	return r
}

func (r *rig) restart() *rig {
	r.t.Helper()
	r.crash()
	return r.start()
}

func TestBacklogIsReadOnceAndInOrder(t *testing.T) {
	r := newRig(t, "app.log*")
	r.opts.Workers = 4
	r.write("app.log.10.gz", packed(t, ".gz", lines("a"), lines("b"))). // two members, as from cat
										write("app.log.9.zst", packed(t, ".zst", lines("c", "d"))).
										write("app.log.2.gz", packed(t, ".gz", lines("e")+"call f without an end")).
										calls("app.log.1", "g").calls("app.log", "h")
	old := r.now.Add(-time.Hour) // what was unpacked from a backup has one time for all
	for _, name := range []string{"app.log.10.gz", "app.log.9.zst", "app.log.2.gz", "app.log.1", "app.log"} {
		r.must(os.Chtimes(r.path(name), old, old))
	}
	want := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	r.start().pass(2 * time.Second).want(want...)
	if n := r.sink.counts["lines script"]; n != 8 {
		t.Errorf("lines counted = %d; want 8", n)
	}
	r.restart().pass(10 * time.Second).want(want...)
	for _, n := range []int{10, 9, 2} { // logrotate moves on
		for _, form := range []string{".gz", ".zst"} {
			_ = os.Rename(r.path(fmt.Sprintf("app.log.%d%s", n, form)), r.path(fmt.Sprintf("app.log.%d%s", n+1, form)))
		}
	}
	r.pass(10 * time.Second).want(want...)
	r.restart().pass(10 * time.Second).want(want...)
	data, err := os.ReadFile(r.path("app.log.10.zst"))
	r.must(err)
	r.write("app.log.20.zst", data).restart().pass(10 * time.Second).want(want...) // a copy has another inode
	r.wantLog("level=WARN", 0)
	if n := len(r.sink.positions); n > 3+3+2 {
		t.Errorf("positions stored = %d; want one for each log and two for each archive at most", n)
	}
}

// An archive that was read to its end costs nothing after a restart but a look at its ends.
func TestReadArchiveIsNotUnpackedAgain(t *testing.T) {
	r := newRig(t, "app.log*")
	var ids []string
	for i := range 5000 {
		ids = append(ids, fmt.Sprint(i))
	}
	r.write("app.log.1.gz", packed(t, ".gz", lines(ids...))).start().pass(2 * time.Second)
	r.restart().poll()
	if f := r.tailer.order[0]; f.mode != modeDone || f.archive.raw.N != 0 {
		t.Errorf("after a restart mode = %d, %d bytes unpacked; want %d, 0", f.mode, f.archive.raw.N, modeDone)
	}
	if s := r.tailer.Status()[0]; s.LagBytes != 0 || len(s.Errors) != 0 {
		t.Errorf("status = %+v; want no lag and no error", s)
	}
}

func TestLogThatIsCompressedAfterItWasRead(t *testing.T) {
	for _, form := range []string{".gz", ".zst"} {
		for _, short := range []bool{false, true} {
			t.Run(fmt.Sprint(form, short), func(t *testing.T) {
				r := newRig(t, "app.log*")
				first := lines("a", "b")
				if short { // too short to be known by its beginning alone
					first = "call a\ncall b\n"
				}
				r.append("app.log", first).start().pass(time.Second).want("a", "b")
				r.rename("app.log", "app.log.1")
				r.calls("app.log", "c").pass(time.Second).pack("app.log.1", form).pass(10*time.Second).want("a", "b", "c")
				r.restart().pass(10*time.Second).want("a", "b", "c")
			})
		}
	}
}

func TestLogThatIsCompressedWhileItIsRead(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a").append("app.log", "begin b\n").start().pass(time.Second).want("a")
	r.append("app.log", "end b\n").calls("app.log", "c").append("app.log", "late d\n")
	r.rename("app.log", "app.log.1")
	r.calls("app.log", "e")
	r.pack("app.log.1", ".gz").pass(10 * time.Second)
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
}

func TestLogThatIsCompressedWhileDown(t *testing.T) {
	for _, form := range []string{".gz", ".zst"} {
		r := newRig(t, "app.log*")
		r.calls("app.log", "a").append("app.log", "begin b\n").start().pass(2 * time.Second).want("a")
		r.crash()
		r.append("app.log", "end b\n").calls("app.log", "c")
		r.rename("app.log", "app.log.1")
		r.pack("app.log.1", form).calls("app.log", "d")
		r.start().pass(10*time.Second).want("a", "b", "c", "d")
		r.wantLog("replaced or cut", 0)
		r.restart().pass(10*time.Second).want("a", "b", "c", "d")
	}
}

func TestCrashWithinAnArchive(t *testing.T) {
	r := newRig(t, "app.log*")
	var ids []string
	for i := range 3*maxCalls + 7 {
		ids = append(ids, fmt.Sprint("c", i))
	}
	batches := 0
	r.sink.fail = func() error {
		if batches++; batches > 2 {
			return errDisk
		}
		return nil
	}
	r.write("app.log.1.gz", packed(t, ".gz", lines(ids...))).start().pass(time.Second)
	if n := len(r.sink.stored()); n == 0 || n >= len(ids) {
		t.Fatalf("%d calls stored before the crash; want some of %d", n, len(ids))
	}
	r.crash()
	r.sink.fail = nil
	r.rename("app.log.1.gz", "app.log.2.gz")
	r.start().pass(2 * time.Second).want(ids...)
	r.restart().pass(2 * time.Second).want(ids...)
}

func TestArchiveInTheMaking(t *testing.T) {
	var ids []string
	for i := range 400 {
		ids = append(ids, fmt.Sprint("c", i))
	}
	for _, form := range []string{".gz", ".zst"} {
		t.Run(form, func(t *testing.T) {
			data := packed(t, form, lines(ids[:150]...), lines(ids[150:]...))
			r := newRig(t, "app.log*")
			r.start()
			done := 0
			for _, end := range []int{1, 3, 10, len(data) / 2, len(data) * 3 / 4, len(data)} {
				r.append("app.log.1"+form, string(data[done:end])).pass(2 * time.Second)
				done = end
			}
			r.pass(10 * time.Second).want(ids...)
			r.restart().pass(10 * time.Second).want(ids...)
			r.append("app.log.1"+form, string(packed(t, form, lines("more")))).pass(10 * time.Second).want(append(ids, "more")...)
		})
	}
}

func TestDamagedArchive(t *testing.T) {
	ids := []string{"a", "b", "c", "d", "e", "f"}
	whole := packed(t, ".gz", lines(ids[:3]...), lines(ids[3:]...))
	spoiled := bytes.Clone(whole)
	for i := len(packed(t, ".gz", lines(ids[:3]...))) + 2; i < len(spoiled); i++ {
		spoiled[i] = 0x55
	}
	for name, data := range map[string][]byte{"cut short": whole[:len(whole)-9], "spoiled": spoiled, "garbage behind": append(bytes.Clone(whole), "garbage"...)} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "app.log*")
			r.write("app.log.1.gz", data).start().pass(time.Minute)
			r.wantLog("the archive is damaged", 1)
			got := r.sink.stored()
			if len(got) < 3 || !slices.Equal(got, ids[:len(got)]) {
				t.Fatalf("stored calls = %v; want those before the damage", got)
			}
			if s := r.tailer.Status()[0]; len(s.Errors) != 1 || s.LagBytes != 0 {
				t.Errorf("status = %+v; want an error and no lag", s)
			}
			n := r.tailer.order[0].archive.raw.N
			r.pass(time.Minute)
			if again := r.tailer.order[0].archive.raw.N; again != n {
				t.Errorf("bytes unpacked = %d, before %d; want no more while the archive is the same", again, n)
			}
			r.restart().pass(time.Minute).want(got...)
			r.wantLog("the archive is damaged", 2) // once in each life
			r.write("app.log.1.gz", whole).pass(time.Minute).want(ids...)
			if s := r.tailer.Status()[0]; len(s.Errors) != 0 {
				t.Errorf("errors = %v; want none once it is whole", s.Errors)
			}
		})
	}
}

// A banner makes the beginnings of all generations alike.
func TestArchivesThatBeginAlike(t *testing.T) {
	banner := strings.Repeat("#", 4<<10) + "\n"
	r := newRig(t, "app.log*")
	r.append("app.log", banner).calls("app.log", "c").start().pass(time.Second)
	r.write("app.log.3.gz", packed(t, ".gz", banner+lines("a"))).write("app.log.2.gz", packed(t, ".gz", banner+lines("b"))).pass(20 * time.Second)
	if diff := cmp.Diff([]string{"a", "b", "c"}, sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s\n%s", diff, r.log.String())
	}
}

func TestEmptyArchive(t *testing.T) {
	r := newRig(t, "app.log*")
	r.write("app.log.1.gz", packed(t, ".gz", "")).start().pass(10 * time.Second).want()
	if f := r.tailer.order[0]; f.mode != modeDone {
		t.Errorf("mode = %d; want %d", f.mode, modeDone)
	}
	r.wantLog("level=WARN", 0)
}

func TestBacklogBeforeTheStart(t *testing.T) {
	r := newRig(t, "app.log*")
	r.opts.Sources[0].FromEnd = true
	r.write("app.log.1.gz", packed(t, ".gz", lines("old"))).calls("app.log", "old too").start().pass(2 * time.Second).want()
	r.calls("app.log", "a").pass(time.Second).want("a")
	r.restart().pass(2 * time.Second).want("a")
	r.write("app.log.0.gz", packed(t, ".gz", lines("later"))).pass(2*time.Second).want("a", "later")
}

func TestArchiveThatIsDeletedWhileItIsRead(t *testing.T) {
	r := newRig(t, "app.log*")
	var ids []string
	for i := range 2 * alone / 310 {
		ids = append(ids, fmt.Sprint("c", i))
	}
	r.write("app.log.1.gz", packed(t, ".gz", lines(ids...))).start()
	if more, err := r.tailer.step(t.Context()); err != nil || !more {
		t.Fatalf("step() = %t, %v; want more to read", more, err)
	}
	r.must(os.Remove(r.path("app.log.1.gz")))
	r.pass(10 * time.Second).want(ids...)
	if n := len(r.tailer.files); n != 0 {
		t.Errorf("open files = %d; want 0", n)
	}
}
