package decode

import (
	"bytes"
	"strings"
	"time"
)

// One failed attempt is told several times where a program prints how it came about: by the line that it logs, by the exception of the
// library below, and by each that was raised from it.

// tale is the error that was told last. It holds no text.
type tale struct {
	Status  int       `json:"status,omitempty"`
	Own     string    `json:"own,omitempty"` // the request's id, where it was said
	End     int64     `json:"end,omitempty"` // of its line
	Raised  bool      `json:"raised,omitempty"`
	Chained bool      `json:"chained,omitempty"` // what follows tells of it once more
	Read    time.Time `json:"read_at,omitzero"`
}

// chains are the lines that Python prints between two tellings of one error.
var chains = [...]string{
	"The above exception was the direct cause of the following exception:", "During handling of the above exception, another exception occurred:",
}

// stackStart is what Python's stacks begin with.
const stackStart = "Traceback (most recent call last):"

// causedBy is what Java puts before an exception that another was made from.
const causedBy = "Caused by: "

// chain notes a line after which the last error is told once more: one between two exceptions, or the start of a stack just below the error.
func (t *tale) chain(e entry) {
	if t.Status == 0 || t.Chained {
		return
	}
	text := bytes.TrimRight(e.text, " |")
	for _, words := range chains {
		t.Chained = t.Chained || bytes.HasSuffix(text, []byte(words))
	}
	t.Chained = t.Chained || t.End > 0 && t.End == e.start && bytes.HasSuffix(text, []byte(stackStart))
}

// again reports whether an error was told before, and notes it as the last.
func (t *tale) again(e entry, end int64, status int, own string) bool {
	text := bytes.TrimLeft(e.text, " |+")
	caused := bytes.HasPrefix(text, []byte(causedBy))
	next := tale{Status: status, Own: own, End: end, Raised: raised(text), Read: e.now}
	below := next.Raised && !t.Raised && t.End > 0 && t.End == e.start
	again := t.Status == status && (t.Chained || caused || below) && e.now.Sub(t.Read) <= echoSpan && (own == "" || t.Own == "" || own == t.Own)
	if again {
		next.Own = orText(own, t.Own)
	}
	*t = next
	return again
}

// expire forgets an error that nothing can tell once more: of ten thousand files each keeps a decoder that remembers something.
func (t *tale) expire(now time.Time) {
	if now.Sub(t.Read) > echoSpan {
		*t = tale{}
	}
}

// raised reports a line that begins with the name of an exception, as the last one of a stack does.
func raised(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte(causedBy))
	n := 0
	for n < len(text) && (isNameByte(text[n]) || text[n] == '.' || text[n] == '$') {
		n++
	}
	name := string(text[:n])
	return bytes.HasPrefix(text[n:], []byte(": ")) && (strings.Contains(name, "Error") || strings.Contains(name, "Exception"))
}

// retold finds out whether an error tells once more of one that was told. What it adds is kept while that one is held back.
func (d *Decoder) retold(res result, e entry) (result, bool) {
	c := &res.calls[0]
	if c.Status < 400 || c.Usage.Known() || len(c.Readings) > 0 || !spokenFormat(res.format) {
		return result{}, false
	}
	before := d.asked.Stack.Own
	if !d.asked.Stack.again(e, d.end, c.Status, c.RequestID) {
		return result{}, false
	}
	if d.attempts.holds(stackKey, res) {
		calls, outdated := d.attempts.keyed(stackKey, *c, e.now)
		res.calls = append(calls, outdated...)
		return res, true
	}
	if c.RequestID != "" && c.RequestID == before { // the two are merged by it
		return result{}, false
	}
	return result{format: res.format, skipped: SkippedRepeated}, true
}

// spokenFormat reports a format in which applications tell of calls that the lines of a library told of before.
func spokenFormat(name string) bool {
	return name == "text" || name == "logfmt" || name == "json" || name == "sdk" || name == "object"
}
