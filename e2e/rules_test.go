package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// hearing is a webhook of two notifiers, by path: it keeps when each first told what, as in "firing ClaudeLimitUsageHigh sonnet-5".
type hearing struct {
	mu    sync.Mutex           // guards the fields below
	first map[string]time.Time // by path and what was told
	ended map[string]time.Time // when, by what was told, an alert was over
}

func (h *hearing) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body struct {
		Alerts []struct {
			Status string
			Labels map[string]string
			EndsAt time.Time
		}
	}
	text, _ := io.ReadAll(r.Body)
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if json.Unmarshal(text, &body) != nil {
		h.first[r.URL.Path+" unreadable"] = now
		return
	}
	for _, a := range body.Alerts {
		what := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.URL.Path, a.Status, a.Labels["alertname"], a.Labels["pool"]))
		if _, told := h.first[what]; !told {
			h.first[what], h.ended[what] = now, a.EndsAt
		}
	}
}

// when tells when something was first told, and when the alert ended if that was told.
func (h *hearing) when(what string) (at, end time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, ok = h.first[what]
	return at, h.ended[what], ok
}

func (h *hearing) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for what := range h.first {
		all = append(all, what)
	}
	return all
}

// rulesRig is an agent whose alerts go to a webhook, and beside it a Prometheus and an Alertmanager with the generated files.
type rulesRig struct {
	agent *agent
	heard *hearing
	prom  string
}

// rulesConf is read by the agent and by generate rules, so that both go by the same thresholds. Holds are short so that the end comes soon.
const rulesConf = `alerts:
  limit_usage_high: {hold: 3s}
  limit_exhaustion_imminent: {hold: 3s}
  rate_limited_spike: {hold: 3s}
receivers:
  - webhook: {url: %s/builtin}
`

func newRulesRig(t *testing.T) *rulesRig {
	t.Helper()
	r := &rulesRig{heard: &hearing{first: map[string]time.Time{}, ended: map[string]time.Time{}}}
	hook := httptest.NewServer(r.heard)
	t.Cleanup(hook.Close)
	dir := t.TempDir()
	conf := filepath.Join(dir, "claudewatch.yml")
	if err := os.WriteFile(conf, fmt.Appendf(nil, rulesConf, hook.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"generate", "rules", "--config", conf, "-o", dir}, {"generate", "alertmanager", "-o", dir}} {
		if out, errOut, code := command(t, args...); code != 0 {
			t.Fatalf("%v = %d: %s%s", args, code, out, errOut)
		}
	}
	rules, am := filepath.Join(dir, "claudewatch-rules.yml"), filepath.Join(dir, "alertmanager.yml")
	clean(t, "amtool", "check-config", am)
	// The rules are evaluated each second, and Alertmanager waits as it is configured at first, but not before it tells of an end.
	edit(t, rules, "interval: 15s", "interval: 1s")
	edit(t, am, "group_interval: 1m", "group_interval: 2s")
	edit(t, am, regexp.MustCompile(`(?s)slack_configs:.*`).FindString(read(t, am)), fmt.Sprintf("webhook_configs: [{url: %q}]\n", hook.URL+"/prometheus"))
	clean(t, "amtool", "check-config", am)
	clean(t, "promtool", "check", "rules", rules)
	clean(t, "promtool", "test", "rules", filepath.Join(dir, "claudewatch-rules-test.yml"))
	r.agent = start(t, nil, "--config", conf, "--db", filepath.Join(dir, "cw.db"))
	server := serveAlertmanager(t, am)
	r.prom = servePrometheus(t, promConf{targets: []string{r.agent.url}, rules: rules, alertmanager: server})
	return r
}

