package finished

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestSameLinesHoweverTheLogIsKept(t *testing.T) {
	for name, text := range map[string]string{
		"many lines":      sample(5000),
		"one line":        "one\n",
		"no end":          sample(10) + "the last line has no break",
		"empty lines":     "\n\na\n\n",
		"a buffer's size": strings.Repeat("y", readSize-1) + "\n" + strings.Repeat("z", readSize) + "\nend\n",
	} {
		for form, data := range encodings(t, text) {
			for way, o := range map[string]Options{"file": {Name: write(t, data)}, "stdin": {Name: "-", Stdin: bytes.NewReader(data)}} {
				l := open(t, o)
				got, err := rest(l)
				if err != nil {
					t.Errorf("%s, %s, %s: %v", name, form, way, err)
				}
				if diff := gocmp.Diff(split(text), got); diff != "" {
					t.Errorf("%s, %s, %s: lines differ (-want +got):\n%.500s", name, form, way, diff)
				}
				if l.Offset() != int64(len(text)) || l.Consumed() != int64(len(data)) {
					t.Errorf("%s, %s, %s: offset %d of %d, consumed %d of %d", name, form, way, l.Offset(), len(text), l.Consumed(), len(data))
				}
				if want := strings.HasSuffix(text, "\n"); l.Terminated() != want {
					t.Errorf("%s, %s, %s: terminated = %t; want %t", name, form, way, l.Terminated(), want)
				}
			}
		}
	}
}

func TestEmptyLogHasNoLine(t *testing.T) {
	for form, data := range map[string][]byte{"plain": nil, "gzip": gzipped(t, ""), "zstd": zstandard(t, "")} {
		l := open(t, Options{Name: write(t, data)})
		if got, err := rest(l); len(got) != 0 || err != nil {
			t.Errorf("%s: lines of an empty log = %q, %v; want none", form, got, err)
		}
		if l.Resumable() {
			t.Errorf("%s: an empty log is resumable; want not, as every log begins like it", form)
		}
	}
}

func TestWhatBelongsToTheFileIsTakenOff(t *testing.T) {
	text := "\xef\xbb\xbffirst\r\n" + strings.Repeat("\x00", 3*readSize) + "second\n\xef\xbb\xbfthird\n"
	got, err := rest(open(t, Options{Name: write(t, []byte(text)), MaxLine: 64}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{"first", "second", "\xef\xbb\xbfthird"}, got); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}

func TestLongLineIsCutAndTheNextIsWhole(t *testing.T) {
	const most = 1000
	for _, size := range []int{most - 1, most, most + 1, readSize, 16 << 20} {
		text := strings.Repeat("a", size) + "\nnext\n"
		l := open(t, Options{Name: write(t, gzipped(t, text)), MaxLine: most})
		line, err := l.Next()
		if err != nil {
			t.Fatal(err)
		}
		if line.TooLong != (size > most) || len(line.Text) != min(size, most) || line.End != int64(size+1) || cap(l.carry) > 4*most {
			t.Errorf("line of %d bytes: too long = %t, %d bytes kept in %d, end %d; want at most %d", size, line.TooLong, len(line.Text), cap(l.carry), line.End, most)
		}
		if line, err = l.Next(); err != nil || string(line.Text) != "next" || line.TooLong {
			t.Errorf("the line after one of %d bytes = %q, %v; want it whole", size, line.Text, err)
		}
	}
}

func TestCutArchiveKeepsItsWholeLines(t *testing.T) {
	text := sample(3000)
	all := split(text)
	for form, data := range map[string][]byte{"gzip": gzipped(t, text[:9000], text[9000:]), "zstd": zstandard(t, text[:9000], text[9000:])} {
		most := 0
		for _, cut := range []int{3, 5, 12, len(data) / 3, len(data) / 2, len(data) - 9, len(data) - 1} {
			path := write(t, data[:cut])
			l, err := Open(t.Context(), Options{Name: path})
			if cut < 4 && form == "zstd" { // not enough to know it by
				continue
			}
			if err != nil {
				t.Fatalf("%s cut at %d: %v", form, cut, err)
			}
			got, err := rest(l)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "cut short") {
				t.Errorf("%s cut at %d of %d: error = %v; want one that names the file and says that it is cut short", form, cut, len(data), err)
			}
			for i := range got {
				if got[i] != all[i] {
					t.Fatalf("%s cut at %d: line %d = %q; want %q", form, cut, i, got[i], all[i])
				}
			}
			most = max(most, len(got))
			_ = l.Close()
		}
		if most < len(all)/4 {
			t.Errorf("%s: at most %d of %d lines came out of a cut archive; want what stands before the cut", form, most, len(all))
		}
	}
}

func TestSpoiledArchiveIsAnError(t *testing.T) {
	text := sample(3000)
	for form, data := range map[string][]byte{"gzip": gzipped(t, text), "zstd": zstandard(t, text), "garbage behind": append(gzipped(t, text), "garbage"...)} {
		spoiled := bytes.Clone(data)
		if form != "garbage behind" {
			spoiled[len(spoiled)/2] ^= 0x55
		}
		path := write(t, spoiled)
		_, err := rest(open(t, Options{Name: path}))
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error = %v; want a damaged archive that is named", form, err)
		}
	}
}

func TestWhatCanNotBeRead(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, path, want string
	}{
		{"missing", dir + "/none.log", "no such file"},
		{"directory", dir, "is a directory; name the files in it"},
		{"xz", write(t, []byte("\xfd7zXZ\x00....")), "compressed with xz"},
		{"bzip2", write(t, []byte("BZh91AY&SY")), "compressed with bzip2"},
	} {
		_, err := Open(t.Context(), Options{Name: c.path})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: error = %v; want %q and the name", c.name, err, c.want)
		}
	}
}

func TestBlockedReadEndsWithItsContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close() //nolint:errcheck // a pipe
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = io.WriteString(w, sample(100)) // the reader gives up at some time
		cancel()
	}()
	l, err := Open(ctx, Options{Name: "-", Stdin: r})
	for err == nil {
		_, err = l.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("reading a pipe that nothing comes from = %v; want the context's end", err)
	}
}

func TestNamedPipeIsAStream(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // only read
	if _, err := w.WriteString("a\nb\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l := &Log{name: "pipe", maxLine: defaultMaxLine, size: -1}
	if err := l.adopt(r); err != nil {
		t.Fatal(err)
	}
	if err := l.begin(interruptible(t.Context(), r)); err != nil {
		t.Fatal(err)
	}
	got, err := rest(l)
	if diff := gocmp.Diff([]string{"a", "b"}, got); diff != "" || err != nil || l.Size() != -1 || l.Resumable() {
		t.Errorf("lines of a pipe = %q, %v, size %d; want them from a stream", got, err, l.Size())
	}
}
