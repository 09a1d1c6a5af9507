package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// pinoCall is a line of an application that logs its calls in full. Its verbs are the values that differ.
const pinoCall = `{"level":30,"time":%s,"pid":41,"app":"%s","user":"%s","model":"%s","req":{"method":"POST","url":"%s"},"res":{"statusCode":%s,"headers":{` +
	`"anthropic-ratelimit-requests-limit":"%s","anthropic-ratelimit-requests-remaining":"%s","anthropic-ratelimit-requests-reset":"%s",` +
	`"anthropic-ratelimit-unified-5h-status":"allowed","anthropic-ratelimit-unified-5h-reset":"1795255200","anthropic-ratelimit-unified-5h-utilization":"%s","content-type":"application/json","date":"%s","request-id":"%s"}},` +
	`"id":"%s","type":"%s","content":%s,"usage":{"input_tokens":%s,"output_tokens":%s,"service_tier":"%s"},"responseTime":%s,"ctx":{"tenant":"%s"},"msg":"%s"}`

// pinoValues are the usual values of pinoCall.
var pinoValues = []string{
	"1795255200001", "search", "u-7", "claude-opus-5", "https://api.anthropic.com/v1/messages", "200", "10000", "9998", "2026-11-21T10:00:19Z", "0.25",
	"Sat, 21 Nov 2026 10:00:00 GMT", "req_011TestShape1", "msg_01TestShape1", "message", `[{"type":"text","text":"hello"}]`, "12", "34", "standard",
	"812", "t-1", "claude call completed",
}

