package store

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// What the API's ids begin with.
const (
	requestPrefix = "req_"
	messagePrefix = "msg_"
)

// noSextet stands for a character that base64url does not have.
const noSextet = 0xff

// sextets are the values of base64url characters.
var sextets = func() (of [256]byte) {
	for i := range of {
		of[i] = noSextet
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		of[c] = byte(i)
	}
	return of
}()

// packID keeps an id of the API's usual shape, the prefix and base64url text, as the bytes of that text: a third shorter.
func packID(b []byte, prefix, id string) []byte {
	if id == "" {
		return packNull(b)
	}
	const longest = 256
	if text, ok := strings.CutPrefix(id, prefix); ok && len(text) <= longest {
		n := len(text) * 6 / 8
		from := len(b)
		b = binary.NativeEndian.AppendUint32(append(b, packedBlob), uint32(n)) //nolint:gosec // a few bytes
		if packed, ok := appendSextets(b, text); ok {
			return packed
		}
		b = b[:from]
	}
	return packText(b, id)
}

// appendSextets appends the bytes of base64url text; not ok where there are others that would come out the same.
func appendSextets(b []byte, text string) (packed []byte, ok bool) {
	for ; len(text) >= 4; text = text[4:] {
		v, w, x, y := sextets[text[0]], sextets[text[1]], sextets[text[2]], sextets[text[3]]
		if v|w|x|y == noSextet {
			return b, false
		}
		b = append(b, v<<2|w>>4, w<<4|x>>2, x<<6|y)
	}
	bits, held := uint32(0), 0
	for i := range len(text) {
		v := sextets[text[i]]
		if v == noSextet {
			return b, false
		}
		bits, held = bits<<6|uint32(v), held+6
		if held >= 8 {
			held -= 8
			b = append(b, byte(bits>>held)) //nolint:gosec // the low bits
		}
	}
	return b, held < 6 && bits&(1<<held-1) == 0
}

func unpackID(prefix string, c *cell) string {
	switch c.kind {
	case packedBlob:
		return prefix + base64.RawURLEncoding.EncodeToString(c.bytes)
	case packedText:
		return string(c.bytes)
	default:
		return ""
	}
}
