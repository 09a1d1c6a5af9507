package claude

import (
	"encoding/json"
	"testing"
)

func TestUsageTokens(t *testing.T) {
	for _, tt := range []struct {
		usage string
		want  Tokens
	}{
		{`{"input_tokens":3,"output_tokens":5,"cache_read_input_tokens":7,"cache_creation_input_tokens":30,
			"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}`, Tokens{3, 5, 7, 10, 20}},
		{`{"cache_creation_input_tokens":30}`, Tokens{CacheWrite5m: 30}},
		{`{"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}`, Tokens{CacheWrite5m: 30}},
		{`{"input_tokens":null,"cache_creation":null,"server_tool_use":null,"service_tier":null,"iterations":[]}`, Tokens{}},
	} {
		u, err := ParseUsage([]byte(tt.usage))
		if got := u.Tokens(); err != nil || got != tt.want {
			t.Errorf("ParseUsage(%s).Tokens() = %+v, %v; want %+v", tt.usage, got, err, tt.want)
		}
	}
}

func TestUsageUnknownIsNotZero(t *testing.T) {
	u, err := ParseUsage([]byte(`{"input_tokens":0,"output_tokens":null}`))
	if err != nil || u.InputTokens != Some[int64](0) || u.OutputTokens.Known() || !u.Known() || (Usage{}).Known() {
		t.Errorf("usage = %+v, %v; want input 0 and output unknown", u, err)
	}
	if out, err := json.Marshal(u); err != nil || string(out) != `{"input_tokens":0}` {
		t.Errorf("json.Marshal(%+v) = %s, %v; want the known count alone", u, out, err)
	}
}

func TestUsageRefuses(t *testing.T) {
	for in, want := range map[string]string{
		`{"input_tokens":-1}`:                                         "usage.input_tokens -1: out of range 0 to 1e9",
		`{"server_tool_use":{"web_fetch_requests":2e9}}`:              "usage: json: cannot unmarshal number 2e9 into Go struct field ServerToolUse.server_tool_use.web_fetch_requests of type int64",
		`{"cache_creation":{"ephemeral_1h_input_tokens":2000000000}}`: "usage.ephemeral_1h_input_tokens 2000000000: out of range 0 to 1e9",
	} {
		if _, err := ParseUsage([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("ParseUsage(%s) = %v; want %s", in, err, want)
		}
	}
}

func TestUsageSet(t *testing.T) {
	var u Usage
	if !u.Set("thinking_tokens", 4) || u.OutputTokensDetails.ThinkingTokens != Some[int64](4) || u.Set("tokens", 1) {
		t.Errorf("Set() left %+v; want thinking tokens alone", u)
	}
}

func TestCounted(t *testing.T) {
	tokens := Tokens{Input: 1, Output: 10, CacheRead: 100, CacheWrite5m: 1000, CacheWrite1h: 10_000}
	for _, tt := range []struct {
		l    Limiter
		p    Pool
		want int64
	}{
		{"requests", "opus-5", 1},
		{"input_tokens", "opus-5", 11_001},
		{"input_tokens", "haiku-3.5", 11_101},
		{"output_tokens", "opus-5", 10},
		{"tokens", "opus-5", 11_011},
		{"fast_input_tokens", "opus-5", 11_001},
		{"priority_output_tokens", "opus-5", 10},
		{"unified_5h", "opus-5", 0},
	} {
		if got := tokens.Counted(tt.l, tt.p); got != tt.want {
			t.Errorf("Counted(%s, %s) = %d; want %d", tt.l, tt.p, got, tt.want)
		}
	}
}
