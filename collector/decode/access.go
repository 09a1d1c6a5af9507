package decode

import (
	"bytes"
	"strings"
)

// Proxies before the API write access logs: the request line in quotes, the status behind it, the host elsewhere on the line.

// apiHost is the API's host.
const apiHost = "api.anthropic.com"

// hostAside reports a request line of the API's whose host stands elsewhere on the line, as access logs print it.
func hostAside(text []byte) bool {
	i := bytes.Index(text, []byte(apiHost))
	if i < 0 || i > 0 && (isNameByte(text[i-1]) || text[i-1] == '.') || i+len(apiHost) < len(text) && isNameByte(text[i+len(apiHost)]) {
		return false
	}
	path := bytes.Index(text, []byte("POST /v1/messages"))
	return path > 0 && isQuote(text[path-1])
}

// timers reports the times that HAProxy writes before the status: 0/0/12/57/69.
func timers(word string) bool {
	return strings.Count(word, "/") == 4 && strings.Trim(word, "0123456789/+-") == ""
}

// accessSpent finds the time that a request took where HAProxy or Envoy writes it without a unit: as the last of its timers, or as the third
// figure behind the status and the flags. Source: HAProxy, HTTP log format; Envoy, default format string.
func accessSpent(text []byte) (seconds float64, ok bool) {
	figures, behind := 0, false
	for word := range bytes.FieldsSeq(text) {
		switch n, isFigure := digits(word); {
		case timers(string(word)):
			ms, ok := digits(bytes.TrimLeft(word[bytes.LastIndexByte(word, '/')+1:], "+"))
			return float64(ms) / 1000, ok
		case text[0] != '[':
		case bytes.HasPrefix(word, []byte("HTTP/")) && bytes.HasSuffix(word, []byte{'"'}):
			behind = true
		case behind && isFigure:
			if figures++; figures == 4 { // the status, the bytes of the request, those of the response
				return float64(n) / 1000, true
			}
		}
	}
	return 0, false
}
