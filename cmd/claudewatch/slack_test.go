package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
)

// A token that Slack refuses is said at the start, and again for the alert that was lost by it; the agent goes on.
func TestBadSlackToken(t *testing.T) {
	const token = "xoxb-canary-slack-token"
	s := slacktest.New(t)
	s.Outage(slacktest.Fault{Code: "invalid_auth"})
	t.Setenv("CLAUDEWATCH_SLACK_TOKEN", token)
	t.Setenv("CLAUDEWATCH_SLACK_CHANNEL", "#claude")
	t.Setenv("CLAUDEWATCH_SLACK_API_URL", s.APIURL())
	db := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", db)
	a.log.until(t, `level=ERROR msg="receiver would not take an alert" receiver=slack error="slack: invalid_auth"\n`)
	now := time.Now().UTC()
	call := fmt.Sprintf(`{"time":%q,"request_id":"req_1","model":"claude-sonnet-5","status":200,"readings":[`+
		`{"limiter":"input_tokens","limit":1000,"remaining":100,"reset":%q}]}`, now.Format(time.RFC3339Nano), now.Add(time.Minute).Format(time.RFC3339))
	if code, answer := a.do(t, "POST", "/v1/calls", call, nil); code != 200 {
		t.Fatalf("%d %s", code, answer)
	}
	a.log.until(t, `level=ERROR msg="alert not delivered" receiver=slack .*reason=invalid_auth`)
	metrics := a.metricsWith(t, `claudewatch_notifications_total{receiver="slack",result="failed"} 1`, `claudewatch_notifications_pending{receiver="slack"} 0`)
	if code, answer := a.do(t, "POST", "/v1/calls", goodCall("req_2"), nil); code != 200 {
		t.Errorf("a call afterwards: %d %s", code, answer)
	}
	_, page := a.get(t, "/")
	out, errOut, code := command(t, "status", "--db", db)
	if code != exitDone || !strings.Contains(out, "WARNING ") {
		t.Errorf("status: exit code %d\n%s%s\nwant the alert", code, out, errOut)
	}
	printed, _, _ := command(t, "serve", "--print-config")
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
	log, _ := a.log.read()
	if n := strings.Count(log, "invalid_auth"); n != 2 {
		t.Errorf("the log says %d times that the token is wrong; want once at the start and once for the alert:\n%s", n, log)
	}
	for name, text := range map[string]string{"log": log, "metrics": metrics, "page": page, "status": out + errOut, "configuration": printed} {
		if text == "" || strings.Contains(text, token) {
			t.Errorf("the %s is empty or shows the token:\n%s", name, text)
		}
	}
}

// What Slack refuses for good goes to the receiver that stands in for it, which hears of nothing else.
func TestFallbackOfSlack(t *testing.T) {
	var mu sync.Mutex
	var got []string
	pager := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(body))
	}))
	t.Cleanup(pager.Close)
	s := slacktest.New(t)
	s.Outage(slacktest.Fault{Code: "invalid_auth"})
	t.Setenv("CLAUDEWATCH_SLACK_TOKEN", "xoxb-canary-slack-token")
	dir := t.TempDir()
	path := filepath.Join(dir, "claudewatch.yml")
	text := fmt.Sprintf("receivers:\n  - slack: {channel: \"#claude\", api_url: %q}\n    severity: critical\n    fallback: pager\n"+
		"  - webhook: {url: %q}\n    name: pager\n", s.APIURL(), pager.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a := startAgent(t, strings.NewReader(""), "--config", path, "--db", filepath.Join(dir, "cw.db"))
	now := time.Now().UTC()
	for i, left := range []int{150, 10} { // a warning, which Slack is not to hear of, and then a critical one
		call := fmt.Sprintf(`{"time":%q,"request_id":"req_%d","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":990},"readings":[`+
			`{"limiter":"input_tokens","limit":1000,"remaining":%d,"reset":%q}]}`, now.Format(time.RFC3339Nano), i, left, now.Add(time.Minute).Format(time.RFC3339))
		if code, answer := a.do(t, "POST", "/v1/calls", call, nil); code != 200 {
			t.Fatalf("%d %s", code, answer)
		}
	}
	a.metricsWith(t, `claudewatch_notifications_total{receiver="slack",result="failed"} 1`, `claudewatch_notifications_total{receiver="pager",result="sent"} 1`)
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 1 || !strings.Contains(got[0], `"limit_exhaustion_imminent"`) {
		t.Errorf("the fallback got %q; want the critical alert alone", got)
	}
}
