package decode

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// maxDepth is how deep a JSON document may nest.
const maxDepth = 64

// maxInner is how many times JSON may stand inside a string of JSON.
const maxInner = 4

// kind is the kind of a JSON scalar.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
)

// scalar is a JSON value that is no container. raw is the literal, of a string what stands between the quotes, escapes and all.
type scalar struct {
	kind kind
	raw  []byte
}

// text returns a string's value; of other kinds the literal.
func (s scalar) text() string {
	if s.kind != kindString || bytes.IndexByte(s.raw, '\\') < 0 {
		return string(s.raw)
	}
	return string(unescape(s.raw))
}

// unescape resolves the escapes of a JSON string; a broken one leaves the text as it is.
func unescape(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			j := bytes.IndexByte(raw[i:], '\\')
			if j < 0 {
				j = len(raw) - i
			}
			out = append(out, raw[i:i+j]...)
			i += j
			continue
		}
		if i+1 == len(raw) {
			break
		}
		n := 2
		switch c := raw[i+1]; c {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'b', 'f':
			out = append(out, ' ')
		case 'u':
			out, n = unescapeUnicode(out, raw[i:])
		default:
			out = append(out, c)
		}
		i += n
	}
	return out
}

// unescapeUnicode reads a \u escape at the start of raw, a surrogate pair as one rune. It returns how many bytes it took.
func unescapeUnicode(out, raw []byte) ([]byte, int) {
	n := 6
	if len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
		n = 12
	}
	var s string
	for ; n >= 6 && n <= len(raw); n -= 6 {
		if json.Unmarshal([]byte(`"`+string(raw[:n])+`"`), &s) == nil && (n == 6 || utf8.RuneCountInString(s) == 1) {
			return append(out, s...), n
		}
	}
	return utf8.AppendRune(out, utf8.RuneError), min(2, len(raw))
}

// field is where a value stands: its key, or in an array its index.
type field struct {
	key   []byte
	role  role
	index int
	usual *keyInfo // what is known of the key, if it is a usual one
}

// walker reads one JSON document in a single pass, without a tree. It checks structure; it is lenient about control characters,
// UTF-8 and the spelling of numbers, which are checked where they are used.
type walker struct {
	b     []byte
	i     int
	depth int
	plain bool    // no escape stands in b
	v     *record // is told what the walk meets; no interface, so that frames stay on the stack
}

func (w *walker) syntax(what string) error {
	return reject(RejectedJSON, "%s at byte %d", what, w.i)
}

func (w *walker) space() {
	for w.i < len(w.b) && w.b[w.i] <= ' ' {
		w.i++
	}
}

// value reads the value that starts at w.i.
func (w *walker) value(parent *frame, f field) error {
	w.space()
	if w.i >= len(w.b) {
		return w.syntax("unexpected end")
	}
	switch c := w.b[w.i]; c {
	case '{', '[':
		return w.container(parent, f, c == '[')
	default:
		s, err := w.leaf()
		if err == nil {
			w.v.scalar(parent, f, s)
		}
		return err
	}
}

func (w *walker) container(parent *frame, f field, array bool) error {
	if f.role >= roleSpent && w.v.peek(f, w.b[w.i:]) {
		start := w.i
		err := w.skip()
		if err == nil {
			w.v.peeked(parent, f, w.b[start:w.i], w.depth)
		}
		return err
	}
	var fr frame
	if !w.v.enter(&fr, parent, f, array) {
		start := w.i
		err := w.skip()
		if err == nil {
			w.v.subtree(parent, f, w.b[start:w.i], w.depth)
		}
		return err
	}
	if w.depth++; w.depth > maxDepth {
		return reject(RejectedDepth, "more than %d levels", maxDepth)
	}
	w.i++
	err := w.members(&fr, array)
	w.depth--
	if err == nil {
		w.v.leave(&fr)
	}
	return err
}

