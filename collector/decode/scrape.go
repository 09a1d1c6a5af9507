package decode

import (
	"bytes"
)

// maxValue bounds the search for a value's end, so that a hostile text costs no more than its length.
const maxValue = 256

// scrapeHeaders finds headers in text, however a language prints them: a raw block, a Python dict or list of tuples (of bytes, too), a
// Go, JavaScript or Elixir map. It calls add with each name that header knows and its value.
func scrapeHeaders(text []byte, add func(name, value []byte)) {
	for i := 0; i < len(text); {
		if !isNameByte(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && isNameByte(text[i]) {
			i++
		}
		name := text[start:i]
		if len(name) > 80 || !wantedHeader(name) {
			continue
		}
		value, end := scrapeValue(text, i)
		if end > i {
			add(name, value)
			i = end
		}
	}
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// wantedHeader reports whether a name is that of a header which means something.
func wantedHeader(name []byte) bool {
	if len(name) >= len("llm_provider-") && bytes.EqualFold(name[:13], []byte("llm_provider-")) {
		name = name[13:]
	}
	switch len(name) {
	case 4:
		return bytes.EqualFold(name, []byte("date"))
	case 10:
		return bytes.EqualFold(name, []byte("request-id"))
	case 11:
		return bytes.EqualFold(name, []byte("retry-after"))
	case 14:
		return bytes.EqualFold(name, []byte("retry-after-ms"))
	default:
		return len(name) > 10 && bytes.EqualFold(name[:9], []byte("anthropic")) && (name[9] == '-' || name[9] == '_')
	}
}

// scrapeValue reads what follows a header's name at i: separators, then a value in quotes, in brackets or up to the end of the line or
// list. end is i where no value follows.
func scrapeValue(text []byte, i int) (value []byte, end int) {
	start, separated, bracket := i, false, false
	quote := byte(0)
	for ; i < len(text) && i-start < 12 && quote == 0; i++ {
		switch c := text[i]; c {
		case ':', '=', ',':
			if separated {
				return text[start:start], start
			}
			separated = true
			if c == '=' && i+1 < len(text) && text[i+1] == '>' {
				i++
			}
		case '[', '(':
			bracket = true
		case '\'', '"':
			if separated {
				quote = c
			}
		case ' ', '\t', '\\':
		case 'b':
			if i+1 >= len(text) || text[i+1] != '\'' {
				return unquoted(text, start, i, bracket, separated)
			}
		default:
			return unquoted(text, start, i, bracket, separated)
		}
	}
	if quote == 0 {
		return text[start:start], start
	}
	n := bytes.IndexByte(text[i:min(len(text), i+maxValue)], quote)
	if n < 0 {
		return text[start:start], start
	}
	return bytes.TrimRight(text[i:i+n], `\`), i + n + 1
}

// unquoted reads a value without quotes that begins at i.
func unquoted(text []byte, start, i int, bracket, separated bool) (value []byte, end int) {
	if !separated {
		return text[start:start], start
	}
	stops, isDate := "\r\n,}'\"", false
	switch {
	case bracket:
		stops = "])"
	case isLetter(text[i]) && bytes.IndexByte(text[i:min(len(text), i+64)], ',') == 3: // a date: Tue, 02 Dec 2025 14:34:22 GMT
		stops, isDate = "\r\n}'\"", true
	}
	rest := text[i:min(len(text), i+maxValue)]
	n := bytes.IndexAny(rest, stops)
	if end := bytes.Index(rest, []byte(" GMT,")); isDate && end >= 0 && (n < 0 || end < n) { // other headers follow
		n = end + len(" GMT")
	}
	switch {
	case n < 0 && len(rest) == maxValue:
		return text[start:start], start
	case n < 0:
		n = len(rest)
	}
	return bytes.TrimSpace(rest[:n]), i + n
}
