package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretCanary is in every secret of the test, and must never come out anywhere.
const secretCanary = "canary0secret"

// echo is a server that takes nothing and repeats everything it was sent, secrets included.
func echo(t *testing.T, status int) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "%s %v %s", r.URL, r.Header, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// No secret of any setting appears in a log, an error, a metric, a page, the database or what a command prints, whatever receivers answer.
func TestNoSecretComesOut(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError, http.StatusFound} {
		url, dir := echo(t, status), t.TempDir()
		secret := func(name string) string {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, []byte("xoxb-"+secretCanary+"-"+name), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
		address := filepath.Join(dir, "address")
		if err := os.WriteFile(address, []byte(url+"/hook/"+secretCanary+"?key="+secretCanary), 0o600); err != nil {
			t.Fatal(err)
		}
		file := write(t, "claudewatch.yml", fmt.Sprintf(`webhook: {token_file: %s}
api: {token_file: %s}
receivers:
  - slack: {channel: "#claude", token_file: %s, api_url: %s/api/}
  - webhook: {url_file: %s, secret_file: %s}
  - alertmanager: {url: %s, token_file: %s}
  - pagerduty: {url: %s/v2/enqueue, routing_key_file: %s}
  - log: {}
log: {level: debug}
`, secret("intake"), secret("api"), secret("slack"), url, address, secret("signing"), url, secret("am"), url, secret("pagerduty")))
		data := t.TempDir()
		db := filepath.Join(data, "cw.db")
		a := startAgent(t, strings.NewReader(""), "--config", file, "--db", db)
		seen := map[string]string{}
		for name, args := range map[string][]string{
			"alerts test": {"alerts", "test"}, "alerts list": {"alerts", "list", "-o", "json"}, "status": {"status"}, "silence": {"alerts", "silence", "rule=none"},
		} {
			out, errOut, _ := command(t, append(args, "--config", file, "--db", db)...)
			seen[name] = out + errOut
		}
		fireWith(t, a, "xoxb-"+secretCanary+"-intake")
		seen["metrics"] = a.metricsWith(t, `claude_alerts_firing{rule="limit_usage_high",severity="warning"} 1`)
		a.log.until(t, `receiver=slack`)
		a.log.until(t, `receiver=webhook`)
		a.log.until(t, `receiver=pagerduty`)
		a.log.until(t, `receiver=alertmanager`)
		for _, path := range []string{"/", "/metrics", "/api/v1/alerts", "/api/v1/alerts/history", "/readyz"} {
			_, seen[path] = a.get(t, path)
		}
		a.stop()
		seen["log"], _ = a.log.read()
		out, errOut, _ := command(t, "serve", "--print-config", "--config", file)
		seen["printed configuration"] = out + errOut
		files, err := filepath.Glob(filepath.Join(data, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			seen[f] = string(text) + " "
		}
		for where, text := range seen {
			if text == "" && !strings.HasPrefix(where, "/") || strings.Contains(text, secretCanary) {
				t.Errorf("under status %d the %s is empty or shows a secret:\n%.2000s", status, where, text)
			}
		}
	}
}

// fireWith is fire at an intake that wants a token.
func fireWith(t *testing.T, a *testAgent, token string) {
	t.Helper()
	if code, answer := a.do(t, "POST", "/v1/calls", highReading(), []string{"Authorization", "Bearer " + token}); code != 200 {
		t.Fatalf("%d %s", code, answer)
	}
}
