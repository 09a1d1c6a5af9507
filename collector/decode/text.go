package decode

import (
	"bytes"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// maxDocs is how many JSON documents one text is searched for.
const maxDocs = 8

// speak takes a member that often holds the call as text: a message, an error, a body.
func (r *record) speak(fr *frame, f field, s scalar) {
	if s.kind != kindString {
		return
	}
	r.again = r.again || f.role == roleMessage && bytes.HasPrefix(s.raw, []byte(netAgain))
	if f.role == roleError && fr.depth == 0 && len(s.raw) < 40 {
		r.errorKind = s.text()
		if statusOfType(r.errorKind) != 0 && r.refusal.Type == "" {
			r.refusal.Type = r.errorKind
		}
	}
	if f.role == roleMessage {
		fr.message = s
	}
	if f.role == roleHeaders {
		r.block(unescape(s.raw))
		fr.hasHeaders = true
		return
	}
	r.text(s)
}

// minText is the shortest string that is looked into, in bytes.
const minText = 12

// text looks into a string of the log for a call: JSON, headers as text, the SDK's lines.
func (r *record) text(s scalar) {
	if len(s.raw) < minText || r.inner >= maxInner || !relevant(s.raw) {
		return
	}
	r.inner++
	r.free(unescape(s.raw))
	r.inner--
}

// free reads text in which JSON documents or headers may stand, with words around them.
func (r *record) free(text []byte) {
	if r.inner == 0 && bySpeaker(text) {
		return
	}
	text = unquoteJSON(text)
	r.address(string(text[:min(len(text), 512)]))
	if r.sdk == nil && sdkLine(text) {
		r.sdk = bytes.Clone(text)
		return
	}
	if eventText(text) {
		r.events(text)
		return
	}
	first, last, docs, printed := -1, 0, 0, false
	for i := 0; docs < maxDocs; docs++ {
		n, strict := nextDoc(text[i:])
		if n < 0 {
			break
		}
		i += n
		if first < 0 {
			first, printed = i, !strict
		}
		end, ok := r.doc(text[i:], strict)
		if !ok {
			break
		}
		i += end
		last = i
	}
	if first < 0 {
		r.block(text)
		r.spilled(text)
		r.said(text)
		r.listed(text)
		r.counted(text, r.inner > 0)
		return
	}
	r.compatible(text)
	if printed && len(text) <= maxSaid {
		r.printedAs(text)
	}
	r.bareModel(text[:first])
	r.bareModel(text[last:])
	r.errorLine(text[:first])
	if rest := text[last:]; len(rest) > 0 && len(rest) <= maxSaid && relevant(rest) {
		r.said(rest)
		r.refused(text[:min(len(text), maxSaid)])
	}
}

// printedAs takes what a language prints in brackets without the names that a walk knows: pairs of a header's name and value, and a
// status behind :ok or code=.
func (r *record) printedAs(text []byte) {
	if r.headers.Known == 0 {
		r.block(text)
	}
	if r.call.Status != 0 || !r.url {
		return
	}
	if _, rest, ok := bytes.Cut(text, []byte("{:ok, ")); ok && len(rest) > 3 && rest[3] == ',' && isStatus(rest[:3]) {
		n, _ := digits(rest[:3])
		r.call.Status, r.statusR = int(n), rankText
		r.tookFrom("words of the line", partStatus)
		return
	}
	r.status(text)
}

// spilled takes counts that stand as pairs in the words of a message, with what stands beside them: "done model=claude-opus-5 input_tokens=12".
func (r *record) spilled(text []byte) {
	if r.usageR > 0 || len(text) > maxSaid || !bytes.Contains(text, []byte("okens=")) {
		return
	}
	fr := frame{depth: 1}
	r.push(nil)
	r.pairs(&fr, text)
	r.leave(&fr)
}

// doc reads the document at the beginning of a text, strictly as JSON or as a language prints it.
func (r *record) doc(text []byte, strict bool) (end int, ok bool) {
	if !strict {
		data, n, ok := relax(text)
		if ok {
			_, err := r.walk(data)
			ok = err == nil
		}
		if !ok {
			r.block(text)
		}
		return n, ok
	}
	end, err := r.walk(text)
	if err != nil {
		r.brokenDoc(text, err)
	}
	return end, err == nil
}

// nextDoc returns where the next object starts in a text, or -1, and whether it is JSON.
func nextDoc(text []byte) (at int, strict bool) {
	for i := 0; i < len(text); i++ {
		n := bytes.IndexAny(text[i:], "{([")
		if n < 0 {
			return -1, false
		}
		i += n
		rest := bytes.TrimLeft(text[i+1:min(len(text), i+64)], " \t\r\n")
		switch {
		case len(rest) == 0:
		case text[i] != '{':
			if i > 0 && isLetter(text[i-1]) && isLetter(rest[0]) && bytes.IndexByte(rest, '=') > 0 {
				return i, false
			}
		case rest[0] == '"' && !arrowed(text[i+1:]):
			return i, true
		case goStruct(rest):
		case rest[0] == '"', rest[0] == '\'', rest[0] == ':', rest[0] == '@', isLetter(rest[0]):
			return i, false
		}
	}
	return -1, false
}

// goStruct reports the first field of a struct as Go's %+v prints it, {ID:msg_01 Role:assistant}: where a value ends can't be told there.
func goStruct(text []byte) bool {
	n := len(idAt(text))
	return n > 0 && n+1 < len(text) && text[0] >= 'A' && text[0] <= 'Z' && text[n] == ':' && (isNameByte(text[n+1]) || text[n+1] == '[')
}

// arrowed reports whether the first name in quotes is followed by what only other languages write: an arrow, or another element.
func arrowed(text []byte) bool {
	w := walker{b: text}
	w.space()
	if _, err := w.str(); err != nil {
		return false
	}
	w.space()
	rest := text[w.i:]
	return bytes.HasPrefix(rest, []byte("=>")) || bytes.HasPrefix(rest, []byte{','})
}

// brokenDoc judges a document inside text that can't be read: it matters only if headers or usage stand in it.
func (r *record) brokenDoc(text []byte, err error) {
	reason, _ := rejected(err)
	if reason == RejectedDepth || bytes.Contains(text, []byte("anthropic-ratelimit-")) || bytes.Contains(text, []byte(`_tokens"`)) {
		r.fail(err)
	}
}

// docStart returns where the next JSON object starts in a text, or -1.
func docStart(text []byte) int {
	for i := 0; i < len(text); {
		n := bytes.IndexByte(text[i:], '{')
		if n < 0 {
			return -1
		}
		i += n
		rest := bytes.TrimLeft(text[i+1:min(len(text), i+32)], " \t\r\n")
		if len(rest) > 0 && rest[0] == '"' {
			return i
		}
		i++
	}
	return -1
}

// unquoteJSON resolves one level of escapes where JSON stands inside a quoted value of a text, as logfmt writes it.
func unquoteJSON(text []byte) []byte {
	i := bytes.Index(text, []byte(`{\"`))
	if i < 0 {
		i = bytes.Index(text, []byte(`{\'`)) // a text in quotes as Python prints it
	}
	if i < 0 {
		return text
	}
	if n, _ := nextDoc(text[:i]); n >= 0 {
		return text
	}
	out := append([]byte{}, text[:i]...)
	return append(out, unescape(text[i:])...)
}

// block reads headers from text: a raw block, or a map as some language prints it.
func (r *record) block(text []byte) {
	if !containsFold(text, "anthropic-ratelimit-") && !containsFold(text, "request-id") {
		return
	}
	if _, line, ok := bytes.Cut(text, []byte("HTTP/")); ok && r.statusR < rankText {
		_, code, _ := bytes.Cut(line[:min(len(line), 16)], []byte{' '})
		if n, ok := statusOf(scalar{kindNumber, firstWord(bytes.TrimSpace(code))}); ok && n >= 100 && n <= 599 {
			r.call.Status, r.statusR = n, rankText
			r.tookFrom("status line", partStatus)
		}
	}
	r.idInWords = r.idInWords || containsFold(text, "(request-id: ") || bytes.Contains(text, []byte(`, request-id: "`))
	known := r.headers.Known
	var date []byte
	scrapeHeaders(text, func(name, value []byte) {
		switch len(name) {
		case len("date"):
			date = value
			return
		case len("request-id"):
			value = []byte(idAt(value))
		}
		if len(name) > len("retry-after-ms") && (bytes.IndexByte(value, ' ') >= 0 || wantedHeader(value)) { // a sentence about the header
			return
		}
		r.header(name, scalar{kindString, value})
	})
	if r.headers.Known > known && date != nil {
		r.header([]byte("date"), scalar{kindString, date})
	}
}

func containsFold(text []byte, lower string) bool {
	if bytes.Contains(text, []byte(lower)) {
		return true
	}
	return bytes.Contains(bytes.ToLower(text), []byte(lower))
}

// errorLine reads the status that SDKs put before an error's JSON: "429 {", "Error code: 429 - {", "...": 429 Too Many Requests {".
func (r *record) errorLine(before []byte) {
	r.block(before)
	r.said(before)
	if r.refusal.Type == "" || r.statusR > rankText {
		return
	}
	words := bytes.FieldsFunc(before[max(0, len(before)-160):], func(c rune) bool { return c == ' ' || c == ':' || c == '(' || c == '-' || c == '"' || c == '`' })
	for _, word := range slices.Backward(words) {
		if n, ok := statusOf(scalar{kindNumber, word}); ok && len(word) == 3 && n >= 400 && n <= 599 {
			r.call.Status, r.statusR = n, rankText
			r.tookFrom("words before the error", partStatus)
			return
		}
	}
}

// compatible takes an error of the API's endpoint for OpenAI's clients: the type stands under their name for the code.
func (r *record) compatible(text []byte) {
	if r.refusal.Type != "invalid_request_error" || !strings.Contains(r.refusal.Message, "anthropic.com/") && !strings.Contains(r.refusal.Message, "claude.com/") {
		return
	}
	for _, quote := range []string{`'`, `"`} {
		_, rest, ok := bytes.Cut(text, []byte(quote+"code"+quote))
		if code := idAt(bytes.TrimLeft(rest[:min(len(rest), 64)], `: '"`)); ok && statusOfType(code) != 0 {
			r.refusal.Type, r.apiShape = code, true
			return
		}
	}
}

// ownHost reports a text that names the API's host as an address, not in a sentence.
func ownHost(text string) bool {
	_, rest, ok := strings.Cut(text, "api.anthropic.com")
	return ok && (len(rest) == 0 || rest[0] != ' ' && rest[0] != ')' && !isNameByte(rest[0]) && (rest[0] != '.' || len(rest) == 1 || !isNameByte(rest[1])))
}

// address notes whose API a text speaks of.
func (r *record) address(text string) {
	switch {
	case ownHost(text), strings.Contains(text, "AnthropicException"):
		r.url = true
	case strings.Contains(text, foundryPath):
		r.url, r.call.Provider = true, claude.ProviderFoundry
	case strings.Contains(text, "/chat/completions"), strings.Contains(text, "api.openai.com"), strings.Contains(text, "api.moonshot."):
		r.foreign = true
	}
}
