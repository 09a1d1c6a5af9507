package decode

import (
	"bytes"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// The Python SDK writes one attempt on up to four lines: httpcore's trace and the SDK's own line hold the headers, httpx's line the
// status, the last one the request id. Which of them a log holds depends on its levels.

// pythonNeedles are what these lines hold, whatever the application's logger puts before it.
var pythonNeedles = [...]string{"HTTP Request: ", "HTTP Response: ", "receive_response_headers.complete", "request_id: req_", `.anthropic.com:443 "`}

// sdkLine reports whether a text is a line of the SDK or of the libraries below it.
func sdkLine(text []byte) bool {
	for _, n := range pythonNeedles {
		if i := bytes.Index(text, []byte(n)); i >= 0 && (docStart(text) < 0 || docStart(text) > i) {
			return true
		}
	}
	return false
}

// decodePython reads one line of an attempt and returns the calls that are complete with it.
func decodePython(d *Decoder, e entry) (result, bool) {
	text := e.text
	if !sdkLine(text) {
		return result{}, false
	}
	d.attempts.enter(e)
	if i := bytes.Index(text, []byte("request_id: req_")); i >= 0 {
		id := idAt(text[i+len("request_id: "):])
		return d.found(d.attempts.identify(id), partRequestID, id), true
	}
	r := record{time: e.at.in(d.zone, e.now), trail: d.newTrail()}
	var seen seenPieces
	switch {
	case bytes.Contains(text, []byte(pythonNeedles[2])):
		seen = r.trace(after(text, pythonNeedles[2]))
	case bytes.Contains(text, []byte(pythonNeedles[1])):
		seen = r.exchange(after(text, pythonNeedles[1]))
	case bytes.Contains(text, []byte(pythonNeedles[0])):
		seen = r.exchange(after(text, pythonNeedles[0]))
	default:
		seen = r.urllib(after(text, pythonNeedles[4]))
	}
	if seen == seenNothing {
		return result{skipped: SkippedNoCall}, true
	}
	res := r.result(e.now, nil)
	if len(res.calls) == 0 {
		return res, true
	}
	c := res.calls[0]
	d.stamp(&c)
	if seen == seenAll {
		return result{calls: []claude.Call{c}}, true
	}
	if !d.attempts.begun(c, seen) { // the first line of an attempt
		d.asked.expire(e.now)
		c.Model = orText(c.Model, d.asked.model())
		c.Clean()
	}
	return d.attempts.add(c, seen, e.now), true
}

func after(text []byte, needle string) []byte {
	return text[bytes.Index(text, []byte(needle))+len(needle):]
}

func idAt(text []byte) string {
	n := 0
	for n < len(text) && n < 128 && isNameByte(text[n]) {
		n++
	}
	return string(text[:n])
}

// exchange reads `POST https://api.anthropic.com/v1/messages "HTTP/1.1 429 Too Many Requests"`, of httpx or of the SDK, which leaves
// the protocol out and adds the headers.
func (r *record) exchange(text []byte) seenPieces {
	before, rest, ok := bytes.Cut(text, []byte{'"'})
	words := bytes.Fields(before)
	if !ok || len(words) < 2 || len(rest) < 3 {
		return seenNothing
	}
	rest = bytes.TrimLeft(rest, `\`)
	seen := seenResponse
	if bytes.HasPrefix(rest, []byte("HTTP/")) {
		_, rest, _ = bytes.Cut(rest, []byte{' '})
		seen = seenRequest
	}
	if n, ok := statusOf(scalar{kindNumber, firstWord(rest)}); ok {
		r.call.Status = n
		r.tookFrom("words of the line", partStatus)
	}
	if _, headers, ok := bytes.Cut(rest, []byte("Headers(")); ok {
		r.block(headers)
	}
	r.url = r.url || r.endpoint(string(words[1]))
	if r.call.Status == 0 {
		return seenNothing
	}
	return seen
}

func firstWord(text []byte) []byte {
	end := bytes.IndexAny(text, ` "\`)
	if end < 0 {
		return text
	}
	return text[:end]
}

// foundryPath is what addresses of Claude in Microsoft Foundry hold; other companies offer endpoints of the same path.
const foundryPath = ".azure.com/anthropic/v1/"

// ownServer reports the API's host, or that of Claude Platform on AWS.
func ownServer(host string) bool {
	return strings.HasSuffix(host, "api.anthropic.com") || strings.Contains(host, "//aws-external-anthropic.") && strings.HasSuffix(host, ".api.aws")
}

// endpoint reports whether a URL is one of Claude's, and notes what else it tells.
func (r *record) endpoint(url string) bool {
	if host, path, ok := strings.Cut(url, "/v1/"); ok && ownServer(strings.TrimSuffix(strings.TrimRight(host, "/"), ":443")) {
		return !strings.HasPrefix(path, "organizations")
	}
	if strings.Contains(url, foundryPath) {
		r.call.Provider = claude.ProviderFoundry
		return true
	}
	if _, model, ok := strings.Cut(url, "/publishers/anthropic/models/"); ok {
		r.call.Provider = claude.ProviderVertex
		r.tookFrom("the address", partModel)
		r.call.Model, _, _ = strings.Cut(model, ":")
		return true
	}
	if _, model, ok := strings.Cut(url, "/model/"); ok && strings.Contains(url, "bedrock-runtime") && strings.Contains(model, "anthropic") {
		r.call.Provider = claude.ProviderBedrock
		r.tookFrom("the address", partModel)
		r.call.Model, _, _ = strings.Cut(strings.NewReplacer("%3A", ":", "%2F", "/").Replace(model), "/")
		return true
	}
	return false
}

// trace reads httpcore's " return_value=(b'HTTP/1.1', 200, b'OK', [(b'Date', b'...'), ...])"; HTTP/2 has no protocol and no reason.
func (r *record) trace(text []byte) seenPieces {
	_, rest, ok := bytes.Cut(text, []byte("return_value=("))
	if !ok {
		return seenNothing
	}
	for i := 0; i+3 <= min(len(rest), 24); i++ {
		if n, ok := statusOf(scalar{kindNumber, rest[i : i+3]}); ok && n >= 100 && n <= 599 && (i+3 == len(rest) || rest[i+3] == ',') {
			r.call.Status = n
			r.tookFrom("words of the line", partStatus)
			break
		}
	}
	r.block(rest)
	if r.call.Status == 0 || !r.url && !ownID(r.headers.RequestID) {
		return seenNothing
	}
	r.url = true
	return seenTrace
}

// urllib reads what the library urllib3 writes: POST /v1/messages HTTP/1.1" 200 None.
func (r *record) urllib(text []byte) seenPieces {
	request, rest, ok := bytes.Cut(text, []byte(` HTTP/1.1" `))
	if !ok || !bytes.Contains(request, []byte(" /v1/")) {
		return seenNothing
	}
	n, ok := statusOf(scalar{kindNumber, firstWord(rest)})
	if !ok {
		return seenNothing
	}
	r.call.Status, r.url = n, true
	r.tookFrom("words of the line", partStatus)
	return seenAll
}
