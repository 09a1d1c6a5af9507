package decode

import (
	"bytes"
	"cmp"
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
	r.worded(text)
	r.codeError(text)
	if r.url = r.url || r.spoken(text) || ownException(text); (r.url || ownID(r.call.RequestID) || ownID(r.headers.RequestID)) && !admin && !byPerson(text) {
		if n := cmp.Or(statusWord(text), statusBefore(text)); n != 0 && r.statusR < rankText {
			r.call.Status, r.statusR = n, rankText
			r.tookFrom("words of the line", partStatus)
		}
		r.spentIn(text)
	}
	if id := modelWord(text); id != "" && r.modelR == 0 {
		r.modelR, r.call.Model = 1, id
		r.tookFrom("words of the line", partModel)
	}
	r.refused(text)
	r.failed(text)
}

// failed takes the status of a failure from a line of a log that names no address but a model of Claude's.
func (r *record) failed(text []byte) {
	if r.url || r.foreign || r.statusR >= rankText || r.call.Status != 0 || !logged(text) || byPerson(text) || ofOthers(text) {
		return
	}
	model := r.call.Model
	if model == "" {
		model = modelIn(text)
	}
	if n := statusWord(text); n >= 400 && (claudeModel(model) || ownAPI(text)) {
		r.url = r.url || !claudeModel(model)
		r.call.Status, r.statusR = n, rankText
		r.tookFrom("words of the line", partStatus)
		if r.call.Model == "" && model != "" {
			r.call.Model, r.modelR = model, 1
			r.tookFrom("words of the line", partModel)
		}
	}
}

// ownAPI reports a line that calls the API by its name.
func ownAPI(text []byte) bool {
	low := bytes.ToLower(text[:min(len(text), maxHeadLine)])
	return bytes.Contains(low, []byte("anthropic api")) || bytes.Contains(low, []byte("claude api"))
}

// codeError takes what Claude Code prints of an error without the API's words: API Error: 529 Overloaded., and ✻ 529 Overloaded · Retrying in 4s.
func (r *record) codeError(text []byte) {
	start := bytes.IndexFunc(text[:min(len(text), 16)], func(c rune) bool { return c == 'A' || c >= '1' && c <= '9' })
	if start < 0 || r.statusR >= rankText {
		return
	}
	text = text[start:]
	rest, ok := bytes.CutPrefix(text, []byte("API Error: "))
	if !ok && !bytes.Contains(text, []byte("Retrying in ")) {
		return
	} else if !ok {
		rest = text
	}
	if len(rest) < 4 || !isStatus(rest[:3]) || rest[3] != ' ' {
		return
	}
	if n, _ := digits(rest[:3]); bytes.HasPrefix(rest, []byte("529 Overloaded")) || n >= 400 && ok && bytes.Contains(text, []byte("status.claude.com")) {
		r.refusedAs(int(n))
		r.url = true
	}
}

// statusBefore finds the status in what aiohttp says of an error, and in HTTParty's line: 429, message='Too Many Requests', url='https://...';
// 429 "POST https://...".
func statusBefore(text []byte) int {
	for _, mark := range []string{", message='", ` "POST https://`} {
		before, _, ok := bytes.Cut(text, []byte(mark))
		if !ok || len(before) < 3 || len(before) > 3 && isNameByte(before[len(before)-4]) || !isStatus(before[len(before)-3:]) {
			continue
		}
		n, _ := digits(before[len(before)-3:]) // it was seen to be digits
		return int(n)
	}
	return 0
}

// worded takes the request's id from a line that names it in words, and the error's type beside it.
func (r *record) worded(text []byte) {
	i := bytes.Index(text, []byte("req_01"))
	if i < 0 || i > 0 && isNameByte(text[i-1]) {
		return
	}
	id := idAt(text[i:])
	if !ownID(id) || len(id) < len("req_01")+4 || bytes.HasPrefix(text[i+len(id):], []byte("...")) || byPerson(text) {
		return
	}
	if r.call.RequestID == "" && r.headers.RequestID == "" {
		r.call.RequestID, r.idR, r.idInWords = id, 3, true
		r.tookFrom("words of the line", partRequestID)
	}
	if r.refusal.Type != "" {
		return
	}
	for word := range bytes.FieldsFuncSeq(text, func(c rune) bool { return c > 0x7f || !isNameByte(byte(c)) }) {
		if bytes.IndexByte(word, '_') > 0 && apiType(string(word)) {
			r.refusal.Type = string(word)
			r.tookFrom("words of the line", partErrorType)
			return
		}
	}
}

// ownExceptions are the beginnings of the names of the SDKs' exceptions.
var ownExceptions = []string{"anthropic.", "com.anthropic.errors.", "Anthropic::Errors::"}

// ownException reports an exception of one of the SDKs, and what it says: anthropic.InternalServerError: Error code: 500.
func ownException(text []byte) bool {
	for _, start := range ownExceptions {
		i := bytes.Index(text, []byte(start))
		if i < 0 || i > 0 && text[i-1] != ' ' && text[i-1] != '|' {
			continue
		}
		name, rest, ok := bytes.Cut(text[i:], []byte(": "))
		if !ok || bytes.IndexByte(name, ' ') >= 0 || len(name) > 80 {
			continue
		}
		if code, found := bytes.CutPrefix(rest, []byte("Error code: ")); found {
			return len(code) == 3 || len(code) > 5 && string(code[3:6]) == " - "
		}
		if len(rest) > 3 && (rest[3] == ':' || rest[0] == '<') {
			return true
		}
	}
	return false
}

