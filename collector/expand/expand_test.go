package expand

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestRecognise(t *testing.T) {
	for head, want := range map[string]Format{
		"": Plain, "{\"time\"": Plain, "\x1f\x8b\x08": Gzip, "\x28\xb5\x2f\xfd\x04": Zstd, "\xfd7zXZ\x00": "xz", "BZh9": "bzip2", "\x28\xb5": Plain,
	} {
		if got := Recognise([]byte(head)); got != want {
			t.Errorf("Recognise(%q) = %s; want %s", head, got, want)
		}
	}
	for head, want := range map[string]bool{"\x1f": true, "\x28\xb5\x2f": true, "\x1f\x8b": false, "(a": false, "B": false} {
		if got := MayBecome([]byte(head)); got != want {
			t.Errorf("MayBecome(%q) = %t; want %t", head, got, want)
		}
	}
}

func TestArchiveCutAnywhereGivesWhatStandsBeforeTheCut(t *testing.T) {
	text := strings.Repeat("some text that is long enough\n", 300)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, text)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	for cut := 2; cut < packed.Len(); cut++ {
		m := &Meter{R: bytes.NewReader(packed.Bytes()[:cut])}
		r, err := Open(m)
		if err != nil {
			t.Fatalf("Open(%d bytes) = %v; want nil", cut, err)
		}
		got, err := io.ReadAll(r)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(text, string(got)) || m.N != int64(cut) {
			t.Fatalf("read of %d of %d bytes = %d bytes, %v, %d taken; want the beginning of the text and %v", cut, packed.Len(), len(got), err, m.N, io.ErrUnexpectedEOF)
		}
		r.Close()
		if _, err := r.Read(make([]byte, 1)); err == nil {
			t.Fatal("read after Close = nil; want an error")
		}
	}
}
