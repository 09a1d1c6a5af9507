package decode

import "bytes"

// uncoloured takes the colours of a terminal off a line: console loggers write them into files, too.
func uncoloured(text []byte) []byte {
	i := bytes.IndexByte(text, 0x1b)
	if i < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for ; i >= 0; i = bytes.IndexByte(text, 0x1b) {
		out = append(out, text[:i]...)
		text = text[i+1:]
		if len(text) == 0 || text[0] != '[' {
			continue
		}
		n := 1
		for n < len(text) && n < 16 && (isDigit(text[n]) || text[n] == ';') {
			n++
		}
		if n < len(text) {
			n++ // the letter that ends it
		}
		text = text[n:]
	}
	return append(out, text...)
}
