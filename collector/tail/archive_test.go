package tail

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestArchiveReadsAsItsText compares reads of an archive, forward and back, with reads of the text.
func TestArchiveReadsAsItsText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < 3*archiveWindow+12345 {
		text.WriteString(strings.Repeat(string(rune('a'+rnd.IntN(26))), 1+rnd.IntN(300)) + "\n")
	}
	plain := strings.NewReader(text.String())
	for _, form := range []string{".gz", ".zst"} {
		r := newRig(t)
		r.write("x"+form, packed(t, form, text.String()[:100], text.String()[100:]))
		fd, err := openFile(r.path("x" + form))
		r.must(err)
		a, err := newArchive(fd)
		r.must(err)
		at := int64(0)
		for range 60 {
			switch rnd.IntN(10) {
			case 0:
				at = rnd.Int64N(int64(text.Len()) + 100)
			case 1:
				at = max(0, at-rnd.Int64N(archiveWindow))
			case 2:
				a.rest()
			}
			want, got := make([]byte, rnd.IntN(readSize)), []byte(nil)
			got = append(got, want...)
			n, wantErr := plain.ReadAt(want, at)
			m, err := a.ReadAt(got, at)
			if n != m || !bytes.Equal(want[:n], got[:m]) || errors.Is(wantErr, io.EOF) != errors.Is(err, io.EOF) {
				t.Fatalf("%s: ReadAt(%d bytes, %d) = %d, %v; want %d, %v", form, len(got), at, m, err, n, wantErr)
			}
			at += int64(m)
			if cap(a.buf) > 3*archiveWindow {
				t.Fatalf("%s: %d bytes are kept; want at most %d", form, cap(a.buf), 3*archiveWindow)
			}
		}
		if n, err := a.size(); n != int64(text.Len()) || err != nil {
			t.Errorf("%s: size = %d, %v; want %d", form, n, err, text.Len())
		}
		r.must(a.Close())
	}
}