// hostile are values that might change what a line means, wherever they stand.
var hostile = []string{
	"", "0", "-1", "1.5", "1e30", "999", "99", "2000000000", "1795255200", "1795255200.25", "999999999999999", "1000000000000000", "1000000000000001", "99999999999999999999999", "2026-11-30T10:00:00.123456789Z", "2026-11-21T10:00:00+01:00", "yesterday", "null",
	"<synthetic>", "<redacted>", " x ", "...", "req_...", "req_01Other", "req_x", "msg_x", "gpt-5", "claude-haiku-4-5", "rate_limit_error", "overloaded_error",
	"error", "result", "message_start", "message_delta", "rate_limit_event", "logEvents", "ModelInvocationLog", "inputTokenCount", "x_token_count",
	"HTTP Request: POST https://api.anthropic.com/v1/messages", "--> POST https://api.anthropic.com/v1/messages", "Request options: {", "Encountered a claude error",
	"End processing HTTP request after 57ms - 200 of claude", "anthropic-ratelimit-requests-limit: 5 request-id: req_01Text", "https://api.openai.com/v1/chat/completions",
	"https://x.services.ai.azure.com/anthropic/v1/messages", "claude failed with status 429", `a\"b`, `a\\`, `a\\\"b claude`, `{\"model\":\"claude-opus-5\",\"status\":529}`, "\x1b[31mclaude\x1b[0m", "\x00", "\x7f", "\xff", "ü", "a b\x1fc", "req_01a\x1fb", "req_01" + strings.Repeat("y", 300), strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 300),
	strings.Repeat("long ", 60), "0123456789abcdef-0123", "d: req", "tokens", netAgain + "after 57ms", `a\`, "litellm.RateLimitError: AnthropicException - {", "CANARY",
}

func pino(values []string) []byte {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return fmt.Appendf(nil, pinoCall, args...)
}

// TestShapesTellTheSame changes each value of a line that has a known shape in turn, and wants what a decoder says that knows none.
func TestShapesTellTheSame(t *testing.T) {
	for _, o := range []Options{{}, {Fields: map[string]string{"workspace": "ctx.tenant"}}} {
		usual := pino(pinoValues)
		if s := newShape(mappings(t, o), usual, loudWords(formats())); s == nil {
			t.Fatalf("newShape(%s) = nil; want a shape", usual)
		}
		for i := range pinoValues {
			for _, v := range hostile {
				values := slices.Clone(pinoValues)
				if values[i] = v; v == "" && strings.Contains("0 5 14 15 16 18", fmt.Sprint(i)) {
					continue // no JSON
				}
				sameFate(t, o, usual, pino(values))
			}
		}
	}
}

func mappings(t testing.TB, o Options) []mapping {
	t.Helper()
	ms, err := newMappings(o.Fields)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

// sameFate decodes a line twice in a row, once by a decoder that has learned from another line and once by one that learns nothing.
func sameFate(t testing.TB, o Options, usual, line []byte) {
	t.Helper()
	quick, slow := newDecoder(t, o), newDecoder(t, o)
	slow.shapes.wait = 1 << 30
	for range firmAfter + 3 {
		quick.Decode(collector.Line{Text: bytes.Clone(usual)}, testNow)
		slow.Decode(collector.Line{Text: bytes.Clone(usual)}, testNow)
	}
	for _, text := range [][]byte{line, line, usual, line, usual} {
		got, want := quick.Decode(collector.Line{Text: bytes.Clone(text)}, testNow), slow.Decode(collector.Line{Text: bytes.Clone(text)}, testNow)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Decode(%s) behind %.60s (-walked +by shape):\n%s", text, usual, diff)
		}
	}
}

// TestShapesOfLogs does the same with the values of every line of the test logs that a shape can be learned from.
func TestShapesOfLogs(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	shapes := 0
	logs := testLogs(t)
	logs["pino"] = bytes.Repeat(append(pino(pinoValues), '\n'), 20)
	for _, log := range logs {
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			line = bytes.Clone(line)
			if docStart(line) != 0 {
				continue
			}
			s := newShape(nil, line, loudWords(formats()))
			if s == nil {
				continue
			}
			shapes++
			for range 20 {
				sameFate(t, Options{}, line, mutated(s, line, rnd))
			}
		}
	}
	if shapes < 10 {
		t.Errorf("%d lines of the test logs gave a shape; want 10 and more", shapes)
	}
}

// mutated is a line of a shape in which one value or two are others.
func mutated(s *shape, line []byte, rnd *rand.Rand) []byte {
	var out []byte
	first, second := rnd.IntN(len(s.slots)), rnd.IntN(2*len(s.slots))
	i := 0
	for k := range s.slots {
		sl := &s.slots[k]
		i += len(sl.before)
		raw, ok := sl.value(line, i)
		if !ok {
			return line
		}
		i += len(raw)
		out = append(out, sl.before...)
		if k != first && k != second {
			out = append(out, raw...)
			continue
		}
		v := hostile[rnd.IntN(len(hostile))]
		if valid := json.Valid([]byte(v)); sl.kind == slotNumber && !valid || sl.kind == slotTree {
			v = string(raw)
		}
		out = append(out, v...)
	}
	return append(out, s.tail...)
}

// TestShapesAreUsed holds that lines which are alike are read by their shape, and that lines of which none is like another cost no lessons.
func TestShapesAreUsed(t *testing.T) {
	d := newDecoder(t, Options{})
	for i := range 100 {
		values := slices.Clone(pinoValues)
		values[11], values[15] = fmt.Sprintf("req_011TestShape%d", i), fmt.Sprint(i)
		if o := d.Decode(collector.Line{Text: pino(values)}, testNow); len(o.Calls) != 1 || o.Calls[0].RequestID != values[11] {
			t.Fatalf("Decode(call %d) = %+v; want its call", i, o)
		}
	}
	if len(d.shapes.list) != 1 || d.shapes.lines != 99 || d.shapes.bold != maxBold {
		t.Errorf("%d shapes of %d lines, boldness %d; want 1 of 99 lines, all read by it", len(d.shapes.list), d.shapes.lines, d.shapes.bold)
	}
	d = newDecoder(t, Options{})
	d.Decode(collector.Line{Text: []byte(`{"logEvents":0,"model":"claude-opus-5","status":200}`)}, testNow)
	if len(d.shapes.list) != 0 {
		t.Error("a shape was learned from a line that another format is asked about first")
	}
	d = newDecoder(t, Options{})
	for i := range 3000 {
		line := fmt.Appendf(nil, `{"model":"claude-opus-5","status":200,"key%d":%d,"usage":{"input_tokens":1,"output_tokens":2}}`, i, i)
		if o := d.Decode(collector.Line{Text: line}, testNow); len(o.Calls) != 1 {
			t.Fatalf("Decode(%s) = %+v; want one call", line, o)
		}
	}
	if d.shapes.bold >= 0 || len(d.shapes.list) > maxShapes || d.shapes.pause < 512 {
		t.Errorf("boldness %d, %d shapes, a lesson every %d lines; want it below 0, and rare lessons", d.shapes.bold, len(d.shapes.list), d.shapes.pause)
	}
}

// TestShapeOfAnotherFormatsValue learns from a line that is no event of a stream only because the event stands far from its beginning.
func TestShapeOfAnotherFormatsValue(t *testing.T) {
	const line = `{"time":"2026-11-21T16:00:01Z","msg":"%s","event":{"type":"message_start","message":{"model":"claude-sonnet-5","id":"msg_01Far","type":"message",` +
		`"role":"assistant","usage":{"input_tokens":12,"output_tokens":1}}}}`
	sameFate(t, Options{}, fmt.Appendf(nil, line, strings.Repeat("x", eventStart)), fmt.Appendf(nil, line, "near"))
}

// FuzzShape learns from one line and reads another, by the shape and without.
func FuzzShape(f *testing.F) {
	f.Add(pino(pinoValues), pino(pinoValues))
	for i, v := range hostile {
		values := slices.Clone(pinoValues)
		values[i%len(values)] = v
		f.Add(pino(pinoValues), pino(values))
	}
	for _, log := range testLogs(f) {
		var last []byte
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			f.Add(last, line)
			last = line
		}
	}
	f.Fuzz(func(t *testing.T, usual, line []byte) {
		if bytes.IndexByte(usual, '\n') >= 0 || bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		sameFate(t, Options{Fields: map[string]string{"user": "ctx.tenant"}}, usual, line)
	})
}
