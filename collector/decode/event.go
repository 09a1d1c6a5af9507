package decode

import "bytes"

// An application may log the events of a stream one by one in records of its own: as an object under a name, as text in a string, or as
// its language prints them.

// maxEventKey is how far before an event the name may stand under which a record holds it.
const maxEventKey = 24

// eventKeys are the names under which records hold an event. Below others, as those of a conversation, it is only quoted.
var eventKeys = map[string]bool{
	"event": true, "chunk": true, "data": true, "payload": true, "message": true, "msg": true, "body": true, "raw": true, "sse": true, "line": true,
}

// innerEvent finds an event of a stream that a record in JSON holds. It returns the event as JSON.
func innerEvent(text []byte) ([]byte, bool) {
	for _, start := range []string{`{"type":"message_`, `{"type": "message_`, `{\"type\":\"message_`, `{\"type\": \"message_`} {
		i := bytes.Index(text[:min(len(text), eventStart)], []byte(start))
		if i <= 0 {
			continue
		}
		escaped := start[1] == '\\'
		whole := bytes.Contains(text, []byte("message_start")) && bytes.Contains(text, []byte("message_delta")) // all of a stream
		if whole || !eventKeys[keyBefore(text[:i], escaped)] {
			return nil, false
		}
		if escaped {
			return unescape(text[i:]), true
		}
		return text[i:], true
	}
	return nil, false
}

// keyBefore returns the name of the member whose value begins where a text ends, or whose value is the text that ends there.
func keyBefore(text []byte, inString bool) string {
	if inString {
		n := bytes.LastIndex(text, []byte(`:"`))
		value := n + len(`:"`)
		if m := bytes.LastIndex(text, []byte(`: "`)); m > n {
			n, value = m, m+len(`: "`)
		}
		if n < 0 || bytes.ContainsAny(text[value:], `"{`) {
			return ""
		}
		text = text[:n+1]
	}
	text = bytes.TrimRight(text[max(0, len(text)-maxEventKey):], " :")
	if len(text) == 0 || text[len(text)-1] != '"' {
		return ""
	}
	text = text[:len(text)-1]
	return string(text[bytes.LastIndexByte(text, '"')+1:])
}

// event takes the event that stood inside a record.
func (d *Decoder) event(inner []byte, e entry) (result, bool) {
	outer := d.newRecord()
	if _, err := outer.walk(e.text[docStart(e.text):]); err == nil && outer.time.known() {
		e.at = outer.time
	}
	r := d.newRecord()
	if _, err := r.walk(inner); err != nil {
		return result{}, false
	}
	e.text = inner
	return d.streamed(r.typ, r, e)
}

// printedEvent reads an event as a language prints it: RawMessageStartEvent(message=Message(...), type='message_start'), or
// {'type': 'message_start', ...}.
func (d *Decoder) printedEvent(e entry) (result, bool) {
	i := max(bytes.Index(e.text, []byte("MessageStartEvent(")), bytes.Index(e.text, []byte("MessageDeltaEvent(")))
	for _, start := range []string{`{'type': 'message_`, `{ type: 'message_`, `{:type=>"message_`, `{type: "message_`} {
		i = max(i, bytes.Index(e.text, []byte(start)))
	}
	if i < 0 || i > maxPrefix || sdkLine(e.text) {
		return result{}, false
	}
	r := d.newRecord()
	if _, ok := r.doc(e.text[i:], false); !ok {
		return result{}, false
	}
	return d.streamed(r.typ, r, e)
}

// stopped reports an event that says why the message ended.
func stopped(event []byte) bool {
	for _, name := range []string{`"stop_reason":`, `stop_reason=`} {
		if _, rest, ok := bytes.Cut(event, []byte(name)); ok && len(rest) > 0 {
			return isQuote(bytes.TrimLeft(rest, " ")[0])
		}
	}
	return false
}
