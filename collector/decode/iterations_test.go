package decode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// iterationsText is an array of iterations as the API sends it, with a member that nobody knows.
const iterationsText = `[{"type":"compaction","input_tokens":180000,"output_tokens":3500,"summary":"CANARY"},` +
	`{"type":"message","model":"claude-opus-5","input_tokens":23000,"output_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":7}}]`

// iterationsKept is what is kept of it.
const iterationsKept = `[{"type":"compaction","input_tokens":180000,"output_tokens":3500},` +
	`{"type":"message","model":"claude-opus-5","input_tokens":23000,"output_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":7}}]`

func TestIterations(t *testing.T) {
	usage := `{"input_tokens":23000,"iterations":` + iterationsText + `,"output_tokens":1000}`
	message := `{"type":"message","id":"msg_01Iterations","model":"claude-opus-5","usage":` + usage + `}`
	started := strings.Replace(message, iterationsText, `[{"type":"message","input_tokens":1,"output_tokens":1}]`, 1)
	python := strings.NewReplacer(`"`, `'`, "{", "BetaIteration(", "}", ")", "':", "=", "'type", "type", "'input", "input", "'output", "output", "'summary", "summary",
		"'model", "model", "'cache", "cache", "'eph", "eph").Replace(iterationsText)
	for name, log := range map[string]string{
		"JSON":           `{"level":"info","status":200,"response":` + message + `}`,
		"JSON in a text": `{"model":"claude-opus-5","status":200,"body":"` + strings.ReplaceAll(message, `"`, `\"`) + `"}`,
		"behind text":    `INFO claude answered ` + message,
		"over lines":     strings.NewReplacer("{", "{\n  ", ",", ",\n  ", "}", "\n}").Replace(message),
		"stream": "data: {\"type\":\"message_start\",\"message\":" + started + "}\n\n" +
			`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":` + usage + "}\n",
		"Python": "BetaMessage(id='msg_01Iterations', model='claude-opus-5', type='message', usage=BetaUsage(input_tokens=23000, iterations=" + python +
			", output_tokens=1000))",
		"transcript": `{"type":"assistant","sessionId":"s","uuid":"u","requestId":"req_01Iterations","timestamp":"2026-11-21T16:00:01Z","message":` + message + `}`,
	} {
		calls, s := decodeAll(t, []byte(log), Options{})
		calls = Merge(calls)
		if len(calls) != 1 || calls[0].Usage.Iterations != iterationsKept || calls[0].Usage.OutputTokens != claude.Some[int64](1000) {
			t.Errorf("%s: File(%s) = %s; want one call with the iterations %s", name, log, render(t, calls, s), iterationsKept)
			continue
		}
		again, s := decodeAll(t, []byte(asJSON(t, calls[0])), Options{})
		if len(again) != 1 || again[0].Usage != calls[0].Usage {
			t.Errorf("%s: File(%s) = %s; want the same usage", name, asJSON(t, calls[0]), render(t, again, s))
		}
	}
}

// TestNoIterations holds where nothing that is named so is taken, and what is wrong with what should be.
func TestNoIterations(t *testing.T) {
	for line, want := range map[string]string{
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":null}}`:                                           "",
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":[]}}`:                                             "",
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":3}}`:                                              "",
		`{"model":"claude-opus-5","usage":{"input_tokens":1},"iterations":[{"input_tokens":9}]}`:                           "",
		`{"model":"claude-opus-5","usage":{"input_tokens":1},"content":{"usage":{"iterations":[{"type":"x"}]}}`:            RejectedJSON,
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":[{"input_tokens":-1}]}}`:                          "usage.iterations[0]: usage.input_tokens -1: out of range 0 to 1e9",
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":["CANARY"]}}`:                                     "usage.iterations: wrong type",
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":[{"model":7}]}}`:                                  "usage.iterations: model: wrong type",
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":[{"input_tokens":"CANARY"}]}}`:                    "usage.iterations: input_tokens: wrong type",
		`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":[1 2]}}`:                                          "usage.iterations: unreadable",
		fmt.Sprintf(`{"model":"claude-opus-5","usage":{"input_tokens":1,"iterations":[{}%s]}}`, strings.Repeat(",{}", 64)): "usage.iterations: 65 of them: more than 64",
	} {
		o := newDecoder(t, Options{}).Decode(collector.Line{Text: []byte(line)}, testNow)
		switch {
		case want == "" && (len(o.Calls) != 1 || o.Calls[0].Usage.Iterations != ""):
			t.Errorf("Decode(%s) = %+v; want a call without iterations", line, o)
		case want != "" && o.Rejected != want && o.Detail != want:
			t.Errorf("Decode(%s) = %+v; want it rejected: %s", line, o, want)
		case strings.Contains(o.Detail, canary):
			t.Errorf("Decode(%s) quotes the log: %s", line, o.Detail)
		}
	}
}

// TestShapesWithIterations holds that lines of a known shape have the iterations that the walk finds.
func TestShapesWithIterations(t *testing.T) {
	line := func(iterations string) []byte {
		return fmt.Appendf(nil, `{"time":"2026-11-21T16:00:01Z","status":200,"model":"claude-opus-5","usage":{"input_tokens":12,"iterations":%s}}`, iterations)
	}
	usual := line(iterationsText)
	if newShape(nil, usual, loudWords(formats())) == nil {
		t.Fatalf("newShape(%s) = nil; want a shape", usual)
	}
	for _, iterations := range []string{
		`[]`, `[{}]`, iterationsText, `[{"type":"message","input_tokens":1}]`, `[{"type":"message","input_tokens":-1}]`, `["x"]`, `[{"type":"rate_limit_event"}]`,
		`{"type":"message"}`, `null`, `3`, `[[`, `[}`, `[{"type":"a\"b"}]`, `[{"model":"` + strings.Repeat("m", 4000) + `"}]`,
	} {
		sameFate(t, Options{}, usual, line(iterations))
		sameFate(t, Options{}, line(`[]`), line(iterations))
	}
}

// TestExplainIterations holds that an explanation names where the iterations stood and quotes nothing of them.
func TestExplainIterations(t *testing.T) {
	log := `{"model":"claude-opus-5","response":{"usage":{"input_tokens":12,"iterations":` + iterationsText + `}}}`
	calls, _ := decodeAll(t, []byte(log), Options{Explain: true})
	if len(calls) != 1 {
		t.Fatalf("File(%s) = %d calls; want 1", log, len(calls))
	}
	if got, want := noteOf(calls[0], "usage.iterations"), " key response.usage.iterations:1"; got != want {
		t.Errorf("note of usage.iterations = %q; want %q", got, want)
	}
}
