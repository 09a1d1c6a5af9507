package decode

import "bytes"

// An error's JSON may be broken across lines: a terminal wraps it, or what the API says holds a line break that was printed as one.
//
//	API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded.
//	     https://docs.claude.com/en/api/errors"},"request_id":"req_..."}

const (
	errorStart   = `{"type":"error","error":{`
	maxCutLines  = 6
	maxErrorLine = 2 << 10 // bytes of a line that may be a part
)

// mayBeCut is the cheap test for the first line of such an error.
func mayBeCut(text []byte) bool {
	return len(text) <= maxErrorLine && text[len(text)-1] != '}' && bytes.Contains(text, []byte(errorStart))
}

// opensCut recognises a line with an error of which the end is missing.
func (x *dump) opensCut(text []byte) bool {
	if len(text) == 0 || !mayBeCut(text) || whole(text[bytes.Index(text, []byte(errorStart)):]) {
		return false
	}
	x.kind, x.open = dumpCut, bytes.Index(text, []byte(errorStart))
	return true
}

// whole reports a text that begins with a whole document of JSON.
func whole(text []byte) bool {
	w := walker{b: text}
	return w.skip() == nil
}

// takeCut judges the next line of such an error.
func (x *dump) takeCut(text []byte) dumpFate {
	if len(x.lines) >= maxCutLines || len(text) > maxErrorLine || bytes.Contains(text, []byte(errorStart)) || len(bytes.TrimSpace(text)) == 0 {
		return dumpOver
	}
	if whole(append(x.joined()[x.open:], bytes.TrimSpace(text)...)) {
		return dumpDone
	}
	return dumpMore
}

// joined is the line that such an error was.
func (x *dump) joined() []byte {
	text := bytes.TrimRight(bytes.Clone(x.lines[0]), " ")
	for _, line := range x.lines[1:] {
		text = append(text, bytes.TrimSpace(line)...)
	}
	return text
}

// closeCut reads such an error, or each of its lines where the rest never came.
func (d *Decoder) closeCut(x *dump) result {
	text := x.joined()
	if !whole(text[x.open:]) {
		return d.reread(x)
	}
	return d.single(entry{text: text, now: x.last, lane: x.lane, at: x.at, start: x.start})
}
