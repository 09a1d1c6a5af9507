package decode

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// maxSaid is how much of a text is searched for what its words say.
const maxSaid = 2048

// said reads what a line says in words around its data: the status, how long it took, and which model was asked.
func (r *record) said(text []byte) {
	text = text[:min(len(text), maxSaid)]
	admin := bytes.Contains(text, []byte(".com/v1/organizations")) // asks about use, and is none
	if r.url = r.url || r.spoken(text); r.url && !admin {
		if n := statusWord(text); n != 0 && r.statusR < rankText {
			r.call.Status, r.statusR = n, rankText
			r.tookFrom("words of the line", partStatus)
		}
		if d, ok := spentWord(text); ok && !r.call.DurationSeconds.Known() {
			r.call.DurationSeconds = claude.Some(d)
			r.tookFrom("words of the line", partDuration)
		}
	}
	if id := modelWord(text); id != "" && r.modelR == 0 {
		r.modelR, r.call.Model = 1, id
		r.tookFrom("words of the line", partModel)
	}
	r.refused(text)
}

// spoken reports whether the text of an address is one of Claude's API.
func (r *record) spoken(text []byte) bool {
	for word := range bytes.FieldsSeq(text) {
		if bytes.Contains(word, []byte("://")) && r.endpoint(string(word)) {
			return true
		}
	}
	return false
}

// statusNouns are the words behind which a status stands.
var statusNouns = map[string]bool{
	"status": true, "statuscode": true, "status_code": true, "code": true, "response": true, "returned": true, "http": true, "httpstatus": true,
	"http/1.1": true, "http/2": true, "http/1.0": true, "http/2.0": true, "http/3": true, "--": true,
}

// statusNoun reports a word behind which a status stands: one of the list, an error, an address.
func statusNoun(word string) bool {
	return statusNouns[word] || strings.HasSuffix(word, "error") || strings.HasPrefix(word, "//")
}

// statusWord finds the status in "failed with status 429", "response 200 https://...", "HTTP 429", "Error code: 429", "429 Too Many Requests".
func statusWord(text []byte) int {
	before := ""
	for word := range bytes.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(" \t\r\n:=,;()[]<>\"'\\|`", c) }) {
		if len(word) == 3 && statusNoun(before) {
			if n, err := strconv.Atoi(string(word)); err == nil && n >= 100 && n <= 599 {
				return n
			}
		}
		low := ""
		if len(word) <= 80 {
			low = strings.ToLower(string(word))
		}
		if reason, ok := reasons[before]; ok && reason == low {
			n, _ := strconv.Atoi(before) // the table holds numbers
			return n
		}
		before = low
	}
	return 0
}

// spentWord finds the time that a call took: "in 57ms", "(1s 234ms, 138-byte body)".
func spentWord(text []byte) (seconds float64, ok bool) {
	for _, start := range []string{" in ", "("} {
		for rest := text; ; {
			_, after, found := bytes.Cut(rest, []byte(start))
			if !found {
				break
			}
			rest = after
			spent := after[:min(len(after), 24)]
			if n := bytes.IndexAny(spent, ",;)-"); n >= 0 {
				spent = spent[:n]
			}
			words := strings.TrimSpace(string(spent))
			if start == " in " {
				words, _, _ = strings.Cut(words, " ")
			}
			if d, err := time.ParseDuration(strings.ReplaceAll(words, " ", "")); err == nil && d >= 0 && strings.HasSuffix(words, "s") {
				return d.Seconds(), true
			}
		}
	}
	return 0, false
}

// modelWord finds the model that a text names as one, as in model=claude-sonnet-5 or "while calling claude-sonnet-5:".
func modelWord(text []byte) string {
	for _, noun := range []string{"model=", "model: ", "calling ", "modelId=", "model_id=", "Model Group="} {
		for rest := text; ; {
			_, after, found := bytes.Cut(rest, []byte(noun))
			if !found {
				break
			}
			rest = after
			if id := modelAt(after); id != "" {
				return id
			}
		}
	}
	return ""
}

// bareModel takes the id of a model that stands as a word beside a usage without a model: claude-opus-5 usage: {...}. Only ids that
// are known for sure are taken.
func (r *record) bareModel(text []byte) {
	if r.modelR > 0 || r.foreign || !r.call.Usage.Known() || len(text) > maxSaid {
		return
	}
	for word := range bytes.FieldsSeq(text) {
		word = bytes.TrimLeft(word, "[(<")
		if !bytes.HasPrefix(word, []byte("claude-")) {
			continue
		}
		id := modelAt(word)
		if m := claude.ParseModel(id); string(m.Pool) != m.Name { // the table knows it
			r.modelR, r.call.Model = 1, id
			r.tookFrom("words of the line", partModel)
			return
		}
	}
}

// modelAt reads the id of a Claude model at the beginning of a text.
func modelAt(text []byte) string {
	text = bytes.TrimLeft(text[:min(len(text), 128)], `"'\`)
	n := 0
	for n < len(text) && (isNameByte(text[n]) || bytes.IndexByte([]byte("./:@[]"), text[n]) >= 0) {
		n++
	}
	id := strings.TrimRight(string(text[:n]), ".:])/")
	low := strings.ToLower(id)
	if !strings.Contains(low, "claude-") && !strings.Contains(low, "anthropic.claude") {
		return ""
	}
	return id
}

// saidByAPI takes from an error's message what the API says there and nowhere else: the model and the organization.
func (r *record) saidByAPI() {
	c, msg := &r.call, []byte(r.refusal.Message)
	if _, rest, ok := bytes.Cut(msg, []byte("(org: ")); ok && c.Organization == "" && c.Status == 429 {
		if id := idAt(rest); len(id) == 36 {
			c.Organization = id
			r.tookFrom("the error's message", partOrganization)
		}
	}
	if c.Model == "" && len(msg) > 0 && (c.Status == 429 || c.Status == 404) { // others quote the request
		c.Model = modelWord(msg[:min(len(msg), maxSaid)])
		r.tookFrom("the error's message", partModel)
	}
}
