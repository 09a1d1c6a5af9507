package decode

import (
	"bytes"
	"slices"
)

// minPairs is how many pairs a line of logfmt holds at least.
const minPairs = 2

// decodeLogfmt reads key=value pairs, with words before or between them as console loggers write.
func decodeLogfmt(d *Decoder, e entry) (result, bool) {
	if c := e.text[0]; c == '{' || c == '[' && docStart(e.text) == 1 {
		return result{}, false
	}
	r := d.newRecord()
	var fr frame
	r.push(nil)
	pairs, rest := r.pairs(&fr, e.text)
	if pairs < minPairs {
		return result{}, false
	}
	r.leave(&fr)
	if len(rest) > 0 {
		r.free(rest)
		r.errorLine(e.text[:len(e.text)-len(rest)])
	} else {
		r.aside(e.text)
	}
	return d.named(r, e, "logfmt", nil), true
}

// pairs gives the pairs of a line to the record as members of one object. It stops at an object between them and returns what is left.
func (r *record) pairs(fr *frame, text []byte) (n int, rest []byte) {
	docs := 0
	for i := 0; i < len(text); {
		for i < len(text) && (text[i] <= ' ' || text[i] == ',' || text[i] == '[') {
			i++
		}
		start := i
		for i < len(text) && (isNameByte(text[i]) || bytes.IndexByte([]byte(".@/:"), text[i]) >= 0) {
			i++
		}
		if i >= len(text) {
			break
		}
		if i == start || text[i] != '=' {
			if spanAt(text[start:], i-start) { // what a span of a trace holds stands before the line's own
				i++
				continue
			}
			if text[i] == '{' || (text[i] == '(' || text[i] == '[') && i > start && calledWith(text[i+1:]) {
				return n, text[start:]
			}
			i = wordEnd(text, i)
			continue
		}
		key := text[start:i]
		if docs < maxDocs && isName(key) && printedAt(text[i+1:]) {
			docs++
			i += 1 + r.printed(key, text[i+1:])
			n++
			continue
		}
		s, end := pairValue(text, i+1)
		f := field{key: key, role: roleOf(key)}
		if s.kind != kindNull {
			r.scalar(fr, f, s)
		}
		i = end
		n++
	}
	return n, nil
}

// maxPrinted is how long a printed value is read, in bytes.
const maxPrinted = 8 << 10

// printed takes a value that is an object as a language prints it and returns how long that is.
func (r *record) printed(key, text []byte) int {
	doc, end, ok := relax(text[:min(len(text), maxPrinted)])
	if ok {
		_, err := r.walk(slices.Concat([]byte(`{"`), key, []byte(`":`), doc, []byte{'}'}))
		ok = err == nil
	}
	if !ok {
		return wordEnd(text, 0)
	}
	return end
}

// printedAt reports a text that begins with an object as a language prints it, Usage(input_tokens=12, ...), {'input_tokens': 12} or
// %{"input_tokens" => 12}. JSON is none.
func printedAt(text []byte) bool {
	n := len(idAt(text[:min(len(text), 80)]))
	if n > 0 {
		return n+1 < len(text) && text[n] == '(' && calledWith(text[n+1:])
	}
	if !bytes.HasPrefix(text, []byte{'{'}) && !bytes.HasPrefix(text, []byte("%{")) {
		return false
	}
	at, strict := nextDoc(text)
	return at >= 0 && at < 2 && !strict
}

// aside reads what a line says in words beside its pairs.
func (r *record) aside(text []byte) {
	if r.statusR == 0 && r.call.Status == 0 || r.call.RequestID == "" {
		r.said(text)
	}
	r.counted(text, false)
	if r.prompt.Known() && r.call.Model == "" && logged(text) { // counts under the names of another API
		if id := modelIn(text); id != "" {
			r.call.Model, r.modelR = id, 1
			r.tookFrom("words of the line", partModel)
		}
	}
}

// isName reports a text that needs no quotes or escapes as a name.
func isName(text []byte) bool { return len(text) > 0 && len(idAt(text)) == len(text) }

// calledWith reports whether what follows a name and a bracket is an object's inside, not a remark.
func calledWith(text []byte) bool {
	at, _ := nextDoc(append([]byte("x("), text[:min(len(text), 64)]...))
	return at == 1 || at == 2
}

// maxSpan is the longest name and fields of a span, in bytes.
const maxSpan = 1024

// spanAt reports whether a text begins with a span as Rust's tracing writes it: name{key=value ...}: with the bracket at i.
func spanAt(text []byte, i int) bool {
	if text[i] != '{' || i == 0 {
		return false
	}
	n := 1
	for n < len(text)-i && isNameByte(text[i+n]) {
		n++
	}
	return n > 1 && n < len(text)-i && text[i+n] == '=' && bytes.Contains(text[i:min(len(text), i+maxSpan)], []byte("}: "))
}

func wordEnd(text []byte, i int) int {
	if n := bytes.IndexByte(text[i:], ' '); n >= 0 {
		return i + n
	}
	return len(text)
}

// pairValue reads the value that begins at i: in quotes, an object, or a word.
func pairValue(text []byte, i int) (s scalar, end int) {
	w := walker{b: text, i: i}
	switch {
	case i >= len(text):
		return scalar{}, i
	case text[i] == '"':
		if raw, err := w.str(); err == nil {
			if n := len(raw); n > 1 && raw[0] == '[' && raw[n-1] == ']' && bytes.IndexByte(raw, '\\') < 0 {
				raw = raw[1 : n-1]
			}
			return scalar{kindString, raw}, w.i
		}
	case text[i] == '\'':
		if n := bytes.IndexByte(text[i+1:], '\''); n >= 0 {
			return scalar{kindString, text[i+1 : i+1+n]}, i + n + 2
		}
	case text[i] == '{':
		if err := w.skip(); err == nil {
			return scalar{kindString, text[i:w.i]}, w.i
		}
	case bytes.HasPrefix(text[i:], []byte("map[")):
		if n := bytes.Index(text[i:], []byte("]]")); n >= 0 {
			return scalar{kindString, text[i : i+n+2]}, i + n + 2
		}
	}
	end = wordEnd(text, i)
	word := bytes.TrimPrefix(bytes.TrimRight(text[i:end], ",]"), []byte{'['})  // a list of one, as Go prints a header's values
	if bytes.HasSuffix(word, []byte("}:")) && bytes.IndexByte(word, '{') < 0 { // the end of a span
		word = word[:len(word)-2]
	}
	switch string(word) {
	case "", "-", "null", "nil", "None", "<nil>", "undefined":
		return scalar{}, end
	case "true", "false":
		return scalar{kindBool, word}, end
	}
	if _, ok := (scalar{kindNumber, word}).number(); ok {
		return scalar{kindNumber, word}, end
	}
	return scalar{kindString, word}, end
}
