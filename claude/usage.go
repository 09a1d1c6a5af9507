package claude

import (
	"encoding/json"
	"fmt"
)

// Usage is what a call used, in tokens, with the API's own names. Every count may be unknown. Source: the Messages API
// reference, object Usage.
type Usage struct {
	InputTokens              Opt[int64]    `json:"input_tokens,omitzero"` // after the last cache breakpoint only
	OutputTokens             Opt[int64]    `json:"output_tokens,omitzero"`
	CacheReadInputTokens     Opt[int64]    `json:"cache_read_input_tokens,omitzero"`
	CacheCreationInputTokens Opt[int64]    `json:"cache_creation_input_tokens,omitzero"` // the sum of CacheCreation
	CacheCreation            CacheCreation `json:"cache_creation,omitzero"`
	OutputTokensDetails      OutputDetails `json:"output_tokens_details,omitzero"`
	ServerToolUse            ServerToolUse `json:"server_tool_use,omitzero"`
	ServiceTier              string        `json:"service_tier,omitempty"`
	Speed                    string        `json:"speed,omitempty"`
	InferenceGeo             string        `json:"inference_geo,omitempty"`
	Iterations               Iterations    `json:"iterations,omitempty"` // what the counts leave out is here
}

// CacheCreation splits the cache writes by their time to live.
type CacheCreation struct {
	Ephemeral5m Opt[int64] `json:"ephemeral_5m_input_tokens,omitzero"`
	Ephemeral1h Opt[int64] `json:"ephemeral_1h_input_tokens,omitzero"`
}

// OutputDetails says which part of the output was thinking.
type OutputDetails struct {
	ThinkingTokens Opt[int64] `json:"thinking_tokens,omitzero"`
}

// ServerToolUse counts the requests of server-side tools.
type ServerToolUse struct {
	WebSearchRequests Opt[int64] `json:"web_search_requests,omitzero"`
	WebFetchRequests  Opt[int64] `json:"web_fetch_requests,omitzero"`
}

// maxTokens bounds a believable count of one call; more is a broken record.
const maxTokens = 1e9

// ParseUsage reads a usage object as the API sends it. Unknown fields are ignored, null is unknown. The error names the
// field and the value when a count is no whole number or out of range.
func ParseUsage(data []byte) (Usage, error) {
	var u Usage
	if err := json.Unmarshal(data, &u); err != nil {
		return Usage{}, fmt.Errorf("usage: %w", err)
	}
	return u, u.Validate()
}

// count pairs a count with the API's name of it.
type count struct {
	name string
	n    *Opt[int64]
}

func (u *Usage) counts() [9]count {
	return [9]count{
		{"input_tokens", &u.InputTokens},
		{"output_tokens", &u.OutputTokens},
		{"cache_read_input_tokens", &u.CacheReadInputTokens},
		{"cache_creation_input_tokens", &u.CacheCreationInputTokens},
		{"ephemeral_5m_input_tokens", &u.CacheCreation.Ephemeral5m},
		{"ephemeral_1h_input_tokens", &u.CacheCreation.Ephemeral1h},
		{"thinking_tokens", &u.OutputTokensDetails.ThinkingTokens},
		{"web_search_requests", &u.ServerToolUse.WebSearchRequests},
		{"web_fetch_requests", &u.ServerToolUse.WebFetchRequests},
	}
}

// Set sets the count with the API's name, nested ones by their own name, and reports whether there is such a count.
func (u *Usage) Set(name string, n int64) bool {
	for _, c := range u.counts() {
		if c.name == name {
			*c.n = Some(n)
			return true
		}
	}
	return false
}

// Validate refuses counts that can't be true: negative, or above 1e9.
func (u *Usage) Validate() error {
	if believable(u.InputTokens) && believable(u.OutputTokens) && believable(u.CacheReadInputTokens) &&
		believable(u.CacheCreationInputTokens) && believable(u.CacheCreation.Ephemeral5m) && believable(u.CacheCreation.Ephemeral1h) &&
		believable(u.OutputTokensDetails.ThinkingTokens) && believable(u.ServerToolUse.WebSearchRequests) &&
		believable(u.ServerToolUse.WebFetchRequests) {
		return nil
	}
	for _, c := range u.counts() {
		if n, ok := c.n.Get(); ok && (n < 0 || n > maxTokens) {
			return fmt.Errorf("usage.%s %d: out of range 0 to 1e9", c.name, n)
		}
	}
	return nil
}

// believable reports a count that is unknown or in range.
func believable(o Opt[int64]) bool { return !o.known || o.value >= 0 && o.value <= maxTokens }

// Known reports whether anything is known of the usage.
func (u Usage) Known() bool { return u != Usage{} }

// Tokens of one type, as the metrics and prices split them.
type Tokens struct {
	Input, Output, CacheRead, CacheWrite5m, CacheWrite1h int64
}

// Tokens returns the known counts by type. Cache writes of unknown time to live count as 5 minutes, the API's default.
func (u *Usage) Tokens() Tokens {
	t := Tokens{
		Input:        u.InputTokens.Or(0),
		Output:       u.OutputTokens.Or(0),
		CacheRead:    u.CacheReadInputTokens.Or(0),
		CacheWrite5m: u.CacheCreation.Ephemeral5m.Or(0),
		CacheWrite1h: u.CacheCreation.Ephemeral1h.Or(0),
	}
	// The API has been seen to send a split of 0/0 beside a total (anthropics/anthropic-sdk-java#353): the total is right.
	if rest := u.CacheCreationInputTokens.Or(0) - t.CacheWrite5m - t.CacheWrite1h; rest > 0 {
		t.CacheWrite5m += rest
	}
	return t
}

// CacheWrite is the sum of both kinds of cache writes.
func (t Tokens) CacheWrite() int64 { return t.CacheWrite5m + t.CacheWrite1h }

// Total is the sum of all types.
func (t Tokens) Total() int64 { return t.Input + t.Output + t.CacheRead + t.CacheWrite() }

// Sub returns t - o, type by type.
func (t Tokens) Sub(o Tokens) Tokens {
	return Tokens{
		t.Input - o.Input, t.Output - o.Output, t.CacheRead - o.CacheRead,
		t.CacheWrite5m - o.CacheWrite5m, t.CacheWrite1h - o.CacheWrite1h,
	}
}

// Counted returns how many tokens (or requests) of a call a limiter counts. Cache reads do not count towards the input
// limits, except for Claude Haiku 3.5. Source: API rate limits, "cache-aware ITPM".
func (t Tokens) Counted(l Limiter, p Pool) int64 {
	input := t.Input + t.CacheWrite()
	if p == "haiku-3.5" {
		input += t.CacheRead
	}
	switch l {
	case LimiterRequests:
		return 1
	case LimiterInputTokens, LimiterPriorityInputTokens, LimiterFastInputTokens:
		return input
	case LimiterOutputTokens, LimiterPriorityOutputTokens, LimiterFastOutputTokens:
		return t.Output
	case LimiterTokens:
		return input + t.Output
	default:
		return 0
	}
}