// spoken reports whether the text of an address is one of Claude's API.
func (r *record) spoken(text []byte) bool {
	cloud := bytes.Contains(text, []byte("bedrock-runtime")) || bytes.Contains(text, []byte("aiplatform.googleapis.com"))
	for word := range bytes.FieldsSeq(text) {
		if bytes.Contains(word, []byte("://")) && r.endpoint(string(word)) {
			return true
		}
		if cloud && word[0] == '/' && r.endpoint("https://bedrock-runtime"+string(word)) { // the host stands before the request line
			return true
		}
	}
	return hostAside(text)
}

// statusNouns are the words behind which a status stands.
var statusNouns = map[string]bool{
	"status": true, "statuscode": true, "status_code": true, "code": true, "response": true, "returned": true, "http": true, "httpstatus": true,
	"http/1.1": true, "http/2": true, "http/1.0": true, "http/2.0": true, "http/3": true, "--": true, "-": true, "→": true,
	"limited": true, "throttled": true, "overloaded": true, "unavailable": true,
}

// endings are the words that end a call, behind which "with" leads to the status.
var endings = map[string]bool{
	"failed": true, "succeeded": true, "completed": true, "responded": true, "finished": true, "rejected": true, "answered": true, "replied": true, "returned": true,
}

// statusNoun reports a word behind which a status stands: one of the list, an error, an address.
func statusNoun(word string) bool {
	return statusNouns[word] || strings.HasSuffix(word, "error") || strings.HasPrefix(word, "//") || timers(word)
}

// httpsPort stands behind a host where others have the status.
const httpsPort = 443

// statusWord finds the status in "failed with status 429", "response 200 https://...", "HTTP 429", "Error code: 429", "429 Too Many Requests".
func statusWord(text []byte) int {
	before, earlier := "", ""
	for word := range bytes.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(" \t\r\n:=,;()[]<>\"'\\|`", c) }) {
		if len(word) == 3 && (statusNoun(before) || before == "with" && endings[earlier] || before == "api" && word[0] >= '4') {
			if n, err := strconv.Atoi(string(word)); err == nil && n >= 100 && n <= 599 && n != httpsPort {
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
		before, earlier = low, before
	}
	return 0
}

// spentIn takes the time that a line says the call took.
func (r *record) spentIn(text []byte) {
	d, ok := spentWord(text)
	if !ok {
		d, ok = accessSpent(text)
	}
	if ok && !r.call.DurationSeconds.Known() {
		r.call.DurationSeconds = claude.Some(d)
		r.tookFrom("words of the line", partDuration)
	}
}

// spentWord finds the time that a call took: "in 57ms", "(1s 234ms, 138-byte body)", "took 57ms", "429 Too Many Requests 57ms".
func spentWord(text []byte) (seconds float64, ok bool) {
	for _, start := range []string{" in ", "(", " took "} {
		for at := 0; ; {
			n := bytes.Index(text[at:], []byte(start))
			if n < 0 {
				break
			}
			before := text[:at+n]
			at += n + len(start)
			spent := text[at:min(len(text), at+24)]
			if n := bytes.IndexAny(spent, ",;)-"); n >= 0 {
				spent = spent[:n]
			}
			words := strings.TrimSpace(string(spent))
			if start != "(" {
				words, _, _ = strings.Cut(words, " ")
			}
			if d, err := time.ParseDuration(strings.ReplaceAll(words, " ", "")); err == nil && d >= 0 && strings.HasSuffix(words, "s") && !waits(before) {
				return d.Seconds(), true
			}
		}
	}
	return bareSpent(text)
}

// waits reports words behind which stands how long will be waited, not how long a call took.
func waits(before []byte) bool {
	word := string(bytes.ToLower(before[bytes.LastIndexByte(before, ' ')+1:]))
	return strings.HasPrefix(word, "retry") || word == "again" || word == "attempt" || word == "sleeping" || word == "waiting" || word == "resets"
}

// bareSpent finds a time without a word before it that is followed by nothing and stands behind a status, its reason or counts.
func bareSpent(text []byte) (seconds float64, ok bool) {
	before := ""
	for word := range bytes.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(" \t:=,;()[]|", c) }) {
		if len(word) < 12 && isDigit(word[0]) && word[len(word)-1] == 's' && (spentAfter[before] || len(before) == 3 && isStatus([]byte(before))) {
			if d, err := time.ParseDuration(string(word)); err == nil {
				return d.Seconds(), true
			}
		}
		before = ""
		if len(word) <= 16 {
			before = strings.ToLower(string(word))
		}
	}
	return 0, false
}

// spentAfter are the words behind which such a time stands.
var spentAfter = map[string]bool{
	"ok": true, "requests": true, "error": true, "unavailable": true, "gateway": true, "timeout": true, "overloaded": true, "forbidden": true, "unauthorized": true,
	"tokens": true, "output": true, "out": true, "latency": true, "duration": true, "elapsed": true, "time": true, "total": true, "-": true,
}

// modelNouns are what a model's id stands behind.
var modelNouns = []string{"model=", "model: ", "Model: ", "calling ", "modelId=", "model_id=", "Model Group=", "model_name: ", "model_name=", "model "}

// modelWord finds the model that a text names as one, as in model=claude-sonnet-5 or "while calling claude-sonnet-5:".
func modelWord(text []byte) string {
	for _, noun := range modelNouns {
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
	if r.modelR > 0 || r.foreign || !r.call.Usage.Known() && (r.call.Status < 400 || !logged(text)) || len(text) > maxSaid {
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
