package decode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// harLine is a response as HAR keeps it, but for its body.
const harLine = `{"startedDateTime":"2026-11-21T16:00:00Z","request":{"url":"https://api.anthropic.com/v1/messages"},` +
	`"response":{"status":200,"headers":{"request-id":"req_011TestHar"},"content":%s}}`

// TestBodiesOfHAR holds which bodies are looked into, also behind lines that have a known shape.
func TestBodiesOfHAR(t *testing.T) {
	const message = `{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":7,\"output_tokens\":8},\"content\":\"CANARY\"}`
	usual := fmt.Appendf(nil, harLine, `{"size":0}`)
	if newShape(nil, usual, loudWords(formats())) == nil {
		t.Fatalf("newShape(%s) = nil; want a shape", usual)
	}
	for content, want := range map[string]string{
		`{"size":9,"mimeType":"application/json","text":"` + message + `"}`:                    "claude-opus-5",
		`{"text":"` + message + `","mimeType":"application/json; charset=utf-8"}`:              "claude-opus-5",
		`{"size":9,"mimeType":"text/plain","text":"` + message + `"}`:                          "",
		`{"size":9,"text":"` + message + `"}`:                                                  "",
		`{"size":9,"mimeType":"application/json","encoding":"base64","text":"eyJ0eXBlIjoi"}`:   "",
		`{"size":9,"mimeType":"application/json","text":{"model":"claude-opus-5"}}`:            "",
		`{"size":9,"mimeType":"application/json","text":"CANARY ` + message + `"}`:             "",
		`[{"mimeType":"application/json","text":"` + message + `"}]`:                           "",
		`{"size":9,"mimeType":7,"text":"` + message + `"}`:                                     "",
		`{"resource":{"mimeType":"application/json","text":"` + message + `"},"text":"hello"}`: "",
	} {
		line := fmt.Appendf(nil, harLine, content)
		sameFate(t, Options{}, usual, line)
		o := newDecoder(t, Options{}).Decode(collector.Line{Text: line}, testNow)
		if len(o.Calls) != 1 || o.Calls[0].Model != want || o.Calls[0].Usage.Known() != (want != "") {
			t.Errorf("Decode(%s) = %+v; want a call of model %q", line, o, want)
		}
		if out := fmt.Sprint(o); strings.Contains(out, canary) {
			t.Errorf("Decode(%s) lets private text out: %s", line, out)
		}
	}
}

// TestPushesToLoki holds what is made of pushes that are not as they should be.
func TestPushesToLoki(t *testing.T) {
	const call = `"{\"model\":\"claude-opus-5\",\"status\":200}"`
	for line, want := range map[string]string{
		`{"streams":[{"values":[["1795276801000000000",` + call + `]]}]}`:                            "loki 1",
		`{"streams":[{"values":[["x",` + call + `],["-1",` + call + `]]},{}]}`:                       "loki 2",
		`{"streams":[{"values":[["1795276801000000000"],[1,2],[],[null,"claude"]]}]}`:                "loki 0",
		`{"streams":[{"values":["claude"]}],"model":"claude-opus-5","status":200}`:                   "json 1",
		`{"model":"claude-opus-5","status":200,"streams":[{"values":[["1",` + call + `]]}]}`:         "json 1",
		`{"streams":[{"values":[["1","claude"]` + strings.Repeat(`,["1","claude"]`, 10_000) + `]}]}`: "loki " + RejectedLength,
	} {
		o := newDecoder(t, Options{}).Decode(collector.Line{Text: []byte(line)}, testNow)
		got := fmt.Sprintf("%s %d", o.Format, len(o.Calls))
		if o.Rejected != "" {
			got = o.Format + " " + o.Rejected
		}
		if got != want {
			t.Errorf("Decode(%.150s) = %s; want %s", line, got, want)
		}
	}
}
