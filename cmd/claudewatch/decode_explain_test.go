package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// explainedLog holds a call, one that can't be read, and lines about other things.
const explainedLog = `starting
{"time":"2026-11-21T16:00:01Z","request_id":"req_01Explain","model":"claude-opus-5","status":200,"usage":{"input_tokens":7,"output_tokens":8},"ctx":{"who":"u-9"},` +
	`"res":{"headers":{"Anthropic-Ratelimit-Requests-Limit":"50"}},"prompt":"CANARY"}
{"model":"claude-opus-5","usage":{"input_tokens":-1}}
stopping
`

// writeLog writes explainedLog into a file.
func writeLog(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(path, []byte(explainedLog), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDecodeExplain(t *testing.T) {
	path := writeLog(t)
	out, errOut, code := command(t, "decode", "--explain", "--app", "shop", "--field", "user=ctx.who", path)
	want := path + `: 4 lines, 1 call

call at line 2 (json)
  time                     2026-11-21T16:00:01Z  key time
  request_id               req_01Explain         key request_id
  provider                 anthropic             derived from the address or the model's name
  app                      shop                  configured app
  user                     u-9                   mapped ctx.who
  model                    claude-opus-5         key model
  pool                     opus-5                derived from the model
  status                   200                   key status
  usage.input_tokens       7                     key usage.input_tokens
  usage.output_tokens      8                     key usage.output_tokens
  readings.requests.limit  50                    header res.headers.Anthropic-Ratelimit-Requests-Limit

skipped 2 lines: not claude: 1, 4
rejected line 3: value out of range: usage.input_tokens -1: out of range 0 to 1e9
`
	if out != want || errOut != "" || code != 0 {
		t.Errorf("decode --explain = %d, %q, %s; want\n%s", code, errOut, out, want)
	}
}

func TestDecodeExplainJSON(t *testing.T) {
	out, _, code := command(t, "decode", "--explain", "-o", "json", writeLog(t))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 3 || strings.Contains(out, "CANARY") {
		t.Fatalf("decode --explain -o json = %d, %s; want a call, a reason and a rejected line", code, out)
	}
	var call explainedCall
	if err := json.Unmarshal([]byte(lines[0]), &call); err != nil || call.Type != "call" || call.Line != 2 || call.Format != "json" || call.Call.RequestID != "req_01Explain" || len(call.Fields) != 9 {
		t.Errorf("first line = %s, %v; want the call with its nine fields", lines[0], err)
	}
	if want := `{"type":"skipped","reason":"not claude","count":2,"lines":[[1,1],[4,4]]}`; lines[1] != want {
		t.Errorf("second line = %s; want %s", lines[1], want)
	}
	if want := `{"type":"rejected","line":3,"reason":"value out of range","detail":"usage.input_tokens -1: out of range 0 to 1e9"}`; lines[2] != want {
		t.Errorf("third line = %s; want %s", lines[2], want)
	}
}

// TestDecodeConfig takes the fields and defaults from the source whose glob names the file; a flag wins.
func TestDecodeConfig(t *testing.T) {
	path := writeLog(t)
	cfg := filepath.Join(filepath.Dir(path), "c.yaml")
	text := "sources:\n  - tail: " + filepath.Dir(path) + "/*.log\n    app: pay\n    fields: {user: ctx.who, workspace: nowhere}\n"
	if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, code := command(t, "decode", "--config", cfg, "--field", "organization=ctx.who", path)
	if code != 0 || !strings.Contains(out, `"organization":"u-9"`) || !strings.Contains(out, `"app":"pay","user":"u-9"`) {
		t.Errorf("decode --config = %d, %s, %s; want what the source says and the flag", code, errOut, out)
	}
}

func TestDecodeFieldRefused(t *testing.T) {
	path := writeLog(t)
	for field, want := range map[string]string{"usr=x": `unknown field "usr", did you mean "user"?`, "user": `want field=path`, "user=": "the path is empty"} {
		if out, errOut, code := command(t, "decode", "--field", field, path); code != 2 || out != "" || !strings.Contains(errOut, want) {
			t.Errorf("decode --field %s = %d, %s, %q; want 2 and %q", field, code, out, errOut, want)
		}
	}
	if _, errOut, code := command(t, "decode", "--explain", "-o", "csv", path); code != 2 || !strings.Contains(errOut, "decode --explain prints text or json") {
		t.Errorf("decode --explain -o csv = %d, %q; want 2", code, errOut)
	}
}

// TestFatesAreBounded holds that a long log takes no more memory than its calls.
func TestFatesAreBounded(t *testing.T) {
	f := fates{formats: map[int64]string{}, skipped: map[string]*lineRanges{}}
	for i := int64(1); i <= 1000; i += 2 {
		f.observe(i, collector.Outcome{Skipped: "not claude"})
		f.observe(i+1, collector.Outcome{Rejected: "invalid json"})
	}
	r := f.skipped["not claude"]
	if r.Count != 500 || len(r.Ranges) != maxRanges || !strings.HasSuffix(r.String(), "37, 39 and 480 more") {
		t.Errorf("skipped = %d lines in %d ranges: %s; want 500 in 20", r.Count, len(r.Ranges), r)
	}
	if len(f.rejected) != maxRejected || f.more != 400 {
		t.Errorf("rejected = %d and %d more; want 100 and 400", len(f.rejected), f.more)
	}
}
