package claude

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Cause is why a call was refused. Besides the constants it may be the name of the limiter that ran out.
type Cause string

// The causes of a refusal. What helps differs: waiting for retry-after, ramping up slowly, a higher cap, or nothing.
const (
	CauseRateLimit          Cause = "rate_limit"           // 429 with retry-after, the limiter unknown
	CauseAcceleration       Cause = "acceleration"         // 429, use grew too fast
	CauseSpendCap           Cause = "spend_cap"            // 429, until the 1st of next month, 00:00 UTC
	CauseContractSpendLimit Cause = "contract_spend_limit" // 429
	CauseOwnSpendLimit      Cause = "own_spend_limit"      // 400 or 402: a limit the organization set, or no credit left
	CauseOverloaded         Cause = "overloaded"           // 529, or inside a stream under status 200: not your quota
	CauseBare               Cause = "bare"                 // 429 whose headers say nothing
)

// Spend reports a cause that has to do with money, where no retry helps.
func (c Cause) Spend() bool {
	return c == CauseSpendCap || c == CauseContractSpendLimit || c == CauseOwnSpendLimit
}

// Refusal is what an error body says. The message is read for what has no code and never kept.
type Refusal struct {
	Type      string
	Code      string
	RequestID string
	Message   string
}

// errNoError says that a JSON object holds no error of the API's shape.
var errNoError = errors.New("no error object")

// ParseRefusal reads an error body, {"type":"error","error":{"type":...,"message":...,"details":{"error_code":...}},
// "request_id":...}, or the bare inner object.
func ParseRefusal(data []byte) (Refusal, error) {
	type inner struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Details *struct {
			ErrorCode string `json:"error_code"`
		} `json:"details"`
	}
	var body struct {
		inner
		Error     *inner `json:"error"`
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return Refusal{}, err
	}
	in := body.Error
	if in == nil {
		if !strings.HasSuffix(body.Type, "_error") {
			return Refusal{}, errNoError
		}
		in = &body.inner
	}
	r := Refusal{Type: in.Type, Message: in.Message, RequestID: body.RequestID}
	if in.Details != nil {
		r.Code = in.Details.ErrorCode
	}
	return r, nil
}

// Refuse fills in what the error says and works out the cause. headers says whether the log showed the response's headers:
// without them their absence means nothing. Call it once status, retry-after and readings are set.
func (c *Call) Refuse(r Refusal, headers bool) {
	c.ErrorType = firstText(c.ErrorType, r.Type)
	c.ErrorCode = firstText(c.ErrorCode, r.Code)
	c.RequestID = firstText(c.RequestID, r.RequestID)
	if c.RegainAt.IsZero() {
		c.RegainAt = regainAt(r.Message)
	}
	if c.Cause == "" {
		c.Cause = c.cause(r, headers)
	}
}

// cause tells the refusals apart. Source: API rate limits and errors pages; error codes as the SDKs define them.
func (c *Call) cause(r Refusal, headers bool) Cause {
	switch {
	case c.Overloaded():
		return CauseOverloaded
	case c.ErrorCode == "enforced_spend_limit_reached":
		return CauseSpendCap
	case c.ErrorCode == "contract_spend_limit_reached":
		return CauseContractSpendLimit
	case c.ErrorCode == "linked_organization_spend_limit_reached", c.Status == 402, c.ErrorType == "billing_error", spendMessage(r.Message):
		return CauseOwnSpendLimit
	case c.ErrorCode == "ramp_limit_exceeded":
		return CauseAcceleration
	case !c.RateLimited() && (c.Status != 0 || c.ErrorType != "rate_limit_error"):
		return ""
	}
	if l, ok := c.exhausted(); ok {
		return Cause(l)
	}
	switch {
	case c.RetryAfterSeconds.Known(), c.ErrorType == "rate_limit_error" && !headers:
		return CauseRateLimit
	case headers:
		return CauseBare
	default: // a bare status in a log that shows nothing else: unknown
		return ""
	}
}

// exhausted names the limiter that ran out, the narrow ones before their sum.
func (c *Call) exhausted() (Limiter, bool) {
	var sum Limiter
	for _, r := range c.Readings {
		switch {
		case !r.Exhausted() || r.Limiter == "unified_overage":
		case r.Limiter == LimiterTokens:
			sum = r.Limiter
		default:
			return r.Limiter, true
		}
	}
	return sum, sum != ""
}

// spendMessage recognises the refusals under status 400 that have no code of their own. Source: API rate limits, "Setting
// lower limits"; the wording is the only sign there is.
func spendMessage(msg string) bool {
	return strings.HasPrefix(msg, "You have reached your specified") || strings.HasPrefix(msg, "Your credit balance is too low")
}

// regainAt reads "... You will regain access on 2026-10-01 at 00:00 UTC." The zero time means that the message says nothing.
func regainAt(msg string) time.Time {
	_, rest, ok := strings.Cut(msg, "regain access on ")
	if !ok {
		return time.Time{}
	}
	const layout = "2006-01-02 at 15:04 UTC"
	if len(rest) >= len(layout) {
		if t, err := time.Parse(layout, rest[:len(layout)]); err == nil {
			return t
		}
	}
	return time.Time{}
}

// SpendEnd returns when a spend refusal ends: as the error said, else for the monthly cap the 1st of the next month, 00:00 UTC.
// The zero time means unknown.
func (c *Call) SpendEnd() time.Time {
	if !c.RegainAt.IsZero() || c.Cause != CauseSpendCap || c.Time.IsZero() {
		return c.RegainAt
	}
	y, m, _ := c.Time.UTC().Date()
	return time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
}
