package decode

import (
	"bytes"

	"github.com/claudewatch/claudewatch/claude"
)

// Heads of responses, as curl -i and -v, the Go and the Java SDK and HTTP libraries print them: a status line, the headers, an empty
// line, the body. Each line may carry a mark (< , // ) or a logger's prefix.

// headPhase is what comes next of a head.
type headPhase uint8

const (
	phaseStatus headPhase = iota
	phaseHeaders
	phaseBody // the empty line was there, the body was not
	phaseJSON // the body's object is open
)

// maxHeadLine is the longest line that a head begins with.
const maxHeadLine = 240

// opensHead recognises the first line of a head.
func (x *dump) opensHead(text []byte) bool {
	if len(text) > maxHeadLine {
		return false
	}
	trimmed := bytes.TrimRight(text, " \t\r")
	if bytes.HasSuffix(trimmed, []byte("Response Content:")) { // the Go SDK's: the rest has no prefix
		x.phase = phaseStatus
		return true
	}
	if i := javaStatus(text); i >= 0 {
		x.java, x.phase, x.prefix = true, phaseHeaders, bytes.Clone(text[:i])
		return true
	}
	if i := statusLine(text); i >= 0 {
		x.phase, x.prefix = phaseHeaders, bytes.Clone(bytes.TrimSuffix(bytes.TrimSuffix(text[:i], []byte("reply: '")), []byte("<--- ")))
		return true
	}
	if i := statusLabel(trimmed); i >= 0 {
		x.phase, x.prefix, x.labels = phaseHeaders, bytes.Clone(text[:i]), true
		return true
	}
	if i := headerLine(text); i >= 0 {
		x.phase, x.prefix = phaseHeaders, bytes.Clone(text[:i])
		return true
	}
	return false
}

// statusLine returns where a status line of HTTP begins in a text that holds nothing else behind it, or -1.
func statusLine(text []byte) int {
	i := bytes.Index(text, []byte("HTTP"))
	if i < 0 || i > 0 && bytes.IndexByte([]byte(" \t\"']"), text[i-1]) < 0 {
		return -1
	}
	if bytes.IndexByte(text[:i], '"') >= 0 && text[i-1] != '"' { // the end of a request line: "POST /v1/messages HTTP/1.1"
		return -1
	}
	rest := text[i+4:]
	if len(rest) > 0 && rest[0] == '/' {
		n := bytes.IndexByte(rest, ' ')
		if n < 2 || n > 4 {
			return -1
		}
		rest = rest[n:]
	}
	if len(rest) < 4 || rest[0] != ' ' || len(rest) > 4 && isNameByte(rest[4]) {
		return -1
	}
	if n, ok := statusOf(scalar{kindNumber, rest[1:4]}); !ok || n < 100 || n > 599 {
		return -1
	}
	if reason := rest[4:]; bytes.ContainsAny(reason, `{}=:`) || bytes.Count(reason, []byte{' '}) > 5 || i > maxPrefix {
		return -1
	}
	return i
}

// javaStatus returns where the Java SDK's "<-- 429 (57ms, 138-byte body)" begins, or -1.
func javaStatus(text []byte) int {
	i := bytes.Index(text, []byte("<-- "))
	if i < 0 || len(text) < i+7 {
		return -1
	}
	n, ok := statusOf(scalar{kindNumber, text[i+4 : i+7]})
	if !ok || n < 100 || n > 599 || len(text) > i+7 && text[i+7] != ' ' {
		return -1
	}
	return i
}

// headerLine returns where one of the API's own headers begins that has a line for itself, or -1.
func headerLine(text []byte) int {
	i := indexFold(text, "anthropic-ratelimit-")
	if i < 0 {
		if i = indexFold(text, "request-id: req_"); i < 0 {
			return -1
		}
	}
	if i > 0 && (isNameByte(text[i-1]) || isQuote(text[i-1])) || i > maxPrefix || bytes.Contains(text[:i], []byte("://")) {
		return -1
	}
	name, value, ok := headerOf(text[i:])
	if value = bytes.Trim(value, `"'`); !ok || len(value) == 0 || bytes.ContainsAny(value, ` ,;{}()'"`) || !wantedHeader(name) {
		return -1
	}
	return i
}

