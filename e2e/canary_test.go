package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
)

// What must never come out again, wherever it stood in the input.
const (
	prompt     = "canary-prompt my grandmother's recipe"
	completion = "canary-completion take two eggs"
	apiKey     = "sk-ant-api03-canary-key-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	adminKey   = "sk-ant-admin01-canary-admin-BBBBBBBBBBBBBBBBBBBBBBBBBBBB"
	cookie     = "canary-cookie-CCCCCCCCCCCCCCCC"
	slackToken = "xoxb-canary-slack-DDDDDDDDDDDDDDDD"
)

// canaryLines are lines as careless applications write them: whole requests, whole responses, and keys where they don't belong.
func canaryLines() []string {
	call := strings.TrimSpace(callLine("req_canary"))
	with := func(more string) string { return strings.TrimSuffix(call, "}") + "," + more + "}" }
	request := fmt.Sprintf(`"request":{"headers":{"x-api-key":%q,"authorization":"Bearer %s","cookie":%q},"body":{"system":%q,"messages":[{"role":"user","content":%q}]}}`,
		apiKey, apiKey, cookie, prompt, prompt)
	response := fmt.Sprintf(`"response":{"headers":{"set-cookie":%q},"content":[{"type":"text","text":%q}]}`, cookie, completion)
	header := func(name, value string) string {
		return with(fmt.Sprintf(`"headers":{"anthropic-ratelimit-input-tokens-limit":"1000","anthropic-ratelimit-input-tokens-%s":%q}`, name, value))
	}
	return []string{
		with(request + "," + response),
		with(fmt.Sprintf(`"prompt":%q,"completion":%q,"api_key":%q`, prompt, completion, apiKey)),
		strings.Replace(with(fmt.Sprintf(`"error":{"type":"authentication_error","message":"invalid x-api-key %s for %s"}`, apiKey, prompt)), "200", "401", 1),
		with(fmt.Sprintf(`"readings":[{"limiter":%q,"limit":1}]`, apiKey)), header("reset", apiKey), header("remaining", prompt), header("reset", adminKey),
		strings.Replace(call, ":10", `:"`+apiKey+`"`, 1),
		strings.Replace(call, ":200", `:"`+prompt+`"`, 1),
		with(request)[:len(call)+200],
		with(`"x":"` + apiKey + `"`)[:len(call)+20+len(apiKey)/2],
		fmt.Sprintf(`INFO POST https://api.anthropic.com/v1/messages x-api-key: %s body %s {"model":"claude-sonnet-5","status":500,"note":%q}`, apiKey, prompt, completion),
		apiKey + " " + prompt + " " + completion,
	}
}

func TestSecretsGoInAndNeverComeOut(t *testing.T) {
	dir := t.TempDir()
	db, log := filepath.Join(dir, "cw.db"), filepath.Join(dir, "app.log")
	lines := canaryLines()
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "req_canary", "req_"+strconv.Itoa(i))
	}
	if err := os.WriteFile(log, []byte(strings.Join(lines, "\n")+"\n"+callLine("last")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := slacktest.New(t)
	s.Outage(slacktest.Fault{Code: "invalid_auth"})
	a := start(t, []string{"CLAUDEWATCH_SLACK_TOKEN=" + slackToken, "CLAUDEWATCH_SLACK_CHANNEL=#claude", "CLAUDEWATCH_SLACK_API_URL=" + s.APIURL()},
		"--tail", log, "--db", db)
	out := map[string]string{}
	for i, line := range lines {
		text, err := post(a.url+"/v1/calls", "text/plain", strings.ReplaceAll(line, "req_", "req_posted_"))
		out[fmt.Sprintf("answer %d", i)] = fmt.Sprint(text, err)
	}
	reading(t, a, 0.97)
	eventually(t, "the alert to be refused by Slack", func() error {
		text, err := get(a.url + "/metrics")
		failed, _ := metric(text, "claudewatch_notifications_total", `receiver="slack"`, `result="failed"`)
		_, read := metric(text, "claudewatch_source_lag_bytes")
		if calls, _ := metric(text, "claudewatch_calls_ingested_total", `app.log"`); err != nil || failed == 0 || !read || calls < 4 {
			return fmt.Errorf("%v failed, %v calls, %w", failed, calls, err)
		}
		out["metrics"] = text
		return nil
	})
	var err error
	if out["page"], err = get(a.url + "/"); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"table", "json", "csv"} {
		stdout, stderr, code := command(t, "status", "--db", db, "-o", format)
		if code != 0 {
			t.Errorf("status -o %s: exit code %d: %s", format, code, stderr)
		}
		out["status "+format] = stdout + stderr
	}
	stdout, stderr, _ := command(t, "decode", log)
	out["decode"] = stdout + stderr
	files(t, dir, log, out) // while the agent runs: what is in the write-ahead log
	if code := a.stop(t); code != 0 {
		t.Errorf("exit code = %d; want 0", code)
	}
	out["log"] = a.log.String()
	files(t, dir, log, out)
	for where, text := range out {
		for _, secret := range []string{"canary-prompt", "canary-completion", apiKey[:30], "canary-key", "canary-admin", "canary-cookie", "canary-slack"} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s shows %q: ...%q...", where, secret, text[max(0, i-120):min(len(text), i+120)])
			}
		}
	}
	if !bytes.Contains([]byte(out["file cw.db"]), []byte("claude-sonnet-5")) {
		t.Error("the database lacks the model: it was not looked at as a whole")
	}
}

// files adds what every file but the log itself holds.
func files(t *testing.T, dir, log string, out map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); path != log {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out["file "+e.Name()] += string(data)
		}
	}
}
