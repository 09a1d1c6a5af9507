package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
)

// highReading is a call whose headers say that a limit is used to nine tenths.
func highReading() string {
	now := time.Now().UTC()
	return fmt.Sprintf(`{"time":%q,"request_id":"req_%d","model":"claude-sonnet-5","status":200,"readings":[`+
		`{"limiter":"input_tokens","limit":1000,"remaining":100,"reset":%q}]}`, now.Format(time.RFC3339Nano), now.UnixNano(), now.Add(time.Minute).Format(time.RFC3339))
}

// fire posts such a call.
func fire(t *testing.T, a *testAgent) {
	t.Helper()
	if code, answer := a.do(t, "POST", "/v1/calls", highReading(), nil); code != 200 {
		t.Fatalf("%d %s", code, answer)
	}
}

// silenceID is the id of the only silence that a command printed as JSON.
func silenceID(t *testing.T, out string) string {
	t.Helper()
	var v struct {
		Silences []struct {
			ID string `json:"id"`
		} `json:"silences"`
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil || len(v.Silences) != 1 {
		t.Fatalf("silences = %s (%v); want one", out, err)
	}
	return v.Silences[0].ID
}

func TestSilenceOnARunningAgent(t *testing.T) {
	s := slacktest.New(t)
	t.Setenv("CLAUDEWATCH_SLACK_TOKEN", "xoxb-canary")
	t.Setenv("CLAUDEWATCH_SLACK_CHANNEL", "#claude")
	t.Setenv("CLAUDEWATCH_SLACK_API_URL", s.APIURL())
	db := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", db)
	out, errOut, code := command(t, "alerts", "silence", "--db", db, "rule=~limit_.*", "--for", "2h", "--author", "ops", "--comment", "backfill", "-o", "json")
	if code != exitDone {
		t.Fatalf("silence: %d %s%s", code, out, errOut)
	}
	id := silenceID(t, out)
	fire(t, a)
	a.metricsWith(t, `claude_alerts_firing{rule="limit_usage_high",severity="warning"} 1`, `claudewatch_notifications_pending{receiver="slack"} 0`)
	out, _, _ = command(t, "alerts", "list", "--db", db)
	if !strings.Contains(out, "muted by "+id) || !strings.Contains(out, "backfill") || len(s.Messages()) != 0 {
		t.Errorf("list under a silence:\n%s\nwith %d messages; want the alert muted and none", out, len(s.Messages()))
	}
	if _, errOut, code := command(t, "alerts", "unsilence", "--db", db, id); code != exitDone {
		t.Fatalf("unsilence: %d %s", code, errOut)
	}
	a.metricsWith(t, `claudewatch_notifications_total{receiver="slack",result="sent"} 1`)
	if all := s.Messages(); len(all) != 1 {
		t.Errorf("messages after the silence = %+v; want the alert that still fires", all)
	}
	if out, errOut, code := command(t, "alerts", "unsilence", "--db", db, id); code != exitFailed || !strings.Contains(errOut, "no such silence") {
		t.Errorf("unsilence again: %d %s%s; want that there is none", code, out, errOut)
	}
	if _, err := os.Stat(doorFile(db)); err != nil {
		t.Errorf("the door of a running agent: %v", err)
	}
	a.stop()
	if _, err := os.Stat(doorFile(db)); err == nil {
		t.Error("the door is still there after the agent has ended")
	}
	out, _, _ = command(t, "alerts", "history", "--db", db, "-o", "csv")
	if !strings.Contains(out, "limit_usage_high") {
		t.Errorf("history = %s; want the alert", out)
	}
}

func TestSilenceWithoutAnAgent(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cw.db")
	if _, errOut, code := command(t, "alerts", "list", "--db", db); code != exitFailed || !strings.Contains(errOut, "no agent has run") {
		t.Errorf("list without a database: %d %s; want a hint", code, errOut)
	}
	startAgent(t, strings.NewReader(""), "--db", db).stop()
	out, errOut, code := command(t, "alerts", "silence", "--db", db, "pool=sonnet-5", "-o", "json")
	if code != exitDone {
		t.Fatalf("silence: %d %s", code, errOut)
	}
	id := silenceID(t, out)
	if out, _, _ := command(t, "alerts", "list", "--db", db); !strings.Contains(out, id) || !strings.Contains(out, "No alert is firing.") {
		t.Errorf("list:\n%s\nwant the silence", out)
	}
	a := startAgent(t, strings.NewReader(""), "--db", db)
	if _, text := a.get(t, "/api/v1/alerts/silences"); !strings.Contains(text, id) {
		t.Errorf("silences of an agent that starts later = %s; want %s", text, id)
	}
}

func TestSilenceWrongUse(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cw.db")
	startAgent(t, strings.NewReader(""), "--db", db).stop()
	for want, args := range map[string][]string{
		"no matcher given":      {"silence"},
		"write it as in":        {"silence", "nonsense"},
		"write 30m, 2h or 1d":   {"silence", "rule=x", "--for", "soon"},
		"write it as in 2026":   {"silence", "rule=x", "--start", "tomorrow"},
		"no id given":           {"unsilence"},
		"want table, json":      {"list", "-o", "xml"},
		"want 1 to 1000":        {"history", "--limit", "0"},
		"write 24h, 7d or 2026": {"history", "--since", "x"},
	} {
		_, errOut, code := command(t, append([]string{"alerts"}, append(args, "--db", db)...)...)
		if code != exitUsage || !strings.Contains(errOut, want) {
			t.Errorf("alerts %v: %d %s; want exit code 2 and %q", args, code, errOut, want)
		}
	}
	if _, errOut, code := command(t, "alerts", "silence", "--db", db, "rule=x", "--for", "365d"); code != exitFailed || !strings.Contains(errOut, "turn the rule off") {
		t.Errorf("a silence of a year: %d %s; want it refused", code, errOut)
	}
}

func TestAPIWritesNeedAToken(t *testing.T) {
	const body = `{"matchers":["rule=limit_usage_high"],"duration":"1h","author":"ops","comment":"x"}`
	for _, token := range []string{"", "canary-api-token"} {
		t.Setenv("CLAUDEWATCH_API_TOKEN", token)
		a := startAgent(t, strings.NewReader(""), "--db", filepath.Join(t.TempDir(), "cw.db"))
		refused := http.StatusUnauthorized
		if token == "" {
			refused = http.StatusForbidden
		}
		for _, c := range []struct {
			method, path, auth string
			want               int
		}{
			{"GET", "/api/v1/alerts", "", 200},
			{"GET", "/api/v1/alerts/history?since=24h", "", 200},
			{"GET", "/api/v1/alerts/history?since=x", "", 400},
			{"GET", "/api/v1/alerts/silences", "", 200},
			{"POST", "/api/v1/alerts/silences", "", refused},
			{"POST", "/api/v1/alerts/silences", "Bearer wrong", refused},
			{"POST", "/api/v1/alerts/silences", "Bearer ", refused},
			{"DELETE", "/api/v1/alerts/silences/x", "", refused},
			{"POST", "/api/v1/alerts/test", "", refused},
		} {
			if code, answer := a.do(t, c.method, c.path, body, []string{"Authorization", c.auth}); code != c.want {
				t.Errorf("with token %q: %s %s as %q = %d %s; want %d", token, c.method, c.path, c.auth, code, answer, c.want)
			}
		}
		if token == "" {
			continue
		}
		auth := []string{"Authorization", "Bearer " + token}
		code, answer := a.do(t, "POST", "/api/v1/alerts/silences", body, auth)
		var made struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal([]byte(answer), &made); code != 201 || err != nil || made.ID == "" {
			t.Fatalf("POST with the token = %d %s; want a silence", code, answer)
		}
		for text, want := range map[string]int{"": 400, "{}": 400, `{"matchers":["x"]}`: 400, `{"matchers":["a=b"],"duration":"-1h"}`: 400, `{"unknown":1}`: 400} {
			if code, answer := a.do(t, "POST", "/api/v1/alerts/silences", text, auth); code != want {
				t.Errorf("POST %s = %d %s; want %d", text, code, answer, want)
			}
		}
		for _, want := range []int{200, 404} {
			if code, answer := a.do(t, "DELETE", "/api/v1/alerts/silences/"+made.ID, "", auth); code != want {
				t.Errorf("DELETE = %d %s; want %d", code, answer, want)
			}
		}
		if code, _ := a.do(t, "POST", "/api/v1/alerts/silences", body, append(auth, "Sec-Fetch-Site", "cross-site")); code != 403 {
			t.Errorf("POST from another site = %d; want 403", code)
		}
		a.stop()
		if log, _ := a.log.read(); strings.Contains(log, token) {
			t.Errorf("the log shows the token:\n%s", log)
		}
	}
}

func TestAlertsTest(t *testing.T) {
	s := slacktest.New(t)
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(hook.Close)
	t.Setenv("CLAUDEWATCH_SLACK_TOKEN", "xoxb-canary")
	t.Setenv("CLAUDEWATCH_SLACK_API_URL", s.APIURL())
	t.Setenv("CLAUDEWATCH_PAGERDUTY_ROUTING_KEY", "canary-routing-key")
	file := write(t, "claudewatch.yml", fmt.Sprintf(`receivers:
  - slack: {channel: "#claude"}
  - webhook: {url: %s/canary-path}
  - pagerduty: {url: %s/canary-path}
  - log: {}
`, hook.URL, down.URL))
	db := filepath.Join(t.TempDir(), "cw.db")
	for _, by := range []string{"this command", "the running agent"} {
		if by == "the running agent" {
			startAgent(t, strings.NewReader(""), "--config", file, "--db", db)
		}
		out, errOut, code := command(t, "alerts", "test", "--config", file, "--db", db)
		if code != exitFailed || !strings.Contains(out, "sent by "+by) || strings.Contains(out+errOut, "canary") {
			t.Errorf("test by %s: %d\n%s%s\nwant it to fail, without a secret", by, code, out, errOut)
		}
		for _, line := range []string{`slack +ok\n`, `webhook +failed: webhook: status 403`, `pagerduty +failed: pagerduty: .*refused`, `log +ok\n`} {
			if !regexp.MustCompile(line).MatchString(out) {
				t.Errorf("test by %s:\n%s\nwant a line like %s", by, out, line)
			}
		}
	}
	if all := s.Messages(); len(all) != 2 || all[0].Color() != "#12b76a" || all[0].Edits != 1 {
		t.Errorf("messages = %+v; want two that were resolved at once", all)
	}
}
