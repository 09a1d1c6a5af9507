package decode

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// everyField maps every field that can be mapped.
var everyField = map[string]string{
	"app": "svc.name", "user": "svc.who", "workspace": "svc.space", "organization": "svc.org", "model": "llm.which", "request_id": "llm.call", "message_id": "llm.reply",
	"provider": "llm.via", "duration": "llm.took_ms", "status": "llm.answer", "error": "llm.why",
}

// TestEveryFieldCanBeMapped reads the same call from a nested object, from text before one, from logfmt and from an object with dotted keys,
// and through a shape.
func TestEveryFieldCanBeMapped(t *testing.T) {
	want := claude.Call{
		Time: testNow, Undated: true, App: "shop", User: "17", Workspace: "w1", Organization: "o1", Model: "claude-opus-5", Pool: "opus-5", RequestID: "req_01Mapped",
		MessageID: "msg_01Mapped", Provider: "bedrock", Status: 429, ErrorType: "rate_limit_error", Cause: claude.CauseRateLimit, DurationSeconds: claude.Some(0.812),
	}
	object := `{"svc":{"name":"shop","who":17,"space":"w1","org":"o1"},"llm":{"which":"claude-opus-5","call":"req_01Mapped","reply":"msg_01Mapped","via":"aws.bedrock",` +
		`"took_ms":812,"answer":429,"why":"rate_limit_error"},"status":200,"model":"gpt-5","user":"someone","msg":"done"}`
	for name, line := range map[string]string{
		"nested": object,
		"text":   "2h INFO [main] call of claude-x done " + object,
		"logfmt": `level=info svc.name=shop svc.who=17 svc.space=w1 svc.org=o1 llm.which=claude-opus-5 llm.call=req_01Mapped llm.reply=msg_01Mapped llm.via=aws.bedrock ` +
			`llm.took_ms=812 llm.answer=429 llm.why=rate_limit_error status=200 user=someone msg=done`,
		"dotted": `{"svc.name":"shop","svc.who":"17","svc.space":"w1","svc.org":"o1","llm.which":"claude-opus-5","llm.call":"req_01Mapped","llm.reply":"msg_01Mapped",` +
			`"llm":{"via":"aws.bedrock","took_ms":"812"},"llm.answer":"429 Too Many Requests","llm.why":"rate_limit_error"}`,
	} {
		d := newDecoder(t, Options{Fields: everyField})
		for range 3 { // learned from the first, read by shape after that
			o := d.Decode(collector.Line{Text: []byte(line)}, testNow)
			if diff := cmp.Diff([]claude.Call{want}, o.Calls); diff != "" {
				t.Errorf("%s: Decode(%s) = %+v (-want +got):\n%s", name, line, o, diff)
			}
		}
	}
}

func TestMappedDuration(t *testing.T) {
	for _, c := range []struct {
		path, value string
		want        claude.Opt[float64]
	}{
		{"took", "1.5", claude.Some(1.5)},
		{"took", `"812ms"`, claude.Some(0.812)},
		{"took", `"1s 200ms"`, claude.Some(1.2)},
		{"took_ms", "812", claude.Some(0.812)},
		{"tookMillis", "812", claude.Some(0.812)},
		{"elapsed_ns", "812000000", claude.Some(0.812)},
		{"took_us", "812000", claude.Some(0.812)},
		{"took", `"soon"`, claude.Opt[float64]{}},
		{"took", "-1", claude.Opt[float64]{}},
	} {
		line := `{"model":"claude-opus-5","status":200,"` + c.path + `":` + c.value + `}`
		calls, s := decodeAll(t, []byte(line), Options{Fields: map[string]string{"duration": c.path}})
		if len(calls) != 1 || calls[0].DurationSeconds != c.want {
			t.Errorf("Decode(%s) = %+v, %+v; want duration %v", line, calls, s, c.want)
		}
	}
}

// TestMappedErrorText holds that a mapped error may be the error's text, which is read and not kept.
func TestMappedErrorText(t *testing.T) {
	line := `{"model":"claude-opus-5","oops":"429 {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"CANARY\"},\"request_id\":\"req_01Oops\"}"}`
	calls, s := decodeAll(t, []byte(line), Options{Fields: map[string]string{"error": "oops"}, Explain: true})
	if len(calls) != 1 || calls[0].ErrorType != "rate_limit_error" || calls[0].Status != 429 || calls[0].RequestID != "req_01Oops" {
		t.Errorf("Decode(%s) = %+v, %+v; want a refused call", line, calls, s)
	}
	if out := render(t, calls, s) + asJSON(t, calls[0].Provenance); strings.Contains(out, canary) {
		t.Errorf("Decode(%s) lets private text out: %s", line, out)
	}
}

func TestUnknownTarget(t *testing.T) {
	for name, want := range map[string]string{
		"usr": `unknown field "usr", did you mean "user"?; known are app,`, "request-id": `did you mean "request_id"?`, "customer": `unknown field "customer"; known`,
		"colour": `unknown field "colour"; known`, "stats": `did you mean "status"?`,
	} {
		if _, err := New(Options{Fields: map[string]string{name: "x"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(field %s) = %v; want %q", name, err, want)
		}
	}
}
