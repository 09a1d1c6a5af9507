package decode

import (
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// result is what a format made of a line.
type result struct {
	calls   []claude.Call
	format  string
	skipped string
	err     error
}

// statusOfType is the status that comes with an error's type. Source: API errors page, the table of HTTP errors.
func statusOfType(typ string) int {
	switch typ {
	case "invalid_request_error":
		return 400
	case "authentication_error":
		return 401
	case "billing_error":
		return 402
	case "permission_error":
		return 403
	case "not_found_error":
		return 404
	case "request_too_large":
		return 413
	case "rate_limit_error":
		return 429
	case "api_error":
		return 500
	case "timeout_error":
		return 504
	case "overloaded_error":
		return 529
	default:
		return 0
	}
}

// apiType reports an error's type that is one of the API's.
func apiType(typ string) bool {
	switch typ {
	case "conflict_error", "memory_precondition_failed_error", "memory_path_conflict_error":
		return true
	default:
		return statusOfType(typ) != 0
	}
}

// others are the beginnings of the names of models that are not Claude, behind a gateway's prefix.
var others = []string{
	"gpt", "chatgpt", "o1", "o3", "o4", "codex", "gemini", "gemma", "kimi", "moonshot", "glm", "deepseek", "qwen", "qwq", "mistral",
	"mixtral", "codestral", "llama", "meta.", "grok", "command", "cohere.", "nova", "amazon.", "titan", "text-embedding", "phi", "minimax",
}

// otherModel reports a model of another company.
func otherModel(model string) bool {
	model = strings.ToLower(model)
	if strings.Contains(model, "claude") || strings.Contains(model, "anthropic") {
		return false
	}
	model = model[strings.LastIndexByte(model, '/')+1:]
	return slices.ContainsFunc(others, func(p string) bool { return strings.HasPrefix(model, p) })
}

// provider brings the names that gateways give a provider to ours.
func provider(name string) string {
	switch low := strings.ToLower(name); {
	case strings.Contains(low, "bedrock"):
		return claude.ProviderBedrock
	case strings.Contains(low, "vertex"):
		return claude.ProviderVertex
	case strings.Contains(low, "foundry"), strings.HasPrefix(low, "azure"):
		return claude.ProviderFoundry
	case low == "anthropic":
		return claude.ProviderAnthropic
	default:
		return name
	}
}

// result makes the call that a record holds, or says why it is none. now is the time for a record without one, room an empty slice for
// the call.
func (r *record) result(now time.Time, room []claude.Call) result {
	r.applyMapped()
	if r.refusal.Code != "" && r.call.Status == 0 && provider(r.call.Provider) == claude.ProviderBedrock { // a trail of Amazon's
		r.call.Status = bedrockStatus[r.refusal.Code]
	}
	if reason := r.noCall(); reason != "" {
		return result{skipped: reason}
	}
	if r.err != nil {
		return result{err: r.err}
	}
	if r.badStatus != 0 && r.call.Status == 0 {
		return result{err: reject(RejectedValue, "status %d: out of range 100 to 599", r.badStatus)}
	}
	c := &r.call
	if r.uncounted {
		c.Usage = claude.Usage{}
	}
	r.gatewayUsage()
	r.takeSpent()
	if c.RequestID != "" && (r.headers.RequestID != "" && r.idR < 3 || r.idR == 0 && !r.named) {
		c.RequestID = ""
	}
	if cutID(r.headers.RequestID) {
		r.headers.RequestID = ""
	}
	r.applyHeaders()
	r.refuse()
	r.saidByAPI()
	c.Provider = provider(c.Provider)
	known := r.texts.model(c.Model)
	if c.RequestID == "" && r.few().awsID != "" && (c.Provider == claude.ProviderBedrock || c.Provider == "" && known.model.Provider == claude.ProviderBedrock) {
		c.RequestID = r.few().awsID
		r.tookFrom("the SDK's metadata", partRequestID)
	}
	if c.Provider == "" && r.url && known.model.Provider == "" {
		c.Provider = claude.ProviderAnthropic
	}
	if c.Pool == "" && known.usual { // as Clean would do
		c.Pool = known.model.Pool
	}
	r.date(now)
	if err := r.fit(known); err != nil {
		return result{err: reject(RejectedValue, "%s", err.Error())}
	}
	r.explain(c)
	return result{calls: append(room, *c)}
}

// fit makes the call fit to keep, or says what can't be true of it. A shape has seen to most of it.
func (r *record) fit(known *knownModel) error {
	c := &r.call
	if !r.usual || !known.usual {
		c.Clean()
		return c.Validate()
	}
	c.Provider = orText(c.Provider, known.model.Provider)
	readings := c.Readings
	c.Readings = nil
	err := c.Validate()
	c.Readings = readings
	return err
}

// applyHeaders puts what the headers say into the call.
func (r *record) applyHeaders() {
	h := &r.headers
	if read := h.Readings; len(r.call.Readings) == 0 && len(read) > 0 {
		r.call.Readings = r.texts.keep(read)
		h.Readings = nil // Apply would copy them once more
		h.Apply(&r.call)
		h.Readings = read
		return
	}
	h.Apply(&r.call)
}

// noCall returns why a record is no call of Claude's, or "".
func (r *record) noCall() string {
	own := r.texts.model(r.call.Model).own || r.headers.Known > 0 && r.url
	switch {
	case r.again:
		return SkippedRepeated
	case r.typ == "result" && r.session:
		return SkippedSummary
	case r.sums():
		return SkippedSummary
	case quietEvent(strings.TrimPrefix(r.few().event, "claude_code.")), r.cacheHit && r.callType:
		return SkippedNoCall
	case !own && (otherModel(r.call.Model) || r.foreign):
		return SkippedOtherProvider
	case !own && !r.evidence():
		return SkippedNotClaude
	case r.transcript():
		return r.transcriptNoCall()
	case r.call.Model == "<synthetic>" && !r.apiError && r.refusal.Type == "":
		return SkippedNoCall
	case !r.call.Usage.Known() && r.headers.Known == 0 && r.call.Status == 0 && r.refusal.Type == "" && r.badStatus == 0 &&
		len(r.call.Readings) == 0 && !r.generated.Known() && r.call.Cause == "" && r.call.ErrorType == "" && r.err == nil:
		return SkippedNoCall
	}
	return ""
}

// evidence reports whether a record without a Claude model is nevertheless Claude's.
func (r *record) evidence() bool {
	c := &r.call
	if r.url || r.message || r.apiError || r.named && claude.ProviderAnthropic == provider(c.Provider) ||
		ownID(c.RequestID) || ownID(r.headers.RequestID) || len(c.Readings) > 0 || r.apiShape ||
		r.refusal.Type == "overloaded_error" || c.Cause != "" && c.ErrorType != "" {
		return true
	}
	switch provider(c.Provider) {
	case claude.ProviderBedrock, claude.ProviderVertex, claude.ProviderFoundry:
		return c.Usage.Known() || c.Status != 0
	}
	return r.usageR > 0 && c.Usage.InputTokens.Known() && c.Usage.OutputTokens.Known() && r.foreignFree()
}

// ownID reports a request id of the API's. Others have ids that begin with req_, but none that go on like this; OpenAI's go on with
// hexadecimal digits alone.
func ownID(id string) bool {
	return strings.HasPrefix(id, "req_01") && !correlationID(id[len("req_"):]) || strings.HasPrefix(id, "req_vrtx_") || strings.HasPrefix(id, "req_bdrk_")
}

func (r *record) foreignFree() bool {
	return !r.foreign && (!r.named || provider(r.call.Provider) != "openai")
}

// gatewayUsage turns the counts of a gateway that speaks OpenAI's language into Claude's: the prompt includes what the cache read
// and wrote.
func (r *record) gatewayUsage() {
	u := &r.call.Usage
	if !u.OutputTokens.Known() {
		u.OutputTokens = r.generated
	}
	if !u.CacheReadInputTokens.Known() {
		u.CacheReadInputTokens = r.few().besideRead
	}
	if !u.CacheCreationInputTokens.Known() {
		u.CacheCreationInputTokens = r.few().besideWrite
	}
	if n, ok := u.InputTokens.Get(); ok && r.wrote { // Datadog's input is the whole prompt
		cache := u.CacheReadInputTokens.Or(0) + u.CacheCreationInputTokens.Or(0)
		r.inclusive = r.inclusive || cache <= n && r.few().total == claude.Some(n+u.OutputTokens.Or(0))
	}
	if n, ok := u.InputTokens.Get(); ok && r.inclusive {
		u.InputTokens = claude.Some(max(0, n-u.CacheReadInputTokens.Or(0)-u.CacheCreationInputTokens.Or(0)))
	}
	if n, ok := r.prompt.Get(); ok && !u.InputTokens.Known() {
		if cache := u.CacheReadInputTokens.Or(0) + u.CacheCreationInputTokens.Or(0); !r.exclusive && cache <= n {
			n -= cache
		}
		u.InputTokens = claude.Some(n)
	}
}

// refuse works out what went wrong, once status, headers and readings are set.
func (r *record) refuse() {
	c := &r.call
	r.transcriptError()
	if r.refusal.Type != "" && !apiType(c.ErrorType) { // a language's name of its exception
		c.ErrorType = ""
	}
	if c.Status == 0 {
		c.Status = statusOfType(r.refusal.Type)
	}
	if r.refusal.Type != "" || r.refusal.Code != "" || c.Status >= 400 || c.ErrorType != "" {
		c.Refuse(r.refusal, r.headers.Known > 1 || r.headers.Known == 1 && !r.idInWords)
	}
}

// maxSkew is how far a log's time without a zone may be from the server's before it is taken for a local one.
const maxSkew = 10 * time.Minute

// date chooses the call's time: the record's own, else the response's Date header, else when the line was read.
func (r *record) date(now time.Time) {
	c := &r.call
	switch {
	case r.time.known():
		c.Time = r.time.at
		if d := c.ServerTime.Sub(c.Time).Abs(); !r.time.zoned && !c.ServerTime.IsZero() && d >= maxSkew {
			c.Time = c.ServerTime
		}
	case !c.ServerTime.IsZero():
		c.Time = c.ServerTime
	default:
		c.Time, c.Undated = now.UTC(), true
	}
}
