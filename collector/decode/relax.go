package decode

import (
	"bytes"
)

// relax turns the object that a text begins with, as some language prints it, into JSON, so that the same walk reads both: Python,
// JavaScript, Ruby and Elixir maps, tuples, and objects with their class before the bracket. It returns how much of the text it
// took. A text that is cut off is closed where it ends. It is lenient: what it can't tell it passes on as text.
func relax(text []byte) (doc []byte, end int, ok bool) {
	x := relaxer{in: text, out: make([]byte, 0, len(text)+len(text)/8)}
	ok = x.value()
	return x.out, min(x.i, len(text)), ok
}

type relaxer struct {
	in    []byte
	i     int
	out   []byte
	depth int
}

func (x *relaxer) peek() byte {
	if x.i < len(x.in) {
		return x.in[x.i]
	}
	return 0
}

func (x *relaxer) space() {
	for x.i < len(x.in) && (x.in[x.i] <= ' ' || x.in[x.i] == ',' || x.in[x.i] == ';') {
		x.i++
	}
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func isOpening(c byte) bool { return c == '{' || c == '[' || c == '(' }

func isClosing(c byte) bool { return c == '}' || c == ']' || c == ')' }

// value reads one value. It returns false where the nesting is too deep.
func (x *relaxer) value() bool {
	for x.i < len(x.in) && x.in[x.i] <= ' ' {
		x.i++
	}
	switch c := x.peek(); {
	case isOpening(c):
		return x.container()
	case isQuote(c):
		x.str()
		return true
	default:
		return x.word()
	}
}

// container reads what stands in brackets: an object if its first element has a name, else an array.
func (x *relaxer) container() bool {
	if x.depth++; x.depth > maxDepth {
		return false
	}
	start, n, object, typed := len(x.out), 0, false, x.in[x.i] != '{'
	x.out = append(x.out, '[')
	x.i++
	for {
		x.space()
		if x.i >= len(x.in) || isClosing(x.in[x.i]) {
			x.i++
			break
		}
		before, begin := len(x.out), x.i
		if n > 0 {
			x.out = append(x.out, ',')
		}
		named := x.name()
		if n == 0 && named {
			object, x.out[start] = true, '{'
		}
		if !x.value() {
			return false
		}
		switch {
		case x.i == begin: // nothing that means anything: a stray separator
			x.i++
			x.out = x.out[:before]
		case named != object:
			x.out = x.out[:before]
		default:
			n++
		}
	}
	x.depth--
	x.out = append(x.out, closingOf(object))
	return !typed || x.typed(start, n)
}

func closingOf(object bool) byte {
	if object {
		return '}'
	}
	return ']'
}

// typed replaces a container that was only the type of the one that follows: Map(2) {, [Object: null prototype] {, []string{.
func (x *relaxer) typed(start, n int) bool {
	i := x.i
	for i < len(x.in) && x.in[i] == ' ' {
		i++
	}
	switch {
	case i >= len(x.in):
	case x.in[i] == '{', n == 0 && i == x.i && isLetter(x.in[i]):
		x.i, x.out = i, x.out[:start]
		return x.value()
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// name reads a member's name and the separator behind it, or nothing.
func (x *relaxer) name() bool {
	i, out := x.i, len(x.out)
	quoted := isQuote(x.peek())
	if quoted {
		x.str()
	} else {
		switch c := x.peek(); {
		case c == ':' || c == '@' || c == '.':
			x.i++
		case bytes.HasPrefix(x.in[x.i:], []byte("[Symbol(")):
			x.symbol()
		}
		start := x.i
		for x.i < len(x.in) && (isNameByte(x.in[x.i]) || x.in[x.i] == '$' || x.in[x.i] == '?' || x.in[x.i] == '.') {
			x.i++
		}
		if x.i == start || x.i-start > 100 {
			x.i = i
			return false
		}
		x.out = append(append(append(x.out, '"'), x.in[start:x.i]...), '"')
		x.symbolEnd()
	}
	for x.i < len(x.in) && (x.in[x.i] == ' ' || x.in[x.i] == '\t') {
		x.i++
	}
	rest := x.in[min(x.i, len(x.in)):]
	switch {
	case bytes.HasPrefix(rest, []byte("=>")):
		x.i += 2
	case len(rest) > 0 && (rest[0] == ':' || rest[0] == '='):
		x.i++
	default:
		x.i, x.out = i, x.out[:out]
		return false
	}
	x.out = append(x.out, ':')
	return true
}

// symbol passes what stands around the first word of a symbol of JavaScript's, [Symbol(headers map)]: that is enough of its name.
func (x *relaxer) symbol() {
	rest := x.in[x.i:min(len(x.in), x.i+80)]
	if n := bytes.Index(rest, []byte(")]")); n > 0 {
		x.i += n
		for x.i > 0 && isNameByte(x.in[x.i-1]) {
			x.i--
		}
	}
}

// symbolEnd passes what closes a symbol behind its last word.
func (x *relaxer) symbolEnd() {
	if bytes.HasPrefix(x.in[x.i:], []byte(")]")) {
		x.i += 2
	}
}

// str reads a string in quotes, and the pieces that a printer broke it into.
func (x *relaxer) str() {
	x.out = append(x.out, '"')
	for {
		x.piece()
		i := x.i
		for i < len(x.in) && x.in[i] <= ' ' {
			i++
		}
		if i >= len(x.in) || x.in[i] != '+' {
			break
		}
		for i++; i < len(x.in) && x.in[i] <= ' '; i++ {
		}
		if i >= len(x.in) || !isQuote(x.in[i]) {
			break
		}
		x.i = i
	}
	x.out = append(x.out, '"')
}

// piece copies what stands between two quotes, with the escapes of JSON.
func (x *relaxer) piece() {
	quote := x.in[x.i]
	for x.i++; x.i < len(x.in); x.i++ {
		switch c := x.in[x.i]; {
		case c == quote:
			x.i++
			return
		case c == '\\' && x.i+1 < len(x.in):
			x.i++
			if c = x.in[x.i]; bytes.IndexByte([]byte(`"\/bfnrtu`), c) >= 0 {
				x.out = append(x.out, '\\')
			}
			x.out = append(x.out, max(c, ' '))
		case c == '\\':
		case c == '"':
			x.out = append(x.out, '\\', '"')
		default:
			x.out = append(x.out, max(c, ' '))
		}
	}
}

// word reads a value without quotes, or the class before a bracket or a quote: Headers({, %{, b'.
func (x *relaxer) word() bool {
	start := x.i
	for x.i < len(x.in) {
		c := x.in[x.i]
		switch {
		case isOpening(c) && x.i-start < 80:
			if c == '(' && string(x.in[start:x.i]) == "Some" {
				return x.some()
			}
			return x.container()
		case isQuote(c) && x.i-start <= 2:
			x.str()
			return true
		case c == ',' || c == '\n' || isClosing(c):
			x.scalar(bytes.TrimSpace(x.in[start:x.i]))
			return true
		}
		x.i++
	}
	x.scalar(bytes.TrimSpace(x.in[start:x.i]))
	return true
}

// some reads a value of Rust's that might have been none: Some("req_...").
func (x *relaxer) some() bool {
	if x.depth++; x.depth > maxDepth {
		return false
	}
	x.i++
	ok := x.value()
	x.depth--
	x.space()
	if x.peek() == ')' {
		x.i++
	}
	return ok
}

// oneWord cuts off what belongs to the next members where blanks alone stand between them, as in Go's {Model:claude-opus-5 Role:assistant}.
func oneWord(word []byte) []byte {
	n := bytes.IndexByte(word, ' ')
	if n > 0 && n+1 < len(word) && isLetter(word[n+1]) && bytes.IndexByte(word[n:], ':') > 0 {
		return word[:n]
	}
	return word
}

// scalar writes a word as JSON has it.
func (x *relaxer) scalar(word []byte) {
	switch string(word) {
	case "", "nil", "None", "null", "undefined", "<nil>":
		x.out = append(x.out, "null"...)
	case "True", "true":
		x.out = append(x.out, "true"...)
	case "False", "false":
		x.out = append(x.out, "false"...)
	default:
		word = oneWord(word)
		if _, ok := (scalar{kindNumber, word}).number(); ok {
			x.out = append(x.out, word...)
			return
		}
		x.out = append(x.out, '"')
		for _, c := range bytes.TrimPrefix(word, []byte{':'}) {
			if c == '"' || c == '\\' {
				x.out = append(x.out, '\\')
			}
			x.out = append(x.out, max(c, ' '))
		}
		x.out = append(x.out, '"')
	}
}
