package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// notified collects what an Alertmanager tells its webhook, as "status alertname".
type notified struct {
	mu  sync.Mutex // guards all
	all []string
}

func (n *notified) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body struct {
		Status string `json:"status"`
		Alerts []struct {
			Labels map[string]string `json:"labels"`
		} `json:"alerts"`
	}
	text, _ := io.ReadAll(r.Body)
	n.mu.Lock()
	defer n.mu.Unlock()
	if json.Unmarshal(text, &body) != nil {
		n.all = append(n.all, "unreadable")
		return
	}
	for _, a := range body.Alerts {
		n.all = append(n.all, body.Status+" "+a.Labels["alertname"])
	}
}

func (n *notified) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.all...)
}

// alertmanager runs a real Alertmanager that tells the webhook at once, and returns its address.
func alertmanager(t *testing.T, hook string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	conf := fmt.Sprintf(`route: {receiver: hook, group_by: [alertname, pool, limiter], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}
receivers:
- name: hook
  webhook_configs: [{url: %q}]
`, hook)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return serveAlertmanager(t, file)
}

// serveAlertmanager runs a real Alertmanager on a configuration and returns its address.
func serveAlertmanager(t *testing.T, file string) string {
	t.Helper()
	program := debian(t, "prometheus-alertmanager")
	dir := t.TempDir()
	addr := freePort(t)
	log := &logBuffer{}
	cmd := exec.Command(program, "--config.file="+file, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr, "--cluster.listen-address=")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("alertmanager:\n%s", log)
		}
	})
	eventually(t, "alertmanager to be ready", func() error {
		_, err := get("http://" + addr + "/-/ready")
		return err
	})
	return "http://" + addr
}

// amAlert is an alert as Alertmanager's interface shows it.
type amAlert struct {
	Labels   map[string]string `json:"labels"`
	StartsAt time.Time         `json:"startsAt"`
	EndsAt   time.Time         `json:"endsAt"`
}

func amAlerts(server string) ([]amAlert, error) {
	text, err := get(server + "/api/v2/alerts?active=true")
	if err != nil {
		return nil, err
	}
	var all []amAlert
	return all, json.Unmarshal([]byte(text), &all)
}

// An alert reaches a real Alertmanager, outlives a kill of the agent without being told twice, and is resolved there.
func TestAlertmanagerFiringKillResolved(t *testing.T) {
	told := &notified{}
	hook := httptest.NewServer(told)
	t.Cleanup(hook.Close)
	server := alertmanager(t, hook.URL)
	dir := t.TempDir()
	file := filepath.Join(dir, "claudewatch.yml")
	conf := fmt.Sprintf(`alerts:
  limit_usage_high: {resolve: 0.75, hold: 1s}
  limit_exhaustion_imminent: {enabled: false}
receivers:
  - alertmanager: {url: %s}
`, server)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--config", file, "--db", filepath.Join(dir, "cw.db")}
	a := start(t, nil, args...)
	reading(t, a, 0.97)
	var first amAlert
	eventually(t, "the alert in alertmanager", func() error {
		all, err := amAlerts(server)
		if err != nil || len(all) != 1 {
			return errors.Join(err, fmt.Errorf("%d alerts", len(all)))
		}
		first = all[0]
		return nil
	})
	if first.Labels["alertname"] != "limit_usage_high" || first.Labels["pool"] != "sonnet-5" || !first.EndsAt.After(time.Now().Add(2*time.Minute)) {
		t.Errorf("alert = %+v; want the rule and its labels, and an end three minutes ahead", first)
	}
	eventually(t, "the first notification", func() error {
		if got := told.list(); len(got) != 1 {
			return fmt.Errorf("notified %v", got)
		}
		return nil
	})
	a.kill()
	start(t, nil, args...)
	eventually(t, "a refresh by the next agent", func() error {
		all, err := amAlerts(server)
		if err != nil || len(all) != 1 || !all[0].EndsAt.After(first.EndsAt) {
			return errors.Join(err, fmt.Errorf("alerts %+v", all))
		}
		if !all[0].StartsAt.Equal(first.StartsAt) {
			t.Errorf("starts at %s; want %s as before the kill", all[0].StartsAt, first.StartsAt)
		}
		return nil
	})
	eventually(t, "the alert to be resolved", func() error {
		all, err := amAlerts(server)
		if err != nil || len(all) != 0 {
			return errors.Join(err, fmt.Errorf("alerts %+v", all))
		}
		if got := told.list(); len(got) < 2 {
			return fmt.Errorf("notified %v", got)
		}
		return nil
	})
	if got := strings.Join(told.list(), ", "); got != "firing limit_usage_high, resolved limit_usage_high" {
		t.Errorf("notified %s; want once that it fires and once that it is over", got)
	}
}
