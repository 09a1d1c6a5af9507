package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// With notify: prometheus an alert fires and is exported, and no receiver hears of it; with builtin the same one is told.
func TestPrometheusNotifiesInsteadOfReceivers(t *testing.T) {
	for notify, want := range map[string]string{"builtin": "log, webhook", "prometheus": "nobody: Prometheus notifies"} {
		t.Run(notify, func(t *testing.T) {
			var told atomic.Int64
			hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told.Add(1) }))
			t.Cleanup(hook.Close)
			file := write(t, "claudewatch.yml", fmt.Sprintf("notify: %s\nreceivers: [{log: {}}, {webhook: {url: %q}}]\n", notify, hook.URL))
			a := startAgent(t, nil, "--config", file, "--db", t.TempDir()+"/cw.db")
			a.log.until(t, "alerts to "+want)
			now := time.Now().UTC()
			call := fmt.Sprintf(`{"time":%q,"request_id":"req_1","provider":"anthropic","model":"claude-sonnet-5","status":200,
"readings":[{"limiter":"input_tokens","limit":1000000,"remaining":130000,"reset":%q}]}`,
				now.Format(time.RFC3339Nano), now.Add(8*time.Second).Format(time.RFC3339Nano))
			if status, body := a.do(t, http.MethodPost, "/v1/calls", call, []string{"Content-Type", "application/json"}); status != http.StatusOK {
				t.Fatalf("post = %d %s; want 200", status, body)
			}
			text := a.metricsWith(t, `claude_alerts_firing{rule="limit_usage_high",severity="warning"} 1`)
			if notify == "builtin" {
				a.metricsWith(t, `claudewatch_notifications_total{receiver="webhook",result="sent"} 1`)
			} else if strings.Contains(text, "claudewatch_notifications_total{") || strings.Contains(text, "claudewatch_notifications_pending{") {
				t.Errorf("metrics tell of notifications; want none:\n%s", ours(text))
			}
			if code := a.stop(); code != 0 {
				t.Errorf("serve = %d; want 0", code)
			}
			log, _ := a.log.read()
			if heard := told.Load() > 0 || strings.Contains(log, "alert=limit_usage_high") || strings.Contains(log, "rule=limit_usage_high"); heard != (notify == "builtin") {
				t.Errorf("receivers were told: %t; want %t. The log:\n%s", heard, notify == "builtin", log)
			}
		})
	}
}

// A test message finds no receiver where Prometheus notifies, and says so instead of nothing.
func TestTestMessageWithoutReceivers(t *testing.T) {
	file := write(t, "claudewatch.yml", "notify: prometheus\n")
	_, stderr, code := command(t, "alerts", "test", "--config", file, "--db", t.TempDir()+"/none.db")
	if code != 1 || !strings.Contains(stderr, "no receivers to send through") {
		t.Errorf("alerts test = %d, %q; want 1 and why", code, stderr)
	}
}