func indexFold(text []byte, lower string) int {
	if i := bytes.Index(text, []byte(lower)); i >= 0 {
		return i
	}
	for i := 0; i+len(lower) <= len(text); i++ { // a text that is no UTF-8 has another length in lower case
		if text[i]|0x20 == lower[0] && bytes.EqualFold(text[i:i+len(lower)], []byte(lower)) {
			return i
		}
	}
	return -1
}

// headerOf splits "name: value".
func headerOf(line []byte) (name, value []byte, ok bool) {
	line = bytes.TrimSpace(line)
	if rest, found := bytes.CutPrefix(line, []byte("header: ")); found { // as Python's http.client prints it
		line = rest
	}
	line = bytes.TrimPrefix(line, []byte{'"'})
	if bytes.Count(line, []byte{'"'}) == 1 { // it belongs to one before the line
		line = bytes.TrimSuffix(line, []byte{'"'})
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte(`[\r][\n]`)), []byte(`\r\n`)), []byte(`\r`))
	if name, value, ok = bytes.Cut(line, []byte(" = ")); !ok || len(idAt(name)) != len(name) {
		name, value, ok = bytes.Cut(line, []byte{':'})
	}
	if !ok || len(name) == 0 || len(name) > 80 {
		return nil, nil, false
	}
	for _, c := range name {
		if !isNameByte(c) {
			return nil, nil, false
		}
	}
	if value = bytes.TrimSpace(value); len(value) > 1 && isQuote(value[0]) && value[len(value)-1] == value[0] {
		value = value[1 : len(value)-1]
	}
	return name, value, true
}

// headBlank reports an empty line of a head, whatever mark it carries.
func headBlank(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || len(line) <= 2 && bytes.Trim(line, "<>/#*|") == nil || string(line) == `"[\r][\n]"` || string(line) == `\r\n"`
}

// takeHead judges the next line of a head.
func (x *dump) takeHead(text []byte) dumpFate {
	line := x.plain(text)
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(line), []byte("<-- END")), bytes.HasPrefix(bytes.TrimSpace(line), []byte("<--- END")):
		return dumpDone
	case x.phase == phaseStatus && statusLine(text) == 0:
		x.phase = phaseHeaders
		return dumpMore
	case x.phase == phaseHeaders && x.labels:
		return x.takeLabelled(line)
	case x.phase == phaseHeaders:
		return x.takeHeader(line)
	case x.phase == phaseBody:
		return x.takeBody(line)
	case x.phase == phaseJSON:
		x.depth += balance(line)
		if x.depth <= 0 {
			return dumpDone
		}
		return dumpMore
	}
	return dumpOver
}

func (x *dump) takeHeader(line []byte) dumpFate {
	if headBlank(line) {
		x.phase, x.body = phaseBody, len(x.lines)+1
		return dumpMore
	}
	_, value, ok := headerOf(line)
	if !ok || bytes.IndexByte(value, '{') >= 0 && relevant(value) || statusLine(line) >= 0 {
		return dumpOver
	}
	return dumpMore
}

// takeBody judges a line before the body: what curl tells of the transfer, the size of a chunk, the next status line after a proxy's.
func (x *dump) takeBody(line []byte) dumpFate {
	trimmed := bytes.TrimSpace(line)
	switch {
	case len(trimmed) == 0, bytes.HasPrefix(trimmed, []byte("* ")), bytes.HasPrefix(trimmed, []byte("{ [")), chunkSize(trimmed):
		x.body = len(x.lines) + 1
		return dumpMore
	case statusLine(line) == 0 && !x.claude():
		x.phase, x.lines, x.size = phaseHeaders, nil, 0
		return dumpMore
	case trimmed[0] == '{' && nextIsName(trimmed):
		if x.depth = balance(line); x.depth <= 0 {
			return dumpDone
		}
		x.phase = phaseJSON
		return dumpMore
	}
	return dumpOver
}

// nextIsName reports an object that begins like JSON, the name on the next line perhaps.
func nextIsName(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t")
	return len(rest) == 0 || rest[0] == '"'
}

