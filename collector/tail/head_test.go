package tail

import (
	"bytes"
	"testing"
)

// TestHead compares what is remembered of a beginning, however it came to be known, with texts that begin like it and with others.
func TestHead(t *testing.T) {
	text := make([]byte, 2*headSize)
	for i := range text {
		text[i] = byte(i*7 + i/251)
	}
	for _, size := range []int{0, 1, headKept, evidence - 1, evidence, headSize - 1, headSize, headSize + 1, len(text)} {
		for _, step := range []int{1, 100, len(text)} {
			var h head
			for at := 0; at < size; at += step {
				h.extend(text[at:min(size, at+step)])
			}
			known := min(size, headSize)
			if h.size != known || !h.begins(text) || h.whole() != (known == headSize) {
				t.Fatalf("head of %d bytes by %d: size %d, begins %t, whole %t; want size %d, begins true", size, step, h.size, h.begins(text), h.whole(), known)
			}
			if want := hash(text[:known]); known > 0 && !bytes.Equal(h.hash(), want) || known == 0 && h.hash() != nil {
				t.Errorf("head of %d bytes by %d: hash %x; want %x", size, step, h.hash(), want)
			}
			if want := startOf(text[:known]); h.startHash() != want {
				t.Errorf("head of %d bytes by %d: startHash() = %x; want %x", size, step, h.startHash(), want)
			}
			otherHeads(t, &h, text)
		}
	}
}

// otherHeads holds that a text with one other byte is told from the head, as far as both are known.
func otherHeads(t *testing.T, h *head, text []byte) {
	t.Helper()
	for _, at := range []int{0, headKept - 1, headKept, evidence - 1, evidence, headSize - 1} {
		other := bytes.Clone(text)
		other[at]++
		if got, want := h.begins(other), at >= h.size; got != want {
			t.Errorf("head of %d bytes: begins(text that differs at %d) = %t; want %t", h.size, at, got, want)
		}
		for _, n := range []int{headKept, evidence, headSize} {
			// Of a whole head only some lengths can be compared.
			if want := at >= min(n, h.size); h.alike(other[:n]) != want {
				t.Errorf("head of %d bytes: alike(%d bytes that differ at %d) = %t; want %t", h.size, n, at, h.alike(other[:n]), want)
			}
		}
	}
}
