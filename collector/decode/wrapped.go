package decode

import "bytes"

// Python's rich breaks what a logger says to the width of a terminal and puts the place in the code behind the first line:
//
//	[16:00:01] INFO     HTTP Request: POST                   _client.py:1025
//	                    https://api.anthropic.com/v1/messages
//	                    "HTTP/1.1 429 Too Many Requests"

// maxWrapped is how many lines a broken message has at most.
const maxWrapped = 60

// wrapIndent is how far the lines below the first are indented at least.
const wrapIndent = 8

// opensWrapped recognises the first line of a broken message of the Python SDK's.
func (x *dump) opensWrapped(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	place := text[bytes.LastIndexByte(text, ' ')+1:]
	file, line, ok := bytes.Cut(place, []byte(".py:"))
	if !ok || len(file) == 0 || len(line) == 0 || len(bytes.Trim(line, "0123456789")) > 0 {
		return false
	}
	i := max(bytes.Index(text, []byte("HTTP Request: ")), bytes.Index(text, []byte("HTTP Response: ")))
	if i < 0 || bytes.IndexByte(text[i:], '"') >= 0 {
		return false
	}
	x.kind, x.open = dumpWrapped, len(text)-len(place)
	return true
}

// takeWrapped judges the next line of a broken message: it is indented and says no place.
func (x *dump) takeWrapped(text []byte) dumpFate {
	if len(x.lines) >= maxWrapped || indent(text) < wrapIndent || bytes.Contains(text, []byte(".py:")) {
		return dumpOver
	}
	return dumpMore
}

// closeWrapped reads a broken message as the line that it was.
func (d *Decoder) closeWrapped(x *dump) result {
	text := bytes.TrimRight(bytes.Clone(x.lines[0][:x.open]), " ")
	for _, line := range x.lines[1:] {
		text = append(append(text, ' '), bytes.TrimSpace(line)...)
	}
	return d.single(entry{text: text, now: x.last, lane: x.lane, at: x.at, start: x.start})
}
