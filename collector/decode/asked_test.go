package decode

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// TestAsked holds when a request's model is its answer's: only while nothing else can be meant.
func TestAsked(t *testing.T) {
	ask := func(logger, model string) string {
		return fmt.Sprintf(`DEBUG %s._base_client: Request options: {'method': 'post', 'json_data': {'messages': [{'content': "CANARY, 'model': 'claude-fake'"}], 'max_tokens': 9, 'model': '%s'}}`, logger, model)
	}
	const answer = `INFO httpx: HTTP Request: POST https://api.anthropic.com/v1/messages "HTTP/1.1 200 OK"`
	const lost = `DEBUG anthropic._base_client: Encountered httpx.TimeoutException`
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"one", []string{ask("anthropic", "claude-opus-5"), answer}, []string{"claude-opus-5"}},
		{"two of one model", []string{ask("anthropic", "claude-opus-5"), ask("anthropic", "claude-opus-5"), answer, answer}, []string{"claude-opus-5", "claude-opus-5"}},
		{"two models at once", []string{ask("anthropic", "claude-opus-5"), ask("anthropic", "claude-haiku-4-5"), answer, answer}, []string{"", ""}},
		{"one after the other", []string{ask("anthropic", "claude-opus-5"), answer, ask("anthropic", "claude-haiku-4-5"), answer}, []string{"claude-opus-5", "claude-haiku-4-5"}},
		{"another company's", []string{ask("openai", "gpt-5"), answer}, []string{""}},
		{"no answer came", []string{ask("anthropic", "claude-opus-5"), lost, ask("anthropic", "claude-haiku-4-5"), answer}, []string{"claude-haiku-4-5"}},
		{"never asked", []string{answer}, []string{""}},
	} {
		d := newDecoder(t, Options{})
		var got []string
		for _, line := range tt.lines {
			for _, c := range d.Decode(collector.Line{Text: []byte(line)}, testNow).Calls {
				got = append(got, c.Model)
			}
		}
		for _, c := range d.Flush(testNow, true) {
			got = append(got, c.Model)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	d := newDecoder(t, Options{})
	feed(d, testNow, ask("anthropic", "claude-opus-5"))
	if _, state := d.Resume(); strings.Contains(string(state), canary) || !strings.Contains(string(state), "claude-opus-5") {
		t.Errorf("Resume() = %s; want the model and nothing else of the request", state)
	}
	feed(d, testNow.Add(askedKept), answer)
	if calls := d.Flush(testNow.Add(askedKept), true); len(calls) != 1 || calls[0].Model != "" {
		t.Errorf("an answer after the wait = %+v; want no model", calls)
	}
}

// TestEchoes holds that of a message that two handlers print one copy counts, and a third is another call's.
func TestEchoes(t *testing.T) {
	const first = `16:00:02 - LiteLLM Router:INFO: router.py:1095 - litellm.RateLimitError: AnthropicException - {"type":"error","error":{"type":"rate_limit_error","message":"CANARY"}}`
	second := strings.Replace(first, "16:00:02 - LiteLLM Router:INFO: router.py:1095", "2026-11-17 16:00:02,016 - LiteLLM Router - INFO", 1)
	for _, tt := range []struct {
		name  string
		lines []string
		want  int
	}{
		{"twice", []string{first, second}, 1},
		{"twice, of two calls", []string{first, second, first, second}, 2},
		{"once", []string{second}, 1},
		{"another message", []string{first, strings.Replace(second, canary, "other", 1)}, 2},
		{"another logger", []string{strings.Replace(first, "LiteLLM", "app", 1), strings.Replace(second, "LiteLLM", "app", 1)}, 2},
	} {
		if got := feed(newDecoder(t, Options{}), testNow, tt.lines...); len(got) != tt.want {
			t.Errorf("%s: %d calls; want %d", tt.name, len(got), tt.want)
		}
	}
	d := newDecoder(t, Options{})
	feed(d, testNow, first)
	if got := feed(d, testNow.Add(echoSpan+time.Millisecond), second); len(got) != 1 {
		t.Errorf("the same message later = %v; want another call", got)
	}
}