// clean wants a checker to have no complaint.
func clean(t *testing.T, program string, args ...string) {
	t.Helper()
	out, err := exec.Command(debian(t, program), args...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "FAILED") {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edit replaces a text in a file, which must be there.
func edit(t *testing.T, file, old, replacement string) {
	t.Helper()
	text := read(t, file)
	if old == "" || !strings.Contains(text, old) {
		t.Fatalf("%s has no %q:\n%s", file, old, text)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, old, replacement)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// call posts one call that is made of the given fields.
func (r *rulesRig) call(t *testing.T, fields string) {
	t.Helper()
	now := time.Now().UTC()
	text := fmt.Sprintf(`{"time":%q,"request_id":"req_%d","provider":"anthropic","organization":"org","app":"shop",%s}`, now.Format(time.RFC3339Nano), now.UnixNano(), fields)
	if _, err := post(r.agent.url+"/v1/calls", "application/json", text); err != nil {
		t.Fatal(err)
	}
}

// used posts a call whose headers say how full a limit of 100,000 tokens a minute is, as the API would: it drains within a minute.
func (r *rulesRig) used(t *testing.T, model string, tokens int, ratio float64) {
	t.Helper()
	r.call(t, fmt.Sprintf(`"model":%q,"status":200,"retry":0,"usage":{"input_tokens":%d,"output_tokens":1},"readings":[{"limiter":"input_tokens","limit":100000,"remaining":%d,"reset":%q}]`,
		model, tokens, int(100_000*(1-ratio)), time.Now().UTC().Add(time.Duration(ratio*float64(time.Minute))).Format(time.RFC3339Nano)))
}

// both waits until the agent and Prometheus have told of the same, and logs how long each took.
func (r *rulesRig) both(t *testing.T, since time.Time, status, rule, alert, pool string) {
	t.Helper()
	own, prom := strings.TrimSpace("/builtin "+status+" "+rule+" "+pool), strings.TrimSpace("/prometheus "+status+" "+alert+" "+pool)
	var ownAt, promAt time.Time
	eventually(t, own+" and "+prom, func() error {
		var ok, okToo bool
		ownAt, _, ok = r.heard.when(own)
		if promAt, _, okToo = r.heard.when(prom); !ok || !okToo {
			return fmt.Errorf("told: %q", r.heard.all())
		}
		return nil
	})
	t.Logf("%s %s: the agent told after %s, Prometheus and Alertmanager after %s, that is %s later", status, rule,
		ownAt.Sub(since).Round(time.Millisecond), promAt.Sub(since).Round(time.Millisecond), promAt.Sub(ownAt).Round(time.Millisecond))
}

// The generated rules fire in a real Prometheus for what the built-in alerts fire for, Alertmanager tells of it with the generated
// configuration, the graver alert speaks for the milder one, and the end is told as well.
func TestPrometheusTellsWhatTheAgentTells(t *testing.T) {
	r := newRulesRig(t)
	for range 40 { // all series are there before anything happens
		r.call(t, `"model":"claude-sonnet-5","status":200,"retry":0,"usage":{"input_tokens":10,"output_tokens":1}`)
	}
	eventually(t, "a first scrape of the calls", func() error {
		return ask(r.prom, `claude_requests_total{status="200"} >= 40`)
	})

	high := time.Now()
	r.used(t, "claude-sonnet-5", 10, 0.85)
	r.both(t, high, "firing", "limit_usage_high", "ClaudeLimitUsageHigh", "sonnet-5")

	full := time.Now()
	r.used(t, "claude-haiku-4-5", 170_000, 0.97)
	r.both(t, full, "firing", "limit_exhaustion_imminent", "ClaudeLimitExhaustionImminent", "haiku-4.5")

	refused := time.Now()
	for range 30 {
		r.call(t, `"model":"claude-sonnet-5","status":429,"retry":0,"error_type":"rate_limit_error","retry_after_seconds":1`)
	}
	r.both(t, refused, "firing", "rate_limited_spike", "ClaudeRateLimitedSpike", "")

	r.both(t, high, "resolved", "limit_usage_high", "ClaudeLimitUsageHigh", "sonnet-5")
	r.both(t, full, "resolved", "limit_exhaustion_imminent", "ClaudeLimitExhaustionImminent", "haiku-4.5")
	_, over, _ := r.heard.when("/prometheus resolved ClaudeLimitExhaustionImminent haiku-4.5")
	if at, _, told := r.heard.when("/prometheus firing ClaudeLimitUsageHigh haiku-4.5"); told && at.Before(over) {
		t.Errorf("Alertmanager told of a high use %s before the graver alert was over; want the graver one alone to speak", over.Sub(at))
	}
	if _, _, told := r.heard.when("/builtin firing limit_usage_high haiku-4.5"); told {
		t.Error("the agent told of a high use beside the graver alert; want that one alone to speak")
	}
}
