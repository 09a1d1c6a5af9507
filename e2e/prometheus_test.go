package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
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
	program := debian(t, "prometheus")
	dir := t.TempDir()
	list := strings.ReplaceAll(strings.Join(targets, ", "), "http://", "")
	conf := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: claudewatch\n  static_configs: [{targets: [%s]}]\n", list)
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
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

// ask runs a query and returns an error unless it gives at least one number.
func ask(server, expr string) error {
	text, err := get(server + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return err
	}
	var answer struct {
		Data struct {
			ResultType string
			Result     []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return err
	}
	for _, r := range answer.Data.Result {
		if v, ok := r.Value[1].(string); ok && v != "NaN" {
			return nil
		}
	}
	return errors.New("no data")
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
