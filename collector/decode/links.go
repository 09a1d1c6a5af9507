package decode

import (
	"bytes"

	"github.com/claudewatch/claudewatch/claude"
)

// maxLinks is how many of the TypeScript SDK's log ids are remembered.
const maxLinks = 64

// link is the request id that a log id of the TypeScript SDK stood beside: of the records of one attempt only some say it.
type link struct {
	Log       string `json:"log"`
	RequestID string `json:"request_id"`
}

// logID finds the id that the TypeScript SDK gives all records of an attempt: [log_842dd4], [log_842dd4, request-id: "req_..."].
func logID(text []byte) string {
	_, rest, ok := bytes.Cut(text, []byte("[log_"))
	if !ok {
		return ""
	}
	id := idAt(rest)
	if len(id) == 0 || len(id) > 16 || len(rest) == len(id) || rest[len(id)] != ']' && rest[len(id)] != ',' {
		return ""
	}
	return "log_" + id
}

// linked joins the records that one log id names. What has no request id yet is held back for the record that may say it.
func (d *Decoder) linked(res result, id string, e entry) result {
	if id == "" || len(res.calls) != 1 {
		return res
	}
	c := res.calls[0]
	for _, l := range d.links {
		if l.Log == id && c.RequestID == "" {
			c.RequestID = l.RequestID
			c.Provenance = c.Provenance.With(claude.Note{Field: partRequestID.String(), Value: c.RequestID, Line: d.line, How: claude.NoteText, Name: "another line of " + id})
		}
	}
	calls, rest := d.attempts.keyed(id, c, e.now)
	if c.RequestID != "" && id != stackKey {
		d.link(id, c.RequestID)
	}
	res.calls = append(calls, rest...)
	return res
}

func (d *Decoder) link(log, request string) {
	for _, l := range d.links {
		if l.Log == log {
			return
		}
	}
	if len(d.links) == maxLinks {
		d.links = append(d.links[:0], d.links[1:]...)
	}
	d.links = append(d.links, link{log, request})
}

// settle decides what an error without a request id is: the echo of one that was told, the end of an attempt of which the status line
// was seen, or a call by itself.
func (d *Decoder) settle(res result, e entry) result {
	if len(res.calls) != 1 {
		return res
	}
	c := &res.calls[0]
	d.attempts.enter(e)
	if bytes.HasPrefix(e.text, []byte(`{"type":"error"`)) && d.attempts.holds(stackKey, res) { // the body of the line before
		calls, outdated := d.attempts.keyed(stackKey, *c, e.now)
		calls = append(calls, d.attempts.release(stackKey)...)
		res.calls = append(calls, outdated...)
		return res
	}
	if again, ok := d.retold(res, e); ok {
		return again
	}
	own := c.RequestID != "" || c.Usage.Known()
	if len(c.Readings) > 0 || own && !spokenFormat(res.format) || !own && c.ErrorType == "" && (res.format != "text" && res.format != "sdk" || c.Status < 400) {
		return res
	}
	if !own && d.echoes.heard(e, *c) {
		return result{format: "litellm", skipped: SkippedRepeated}
	}
	if joined, ok := d.attempts.join(*c); ok {
		*c, own = joined, own || joined.RequestID != ""
	}
	if own || c.ErrorType != "" && !stacked(e.text) {
		return res
	}
	before := d.attempts.release(stackKey)
	calls, outdated := d.attempts.keyed(stackKey, *c, e.now)
	res.calls = append(append(before, calls...), outdated...)
	return res
}

// stackKey stands for the log's id where Node prints an error: its message first, then the stack, then the error as an object, which
// says the rest.
const stackKey = "stack"

// stacked reports the first line of such an error, or of one of PHP's, of which the body follows, or an exception that others may follow.
func stacked(text []byte) bool {
	if bytes.HasSuffix(text, []byte("` response:")) || raised(text) {
		return true
	}
	i := docStart(text)
	return i > 0 && bytes.Contains(text[:i], []byte("Error: ")) && !bytes.Contains(text, []byte("litellm."))
}

// stackLine reports the last line of a stack, behind which the object begins.
func stackLine(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t"), []byte("at ")) && len(head) > 3 && head[0] <= ' '
}
