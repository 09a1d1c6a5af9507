package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// debian names a program that install.sh brings.
func debian(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v; e2e/install.sh installs it", err)
	}
	return path
}

// prometheus runs a real Prometheus that scrapes the targets every second, and returns its address.
func prometheus(t *testing.T, targets ...string) string {
	t.Helper()
	return servePrometheus(t, promConf{targets: targets})
}

// promConf is what a Prometheus does: it scrapes each second, and evaluates rules and tells an Alertmanager where those are given.
type promConf struct {
	targets             []string // addresses of agents
	rules, alertmanager string   // a file, an address
}

func (c promConf) text() string {
	bare := func(urls ...string) string { return strings.ReplaceAll(strings.Join(urls, ", "), "http://", "") }
	text := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nscrape_configs:\n- job_name: claudewatch\n  static_configs: [{targets: [%s]}]\n", bare(c.targets...))
	if c.rules != "" {
		text += fmt.Sprintf("rule_files: [%q]\n", c.rules)
	}
	if c.alertmanager != "" {
		text += fmt.Sprintf("alerting:\n  alertmanagers: [{static_configs: [{targets: [%s]}]}]\n", bare(c.alertmanager))
	}
	return text
}

// servePrometheus runs a real Prometheus and returns its address.
func servePrometheus(t *testing.T, c promConf) string {
	t.Helper()
	program := debian(t, "prometheus")
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(c.text()), 0o600); err != nil {
		t.Fatal(err)
	}
	clean(t, "promtool", "check", "config", file)
	addr := freePort(t)
	log := &logBuffer{}
	cmd := exec.Command(program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus:\n%s", log)
		}
	})
	eventually(t, "prometheus to be ready", func() error {
		_, err := get("http://" + addr + "/-/ready")
		return err
	})
	return "http://" + addr
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it only tells a free port
	return l.Addr().String()
}

// sample is one series of an answer and its value.
type sample struct {
	labels map[string]string
	value  float64
}

// query runs a query for now and returns what is a number in its answer.
func query(server, expr string) ([]sample, error) {
	text, err := get(server + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return nil, err
	}
	var out []sample
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) {
			out = append(out, sample{r.Metric, v})
		}
	}
	return out, nil
}

// ask runs a query and returns an error unless it gives at least one number, and at least one series for each of the labels.
func ask(server, expr string, labels ...string) error {
	found, err := query(server, expr)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("no data")
	}
	for _, l := range labels {
		if !slices.ContainsFunc(found, func(s sample) bool { return s.labels[l] != "" }) {
			return fmt.Errorf("no series has the label %s", l)
		}
	}
	return nil
}

// lintExposition lets promtool judge the metrics of a busy agent.
func lintExposition(t *testing.T, a *agent) {
	t.Helper()
	text, err := get(a.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	lint := exec.Command(debian(t, "promtool"), "check", "metrics")
	lint.Stdin = strings.NewReader(text)
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
