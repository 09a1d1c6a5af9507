package decode

import (
	"bytes"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// decodeBedrock reads Bedrock's log of model invocations, as CloudWatch and S3 hold it and as shippers flatten it. Its request id
// is a UUID that another record's correlation id would look like, so only this format takes it.
func decodeBedrock(d *Decoder, e entry) (result, bool) {
	at := docStart(e.text)
	if at < 0 {
		return result{}, false
	}
	r := d.newRecord()
	if _, err := r.walk(e.text[at:]); err != nil {
		return result{}, false
	}
	return d.bedrock(r, e), true
}

// bedrockNeedles are the names that only these records hold.
var bedrockNeedles = []string{`TokenCount"`, `_token_count"`, `"ModelInvocationLog"`}

func bedrockLike(text []byte) bool {
	return format{needles: bedrockNeedles}.may(text)
}

func (d *Decoder) bedrock(r *record, e entry) result {
	c := &r.call
	c.Usage = c.Merge(claude.Call{Usage: r.few().logged}).Usage
	low := strings.ToLower(c.Model)
	if c.Provider == "" && (strings.Contains(low, "anthropic.") || strings.HasPrefix(low, "arn:aws:bedrock")) {
		c.Provider, r.named = claude.ProviderBedrock, true
	}
	for _, name := range []string{`"requestId"`, `request_id"`} {
		if id := stringMember(e.text, name); c.RequestID == "" && correlationID(id) {
			c.RequestID, r.idR = id, 1
			r.tookFrom("the record's "+strings.Trim(name, `"`), partRequestID)
		}
	}
	for _, name := range []string{`"operation"`, `operation"`} {
		if op := stringMember(e.text, name); op != "" && !c.Stream.Known() {
			c.Stream = claude.Some(strings.HasSuffix(op, "Stream"))
			r.tookFrom("the record's operation", partStream)
		}
	}
	if n, ok := bedrockStatus[r.refusal.Code]; ok && c.Status == 0 {
		c.Status = n
		r.tookFrom("the error's code", partStatus)
	}
	res := d.finish(r, e)
	if res.format == "json" {
		res.format = "bedrock"
	}
	return res
}

// bodyKey is the name of the body of a response. The record itself does not say all counts.
const bodyKey = "outputBodyJson"

// bedrockBody takes the counts and the message's id from such a body, which is private but for these.
func (r *record) bedrockBody(data []byte) {
	body := record{depth: r.depth}
	if isEventList(data) {
		body.eventList(data)
	} else if _, err := body.walk(data); err != nil {
		return
	}
	r.more().logged = body.call.Usage
	r.call.MessageID = orText(r.call.MessageID, body.call.MessageID)
	if !r.lasted.Known() {
		r.lasted = body.lasted
	}
	if !r.call.DurationSeconds.Known() {
		r.call.DurationSeconds = body.call.DurationSeconds
	}
	if !r.call.FirstTokenSeconds.Known() {
		r.call.FirstTokenSeconds = body.call.FirstTokenSeconds
	}
}

// bedrockStatus is the status that comes with an error's code. Source: Bedrock runtime API reference, InvokeModel, Errors.
var bedrockStatus = map[string]int{
	"AccessDeniedException": 403, "ValidationException": 400, "ResourceNotFoundException": 404, "ModelTimeoutException": 408,
	"ModelErrorException": 424, "ModelNotReadyException": 429, "ThrottlingException": 429, "ServiceQuotaExceededException": 400,
	"InternalServerException": 500, "ServiceUnavailableException": 503,
}

// stringMember returns the value of the first member of a name whose value is a string, in the part of a record before its bodies.
func stringMember(text []byte, name string) string {
	if i := bytes.Index(text, []byte(`BodyJson"`)); i >= 0 {
		text = text[:i]
	}
	_, rest, ok := bytes.Cut(text, []byte(name))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest[:min(len(rest), 200)], " \t\r\n")
	if len(rest) < 3 || rest[0] != ':' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	value, _, ok := bytes.Cut(rest[1:], []byte{'"'})
	if !ok {
		return ""
	}
	return string(value)
}
