package claude

import "testing"

func TestParseModel(t *testing.T) {
	for id, want := range map[string]Model{
		"claude-opus-5":                             {"claude-opus-5", "", "opus-5", ""},
		"claude-opus-5-5":                           {"claude-opus-5-5", "", "opus-5.5", ""},
		"claude-opus-5-5-5":                         {"claude-opus-5-5-5", "", "claude-opus-5-5-5", ""},
		"Claude-Sonnet-4-5-20250929 ":               {"claude-sonnet-4-5", "", "sonnet-4.x", ""},
		"claude-sonnet-4-6[1m]":                     {"claude-sonnet-4-6", "", "sonnet-4.x", ""},
		"claude-3-5-haiku-20241022":                 {"claude-3-5-haiku", "", "haiku-3.5", ""},
		"claude-3-5-haiku-latest":                   {"claude-3-5-haiku", "", "haiku-3.5", ""},
		"claude-haiku-4-5@20251001":                 {"claude-haiku-4-5", "vertex", "haiku-4.5", ""},
		"vertex_ai/claude-haiku-4-5@20251001":       {"claude-haiku-4-5", "vertex", "haiku-4.5", ""},
		"anthropic.claude-sonnet-4-5-20250929-v1:0": {"claude-sonnet-4-5", "bedrock", "sonnet-4.x", ""},
		"us.anthropic.claude-opus-4-6-v1":           {"claude-opus-4-6", "bedrock", "opus-4.x", "us"},
		"bedrock/global.anthropic.claude-opus-5":    {"claude-opus-5", "bedrock", "opus-5", "global"},
		"arn:aws:bedrock:eu-west-1:000000000000:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0": {"claude-haiku-4-5", "bedrock", "haiku-4.5", "eu"},
		"arn:aws:bedrock:eu-west-1:000000000000:application-inference-profile/abc":                             {"abc", "bedrock", "abc", ""},
		"anthropic/claude-fable-5.1":                  {"claude-fable-5-1", "anthropic", "fable-5.x", ""},
		"openrouter/anthropic/claude-sonnet-4.5:beta": {"claude-sonnet-4-5", "", "sonnet-4.x", ""},
		"azure_ai/claude-sonnet-5":                    {"claude-sonnet-5", "foundry", "sonnet-5", ""},
		"my-deployment":                               {"my-deployment", "", "my-deployment", ""},
		"":                                            {},
	} {
		if got := ParseModel(id); got != want {
			t.Errorf("ParseModel(%q) = %+v; want %+v", id, got, want)
		}
	}
}

// TestBareModel holds the short way to what the long one says.
func TestBareModel(t *testing.T) {
	for id, pool := range pools {
		for _, id := range []string{id, id + "-20251001"} {
			got := ParseModel(id)
			if want := ParseModel(" " + id); got != want || got.Pool != pool || got.Provider != "" {
				t.Errorf("ParseModel(%s) = %+v; want %+v", id, got, want)
			}
		}
	}
	for _, id := range []string{"", "-20251001", "claude-opus-5-2025100x", "claude-opus-5-20251001-v1"} {
		if m, ok := bareModel(id); ok {
			t.Errorf("bareModel(%q) = %+v; want it left to the long way", id, m)
		}
	}
}
