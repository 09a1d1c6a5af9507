package decode

import "github.com/claudewatch/claudewatch/claude"

// part is a field of a call, as a record takes it from a log.
type part uint8

const (
	partNone part = iota // looked at, and without effect whatever its value
	partTime
	partRequestID
	partMessageID
	partProvider
	partOrganization
	partWorkspace
	partApp
	partUser
	partModel
	partPool
	partStatus
	partErrorType
	partErrorCode
	partMessage // of an error: read for what has no code, and never kept
	partCause
	partRegain
	partServerTime
	partDuration
	partFirstToken
	partStream
	partRetry
	partRetryAfter
	partCost
	partSidechain
	partTier
	partSpeed
	partGeo
	partInput
	partOutput
	partCacheRead
	partCacheCreation
	partEphemeral5m
	partEphemeral1h
	partThinking
	partWebSearch
	partWebFetch
	partIterations
	partReadings
	partHeader // which one, its name says
	partSpent  // the duration, where nothing better says it
)

// partNames are the parts as a call's JSON names them.
var partNames = [...]string{
	partTime: "time", partRequestID: "request_id", partMessageID: "message_id", partProvider: "provider", partOrganization: "organization",
	partWorkspace: "workspace", partApp: "app", partUser: "user", partModel: "model", partPool: "pool", partStatus: "status",
	partErrorType: "error_type", partErrorCode: "error_code", partMessage: "error_message", partCause: "cause", partRegain: "regain_access_at",
	partServerTime: "server_time", partDuration: "duration_seconds", partFirstToken: "time_to_first_token_seconds", partStream: "stream",
	partRetry: "retry", partRetryAfter: "retry_after_seconds", partCost: "cost_usd", partSidechain: "sidechain",
	partTier: "usage.service_tier", partSpeed: "usage.speed", partGeo: "usage.inference_geo",
	partInput: "usage.input_tokens", partOutput: "usage.output_tokens", partCacheRead: "usage.cache_read_input_tokens",
	partCacheCreation: "usage.cache_creation_input_tokens", partEphemeral5m: "usage.cache_creation.ephemeral_5m_input_tokens",
	partEphemeral1h: "usage.cache_creation.ephemeral_1h_input_tokens", partThinking: "usage.output_tokens_details.thinking_tokens",
	partWebSearch: "usage.server_tool_use.web_search_requests", partWebFetch: "usage.server_tool_use.web_fetch_requests",
	partIterations: "usage.iterations", partReadings: "readings", partHeader: "headers",
	partSpent: "duration_seconds",
}

// String returns the name of the field in a call's JSON.
func (p part) String() string { return partNames[p] }

// countPart is the part that a count with the API's name is.
func countPart(name string) part {
	switch name {
	case "input_tokens":
		return partInput
	case "output_tokens":
		return partOutput
	case "cache_read_input_tokens":
		return partCacheRead
	case "cache_creation_input_tokens":
		return partCacheCreation
	case "ephemeral_5m_input_tokens":
		return partEphemeral5m
	case "ephemeral_1h_input_tokens":
		return partEphemeral1h
	case "thinking_tokens":
		return partThinking
	case "web_search_requests":
		return partWebSearch
	case "web_fetch_requests":
		return partWebFetch
	default:
		return partNone
	}
}

// textOf returns where the call keeps a text, nil where the part is none.
func textOf(c *claude.Call, p part) *string {
	switch p {
	case partRequestID:
		return &c.RequestID
	case partMessageID:
		return &c.MessageID
	case partProvider:
		return &c.Provider
	case partOrganization:
		return &c.Organization
	case partWorkspace:
		return &c.Workspace
	case partApp:
		return &c.App
	case partUser:
		return &c.User
	case partModel:
		return &c.Model
	case partPool:
		return (*string)(&c.Pool)
	case partCause:
		return (*string)(&c.Cause)
	case partErrorType:
		return &c.ErrorType
	case partTier:
		return &c.Usage.ServiceTier
	case partSpeed:
		return &c.Usage.Speed
	case partGeo:
		return &c.Usage.InferenceGeo
	default:
		return nil
	}
}

// numberOf returns where the call keeps a number of seconds or dollars, nil where the part is none.
func numberOf(c *claude.Call, p part) *claude.Opt[float64] {
	switch p {
	case partDuration:
		return &c.DurationSeconds
	case partFirstToken:
		return &c.FirstTokenSeconds
	case partRetryAfter:
		return &c.RetryAfterSeconds
	case partCost:
		return &c.CostUSD
	default:
		return nil
	}
}

// countOf returns where the call keeps a count, nil where the part is none.
func countOf(c *claude.Call, p part) *claude.Opt[int64] {
	u := &c.Usage
	switch p {
	case partInput:
		return &u.InputTokens
	case partOutput:
		return &u.OutputTokens
	case partCacheRead:
		return &u.CacheReadInputTokens
	case partCacheCreation:
		return &u.CacheCreationInputTokens
	case partEphemeral5m:
		return &u.CacheCreation.Ephemeral5m
	case partEphemeral1h:
		return &u.CacheCreation.Ephemeral1h
	case partThinking:
		return &u.OutputTokensDetails.ThinkingTokens
	case partWebSearch:
		return &u.ServerToolUse.WebSearchRequests
	case partWebFetch:
		return &u.ServerToolUse.WebFetchRequests
	case partRetry:
		return &c.Retry
	default:
		return nil
	}
}
