package decode

import (
	"bytes"
	"time"
)

// Bounds of a record of several lines.
const (
	dumpIdle     = 2 * time.Second // of reading, without another line
	maxDumpLines = 500
	maxDumpBytes = 1 << 20
)

// dumpKind is what a record of several lines is.
type dumpKind uint8

const (
	dumpHead    dumpKind = iota // the head of a response, with the body perhaps
	dumpObject                  // an object in brackets: JSON, or as some language prints it
	dumpWrapped                 // a message that was broken to the width of a terminal
	dumpCut                     // an error whose JSON was
)

// dumpFate is what a line was to an open record.
type dumpFate uint8

const (
	dumpMore dumpFate = iota // a part of it, and more may come
	dumpDone                 // its last one
	dumpOver                 // none of its lines: the record ended before
)

// dump is a record of several lines of which not all are there. Its text is never part of the state: after a restart it is read again
// from the record's first line on.
type dump struct {
	kind   dumpKind
	lane   string
	at     stamp
	start  int64
	last   time.Time // when its newest line was read
	lines  [][]byte
	size   int
	prefix []byte // what stands before every line, but for digits

	phase headPhase // of a head
	java  bool      // the head is one that the Java SDK writes, which names no address
	body  int       // of a head: the number of its first line after the empty one

	labels bool // of a head: its parts stand behind a library's labels

	depth int  // of an object: how many brackets are open
	open  int  // where the brackets begin in the first line
	bare  bool // members without the brackets around them
}

func (x *dump) name() string {
	switch x.kind {
	case dumpHead:
		return "http"
	case dumpWrapped:
		return "python-sdk"
	case dumpCut:
		return "text"
	default:
		return "object"
	}
}

// opened recognises the first line of a record of several lines.
func (d *Decoder) opened(e entry) *dump {
	x := &dump{lane: e.lane, at: e.at, start: e.start, last: e.now}
	if bytes.Contains(e.text, []byte("--> POST ")) && !relevant(e.text) {
		d.asked.Other = true // the Java SDK's answers don't say where they come from
		return nil
	}
	if !x.opensCut(e.text) && !x.opensWrapped(e.text) && !x.opensHead(e.text) && !x.opensObject(e.text) {
		return nil
	}
	if !x.at.known() {
		x.at = prefixStamp(e.text)
	}
	x.keep(e.text)
	return x
}

func (x *dump) keep(text []byte) {
	x.lines = append(x.lines, bytes.Clone(text))
	x.size += len(text)
}

// take judges the next line and keeps it if it is a part of the record.
func (x *dump) take(e entry) dumpFate {
	if len(x.lines) == maxDumpLines || x.size+len(e.text) > maxDumpBytes {
		return dumpOver
	}
	var fate dumpFate
	switch x.kind {
	case dumpHead:
		fate = x.takeHead(e.text)
	case dumpWrapped:
		fate = x.takeWrapped(e.text)
	case dumpCut:
		fate = x.takeCut(e.text)
	default:
		fate = x.takeObject(e.text)
	}
	if fate != dumpOver {
		x.last = e.now
		x.keep(e.text)
	}
	return fate
}

// plain is a line without what the logger puts before each.
func (x *dump) plain(text []byte) []byte {
	if x.labels {
		rest, _ := cutPrefix(text, x.prefix)
		if rest == nil {
			rest = text
		}
		return unlabelled(rest)
	}
	if rest, ok := cutPrefix(text, x.prefix); ok {
		return rest
	}
	if bare, marked := bytes.CutSuffix(x.prefix, []byte("< ")); x.kind == dumpHead && marked { // curl marks the head's lines only
		if rest, ok := cutPrefix(text, bare); ok {
			return rest
		}
	}
	return text
}

// cutPrefix takes a prefix off a line. Digits may differ: they count, or tell the time. Of a line with nothing behind it the prefix's
// last blanks may be missing.
func cutPrefix(text, prefix []byte) ([]byte, bool) {
	if len(text) < len(prefix) {
		prefix = bytes.TrimRight(prefix, " \t")
		if len(text) != len(prefix) {
			return nil, false
		}
	}
	for i, c := range prefix {
		if c != text[i] && (!isDigit(c) || !isDigit(text[i])) {
			return nil, false
		}
	}
	return text[len(prefix):], true
}

// commonPrefix is how far two lines are the same but for their digits.
func commonPrefix(a, b []byte) []byte {
	n := 0
	for n < len(a) && n < len(b) && (a[n] == b[n] || isDigit(a[n]) && isDigit(b[n])) {
		n++
	}
	return a[:n]
}
