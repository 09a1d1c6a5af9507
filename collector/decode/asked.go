package decode

import (
	"bytes"
	"strings"
	"time"
)

// askedKept is how long an answer to a request is waited for: the SDKs' own limit.
const askedKept = 10 * time.Minute

// asked is what requests that have no answer yet say of it. Nothing in a log links the two, so it counts only while all of them say
// the same.
type asked struct {
	Open  int       `json:"open,omitempty"`
	Model string    `json:"model,omitempty"`
	Mixed bool      `json:"mixed,omitempty"`
	Java  int       `json:"java,omitempty"`   // requests of the Java SDK to the API
	Other bool      `json:"other,omitempty"`  // and some to other addresses
	Last  time.Time `json:"last_at,omitzero"` // when the last of them was read
	// Traced says that the Python SDK prints a stack next, whose last line tells once more of the attempt that was logged.
	Traced bool    `json:"traced,omitempty"`
	Net    netAsks `json:"net,omitzero"`
	Stack  tale    `json:"stack,omitzero"`
	Sent   sent    `json:"sent,omitzero"`
}

// statusError is the library's name for an answer that is an error.
const statusError = "httpx.HTTPStatusError"

// retold reports the last line of the stack that was announced.
func (a *asked) retold(text []byte) bool {
	if !a.Traced || !bytes.HasPrefix(text, []byte(statusError)) {
		return false
	}
	a.Traced = false
	return true
}

func (a *asked) expire(now time.Time) {
	if !a.Last.IsZero() && now.Sub(a.Last) >= askedKept {
		*a = asked{}
	}
}

// ask notes a request for a model.
func (a *asked) ask(model string, now time.Time) {
	a.expire(now)
	if a.Open == 0 {
		a.Model, a.Mixed = model, false
	}
	a.Mixed = a.Mixed || a.Model != model
	a.Open, a.Last = a.Open+1, now
}

// model returns which model a response answers for, "" where that can't be told.
func (a *asked) model() string {
	if a.Open == 0 {
		return ""
	}
	model := a.Model
	if a.Mixed {
		model = ""
	}
	if a.Open--; a.Open == 0 {
		a.Model, a.Mixed = "", false
	}
	return model
}

// answer takes a response of the Java SDK, which writes the address only into the request's line.
func (a *asked) answer(r *record) {
	if a.Java == 0 {
		return
	}
	r.url = r.url || !a.Other
	if a.Java--; a.Java == 0 {
		a.Other = false
	}
}

// decodeAsked reads the line of a request: the Python SDK's options, of which nothing but the model is kept, or the Java SDK's address.
func decodeAsked(d *Decoder, e entry) (result, bool) {
	if i := bytes.Index(e.text, []byte("Request options: {")); i >= 0 && i <= maxPrefix {
		r := d.newRecord()
		r.doc(e.text[i+len("Request options: "):], false)
		if strings.Contains(strings.ToLower(r.call.Model), "claude") { // other companies' SDKs write the same line
			d.asked.ask(r.call.Model, e.now)
		}
		return result{format: "python-sdk", skipped: SkippedNoCall}, true
	}
	if bytes.Contains(e.text, []byte("anthropic._base_client")) && bytes.Contains(e.text, []byte("Encountered ")) {
		if d.asked.Traced = bytes.Contains(e.text, []byte(statusError)); !d.asked.Traced { // no answer comes
			d.asked.model()
		}
		return result{format: "python-sdk", skipped: SkippedNoCall}, true
	}
	_, rest, ok := bytes.Cut(e.text, []byte("--> POST "))
	if !ok {
		return result{}, false
	}
	d.asked.expire(e.now)
	var r record
	if !r.endpoint(string(firstWord(rest))) {
		d.asked.Other = true
		return result{skipped: SkippedOtherProvider}, true
	}
	d.asked.Java, d.asked.Last = d.asked.Java+1, e.now
	return result{format: "java-sdk", skipped: SkippedNoCall}, true
}