func chunkSize(text []byte) bool {
	return len(text) > 0 && len(text) <= 6 && len(bytes.Trim(text, "0123456789abcdefABCDEF")) == 0
}

// claude reports whether a header of the API was seen.
func (x *dump) claude() bool {
	for _, line := range x.lines {
		if i := headerLine(x.plain(line)); i == 0 {
			return true
		}
	}
	return false
}

// closeHead makes the call of a head and its body. Where the body is a recorded stream, the head becomes its beginning.
func (d *Decoder) closeHead(l *lane, x *dump) result {
	r := new(record)
	r.fields, r.trail = d.fields, d.trailFrom(x.start)
	r.url = d.asked.Sent.answers(x.lane, x.start)
	var body []byte
	for i, line := range x.lines {
		if i > 0 {
			r.trail.next()
		}
		line = x.plain(line)
		switch name, value, ok := headerOf(line); {
		case x.phase >= phaseBody && i >= x.body && x.phase == phaseBody: // the body in one line
			body = append(body, line...)
		case x.phase == phaseJSON && i >= x.body:
			body = append(append(body, line...), '\n')
		case x.labels && i > 0:
			r.labelledLine(line)
		case i == 0 || i == 1 && r.call.Status == 0 && statusLine(line) == 0:
			x.firstLine(r, line)
			fallthrough
		case ok:
			if ok {
				r.header(name, scalar{kindString, value})
			}
		}
	}
	if len(body) > 0 && r.alien(body) { // the next record of the log stands where a body would
		x.phase, x.lines = phaseBody, x.lines[:x.body]
		res := d.closeHead(l, x)
		res.add(d.begin(entry{text: body, now: x.last, lane: x.lane, start: x.start}))
		return res
	}
	if x.labels && docStart(body) != 0 && len(body) > 0 {
		r.doc(body, false)
	} else {
		r.body(body)
	}
	if x.java {
		d.asked.answer(r)
	}
	e := entry{at: x.at, now: x.last, lane: x.lane}
	if len(body) == 0 && x.phase == phaseBody {
		return d.headOnly(l, r, e)
	}
	return d.named(r, e, x.name(), nil)
}

// alien reports an object that can't be the body of a head's response: it tells of another request, or of headers.
func (r *record) alien(body []byte) bool {
	var b record
	b.body(body)
	if b.headers.Known > 0 {
		return true
	}
	return ownID(b.call.RequestID) && ownID(r.headers.RequestID) && b.call.RequestID != r.headers.RequestID
}

// firstLine takes the status from a head's first line.
func (x *dump) firstLine(r *record, line []byte) {
	r.url = r.url || r.spoken(x.prefix)
	if n := statusWord(line); n != 0 {
		r.call.Status, r.statusR = n, rankResponse
		r.tookFrom("status line", partStatus)
	}
	if x.java || bytes.IndexByte(line, '(') > 0 {
		r.url = r.url || r.spoken(line)
		if s, ok := spentWord(line); ok {
			r.call.DurationSeconds = claude.Some(s)
			r.tookFrom("status line", partDuration)
		}
	}
}

// body reads a response's body.
func (r *record) body(text []byte) {
	if i := docStart(text); i >= 0 {
		if _, err := r.walk(text[i:]); err != nil {
			r.brokenDoc(text[i:], err)
		}
	}
}

// headOnly keeps a head whose body may be a recorded stream. If none comes it is a call by itself.
func (d *Decoder) headOnly(l *lane, r *record, e entry) result {
	status := r.call.Status
	res := d.named(r, e, "http", nil)
	s := &stream{Fresh: true, Touched: e.now}
	switch {
	case res.err != nil:
		return res
	case len(res.calls) == 1:
		s.Call, s.Sure = res.calls[0], true
		s.Undated = s.Call.Undated
	default: // nothing of Claude's in it yet
		s.Call.Status, s.Call.Time, s.Undated = status, e.now, true
		if e.at.known() {
			s.Call.Time, s.Undated = e.at.in(d.zone, e.now).at, false
		}
	}
	res = result{format: "http"}
	if l.stream != nil {
		res.calls = l.stream.call()
	}
	l.stream = s
	return res
}