// members reads a container's contents and its closing bracket.
func (w *walker) members(fr *frame, array bool) error {
	closing := byte('}')
	if array {
		closing = ']'
	}
	for n := 0; ; n++ {
		w.space()
		if w.i >= len(w.b) {
			return w.syntax("unexpected end")
		}
		c := w.b[w.i]
		if c == closing && n == 0 {
			w.i++
			return nil
		}
		f := field{index: n}
		if !array {
			key, err := w.key()
			if err != nil {
				return err
			}
			f = fieldOf(key)
			f.index = n
		}
		if err := w.value(fr, f); err != nil {
			return err
		}
		w.space()
		if w.i >= len(w.b) {
			return w.syntax("unexpected end")
		}
		c = w.b[w.i]
		w.i++
		switch c {
		case closing:
			return nil
		case ',':
		default:
			w.i--
			return w.syntax("no comma or bracket")
		}
	}
}

func (w *walker) key() ([]byte, error) {
	if w.b[w.i] != '"' {
		return nil, w.syntax("no key")
	}
	key, err := w.str()
	if err != nil {
		return nil, err
	}
	w.space()
	if w.i >= len(w.b) || w.b[w.i] != ':' {
		return nil, w.syntax("no colon")
	}
	w.i++
	if w.plain {
		return key, nil
	}
	return unescape(key), nil
}

// str reads the string that starts at w.i and returns what stands between its quotes.
func (w *walker) str() ([]byte, error) {
	start := w.i + 1
	for i := start; ; {
		j := bytes.IndexByte(w.b[i:], '"')
		if j < 0 {
			w.i = len(w.b)
			return nil, w.syntax("string without end")
		}
		i += j
		if w.plain {
			w.i = i + 1
			return w.b[start:i], nil
		}
		slashes := 0
		for i-slashes > start && w.b[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			w.i = i + 1
			return w.b[start:i], nil
		}
		i++
	}
}

// leaf reads a scalar.
func (w *walker) leaf() (scalar, error) {
	c := w.b[w.i]
	switch c {
	case '"':
		s, err := w.str()
		return scalar{kindString, s}, err
	case 't':
		return w.literal("true", kindBool)
	case 'f':
		return w.literal("false", kindBool)
	case 'n':
		return w.literal("null", kindNull)
	}
	start := w.i
	for w.i < len(w.b) && isNumberByte(w.b[w.i]) {
		w.i++
	}
	if w.i == start || w.b[w.i-1] == '-' {
		return w.noNumber()
	}
	return scalar{kindNumber, w.b[start:w.i]}, nil
}

// noNumber reads what Python writes where JSON has no number: NaN, Infinity, -Infinity. It is unknown.
func (w *walker) noNumber() (scalar, error) {
	if s, err := w.literal("NaN", kindNull); err == nil {
		return s, nil
	}
	if s, err := w.literal("Infinity", kindNull); err == nil {
		return s, nil
	}
	return scalar{}, w.syntax("no value")
}

// numberBytes marks what numbers consist of.
var numberBytes = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'-': true, '+': true, '.': true, 'e': true, 'E': true,
}

func isNumberByte(c byte) bool { return numberBytes[c] }

func (w *walker) literal(s string, k kind) (scalar, error) {
	if !bytes.HasPrefix(w.b[w.i:], []byte(s)) {
		return scalar{}, w.syntax("no value")
	}
	w.i += len(s)
	return scalar{k, w.b[w.i-len(s) : w.i]}, nil
}

// skip passes over the container that starts at w.i. It matches brackets by number only, which is all that a container without
// any use needs.
func (w *walker) skip() error {
	open := 0
	for w.i < len(w.b) {
		switch w.b[w.i] {
		case '"':
			if _, err := w.str(); err != nil {
				return err
			}
			continue
		case '{', '[':
			if open++; w.depth+open > maxDepth {
				return reject(RejectedDepth, "more than %d levels", maxDepth)
			}
		case '}', ']':
			if open--; open == 0 {
				w.i++
				return nil
			}
		}
		w.i++
	}
	return w.syntax("unexpected end")
}

// number reads a scalar as a number; strings that hold one count too.
func (s scalar) number() (float64, bool) {
	if n, ok := digits(s.raw); ok {
		return float64(n), s.kind == kindNumber || s.kind == kindString
	}
	if s.kind != kindNumber && s.kind != kindString || len(s.raw) == 0 || len(s.raw) > 40 {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(s.raw), 64)
	return f, err == nil && f-f == 0
}
