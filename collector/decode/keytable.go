package decode

import (
	"encoding/binary"
	"math/bits"
)

// usualKeys are names as logs mostly spell them, those that mean nothing too. The list only saves time: their roles are what roleOf
// says of any name, once.
var usualKeys = [...]string{
	// what the API says
	"id", "type", "model", "usage", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation",
	"ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "output_tokens_details", "thinking_tokens", "server_tool_use", "web_search_requests",
	"web_fetch_requests", "service_tier", "speed", "inference_geo", "iterations", "error", "message", "details", "error_code", "request_id",
	"role", "content", "stop_reason", "stop_sequence",
	// headers
	"anthropic-organization-id", "anthropic-workspace-id", "request-id", "date", "retry-after", "content-type", "content-length",
	"x-should-retry", "server", "connection", "via", "cf-ray", "cf-cache-status", "x-robots-tag", "accept", "user-agent", "content-encoding",
	"transfer-encoding", "vary", "anthropic-version", "strict-transport-security", "server-timing", "x-envoy-upstream-service-time",
	"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset",
	"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset",
	"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset",
	"anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset",
	"Anthropic-Organization-Id", "Request-Id", "Date", "Retry-After", "Content-Type",
	"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset",
	"Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset",
	"Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset",
	"Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset",
	// what loggers say
	"time", "timestamp", "ts", "@timestamp", "level", "severity", "pid", "hostname", "host", "name", "msg", "event", "logger", "log", "caller",
	"app", "service", "env", "version", "v", "thread", "stack", "trace_id", "span_id", "user", "user_id", "tenant", "reqId", "requestId",
	"req", "res", "request", "response", "method", "url", "path", "status", "statusCode", "status_code", "headers", "response_headers",
	"responseTime", "duration", "duration_ms", "duration_seconds", "latency_ms", "elapsed_ms", "retry", "attempt", "stream", "err", "bytes", "remote",
	"provider", "organization", "workspace", "session_id", "sessionId", "cost_usd", "uuid", "parentUuid", "cwd", "gitBranch", "isSidechain",
}

// keyInfo is what is known of a usual name.
type keyInfo struct {
	name  string
	role  role
	count string // the API's name, of a count
	part  part   // of a count
	mute  bool   // a header that means nothing
}

// keyBits makes the table of the usual names so large that most are found at once.
const keyBits = 11

// keyTable finds the usual names: an open hash table of their numbers, from 1.
var keyTable = func() (t struct {
	slots [1 << keyBits]uint8
	infos [len(usualKeys) + 1]keyInfo
},
) {
	var buf [maxKey]byte
	for i, name := range usualKeys {
		key := []byte(name)
		count := countName(normalKey(key, &buf))
		t.infos[i+1] = keyInfo{name, roleOf(key), count, countPart(count), !wantedHeader(key)}
		h := keyHash(key)
		for t.slots[h] != 0 {
			h = (h + 1) % (1 << keyBits)
		}
		t.slots[h] = uint8(i + 1)
	}
	return t
}()

// usualKey returns what is known of a name, or nil.
func usualKey(key []byte) *keyInfo {
	for h := keyHash(key); ; h = (h + 1) % (1 << keyBits) {
		n := keyTable.slots[h]
		if n == 0 {
			return nil
		}
		if info := &keyTable.infos[n]; info.name == string(key) {
			return info
		}
	}
}

// keyHash mixes a name's length with its first and last bytes; the middle of long names adds little.
func keyHash(key []byte) uint {
	var a, b uint64
	switch n := len(key); {
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(key)), uint64(binary.LittleEndian.Uint32(key[n-4:]))
	case n > 0:
		a, b = uint64(key[0])|uint64(key[n/2])<<8, uint64(key[n-1])
	}
	h := (a ^ bits.RotateLeft64(b, 23) ^ uint64(len(key))<<56) * 0x9e3779b97f4a7c15
	return uint(h >> (64 - keyBits))
}

// fieldOf says what stands under a name.
func fieldOf(key []byte) field {
	if info := usualKey(key); info != nil {
		return field{key: key, role: info.role, usual: info}
	}
	return field{key: key, role: roleOf(key)}
}

// countName returns the API's name of the field's count, or "".
func (f field) countName() string {
	if f.usual != nil {
		return f.usual.count
	}
	var buf [maxKey]byte
	return countName(normalKey(f.key, &buf))
}

// countPart returns the part of the call that the field's count is.
func (f field) countPart() part {
	if f.usual != nil {
		return f.usual.part
	}
	return countPart(f.countName())
}
