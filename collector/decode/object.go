package decode

import "bytes"

// opensObject recognises a line that ends in the bracket of an object which goes on below, and a status that stands alone, as of
// an error whose outer brackets were left out.
func (x *dump) opensObject(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	if len(text) == 0 { // of a line that was nothing but colours
		return false
	}
	if statusMember(text) {
		x.kind, x.bare = dumpObject, true
		return true
	}
	n := len(text)
	if x.opensMembers(text) {
		return true
	}
	if !isOpening(text[n-1]) || n > maxDumpBytes/2 {
		return false
	}
	for n > 0 && (isOpening(text[n-1]) || text[n-1] == ' ') {
		if n--; text[n] != ' ' {
			x.depth++
			x.open = n
		}
	}
	x.kind = dumpObject
	return true
}

// opensMembers recognises a line with the first members of an object that goes on below, as Python's pprint breaks it.
func (x *dump) opensMembers(text []byte) bool {
	n := len(text)
	if text[n-1] != ',' || n > maxDumpBytes/2 {
		return false
	}
	i := membersAt(text)
	if i < 0 {
		return false
	}
	x.kind, x.depth, x.open = dumpObject, balance(text[i:]), i
	return x.depth > 0
}

// membersAt returns where an object whose first name is in quotes begins in a line that ends with a comma, or -1.
func membersAt(text []byte) int {
	i := bytes.IndexByte(text[:min(len(text), maxPrefix)], '{')
	if i < 0 || !isQuote(text[i+1]) {
		return -1
	}
	return i
}

// maxStatusMember is the longest line that is nothing but a status.
const maxStatusMember = 48

// statusMember reports a line that is nothing but the status: status: 429,.
func statusMember(text []byte) bool {
	name, value, ok := bytes.Cut(text, []byte{':'})
	if !ok || len(text) > maxStatusMember {
		return false
	}
	switch string(bytes.Trim(name, " \t\"'")) {
	case "status", "statusCode", "status_code":
	default:
		return false
	}
	n, ok := statusOf(scalar{kindNumber, bytes.Trim(value, " ,")})
	return ok && n >= 100 && n <= 599
}

// takeObject judges a line below an open bracket: it is indented, closes one, or is a member.
func (x *dump) takeObject(text []byte) dumpFate {
	line := x.plain(text)
	if !x.fits(line) {
		if len(x.lines) > 1 {
			return dumpOver
		}
		x.prefix = commonPrefix(x.lines[0], text)
		if line = text[len(x.prefix):]; len(x.prefix) == 0 || !x.fits(line) {
			x.prefix = nil
			return dumpOver
		}
	}
	x.depth += balance(line)
	if x.depth > 0 || x.bare && x.goesOn(line) {
		return dumpMore
	}
	return dumpDone
}

// goesOn reports whether members without brackets around them may go on behind a line: a comma says so, and so does that the line is
// indented like the first.
func (x *dump) goesOn(line []byte) bool {
	first := indent(x.plain(x.lines[0]))
	switch {
	case bytes.IndexByte(line, '}') < 0, bytes.HasSuffix(bytes.TrimRight(line, " "), []byte{','}):
		return true
	case first > 0:
		return x.depth == 0 && indent(line) >= first
	}
	return false
}

func indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }

// fits reports whether a line can stand inside an object.
func (x *dump) fits(line []byte) bool {
	if len(bytes.TrimSpace(line)) == 0 {
		return true
	}
	switch c := line[0]; {
	case c == ' ', c == '\t', isClosing(c):
		return true
	case c == '"', c == '\'':
		return bytes.IndexByte(line, ':') > 0 || bytes.Contains(line, []byte("=>"))
	case c == '{', c == '[':
		return len(line) <= 2
	}
	if !x.bare {
		return false
	}
	name, _, ok := bytes.Cut(line, []byte{':'})
	return ok && len(name) <= 40 && idAt(name) == string(name)
}

// balance is how many more brackets a line opens than it closes, outside of quotes. Strings end with their line.
func balance(line []byte) int {
	n, quote := 0, byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case isQuote(c):
			quote = c
		case isOpening(c):
			n++
		case isClosing(c):
			n--
		}
	}
	return n
}

// closeObject reads an object that is whole.
func (d *Decoder) closeObject(x *dump) result {
	var text []byte
	for i, line := range x.lines {
		if i > 0 {
			line = append(x.plain(line), '\n')
		} else if x.bare {
			line = append(append([]byte{'{'}, x.plain(line)...), '\n')
		} else {
			line = append(bytes.Clone(line), '\n')
		}
		text = append(text, line...)
	}
	if x.bare {
		text = append(text, '}')
	}
	e := entry{text: text, at: x.at, now: x.last, lane: x.lane}
	if x.open == 0 && text[0] == '[' {
		if res, ok := d.decodeArray(text, e); ok {
			return res
		}
	}
	if !relevant(text) {
		return result{skipped: SkippedNotClaude}
	}
	r := d.newRecord()
	r.trail = d.trailFrom(x.start)
	head := text[:x.open]
	r.address(string(head))
	doc := text[x.open:]
	if x.bare && bytes.IndexByte(text[1:], '{') < 0 { // indentation instead of brackets
		r.status(text)
		r.block(text)
	} else if err := d.readObject(r, head, doc); err != nil {
		return result{format: x.name(), err: err}
	}
	if res, ok := d.several(r, doc, e); ok {
		return res
	} else if r.many {
		r.address(string(head))
	}
	if r.typ == "message_start" || r.typ == "message_delta" {
		if res, ok := d.streamed(r.typ, r, e); ok {
			return res
		}
	}
	r.errorLine(head)
	if bedrockLike(text) {
		return d.bedrock(r, e)
	}
	return d.named(r, e, x.name(), head)
}

// readObject reads an object that stands behind a head, which may say that its members are headers.
func (d *Decoder) readObject(r *record, head, doc []byte) error {
	words := bytes.TrimRight(bytes.ToLower(head), " :=")
	switch {
	case bytes.HasSuffix(words, []byte("headers")), bytes.HasSuffix(words, []byte("headerslist")):
		doc = append(append([]byte("{headers: "), doc...), '}')
	case doc[0] == '{' && strictly(doc):
		if _, err := r.walk(doc); err == nil || !lax(doc) {
			return err
		}
		d.newRecord() // which is r again: what the walk took before it failed is read once more
		r.address(string(head))
	}
	r.doc(doc, false)
	return nil
}

// lax reports an object with a comma behind its last member, which is none of JSON's.
func lax(doc []byte) bool {
	doc = bytes.TrimSpace(doc)
	n := bytes.LastIndexByte(doc, '}')
	return n > 0 && bytes.HasSuffix(bytes.TrimSpace(doc[:n]), []byte{','})
}

// status takes the status that a text says first.
func (r *record) status(text []byte) {
	if n := statusWord(text); n != 0 && r.statusR < rankText {
		r.call.Status, r.statusR = n, rankText
		r.tookFrom("words of the line", partStatus)
	}
}

// strictly reports whether an object is written as JSON.
func strictly(doc []byte) bool {
	at, strict := nextDoc(doc)
	return at == 0 && strict
}

// named makes the record's call under a format's name, linked to the attempt that its line names.
func (d *Decoder) named(r *record, e entry, name string, head []byte) result {
	res := d.finish(r, e)
	if res.format == "json" {
		res.format = name
	}
	id := logID(head)
	if id == "" && stackLine(head) && d.attempts.holds(stackKey, res) {
		id = stackKey
	}
	return d.linked(res, id, e)
}
