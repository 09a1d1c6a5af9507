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
	"time"

	"github.com/claudewatch/claudewatch/dashboards"
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

// prometheus runs a real Prometheus that scrapes the target every second, and returns its address.
func prometheus(t *testing.T, target string) string {
	t.Helper()
	program := debian(t, "prometheus")
	dir := t.TempDir()
	conf := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: claudewatch\n  static_configs: [{targets: [%q]}]\n", strings.TrimPrefix(target, "http://"))
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

func TestEveryDashboardQueryFindsData(t *testing.T) {
	a := launch(t, nil, "demo", "--seed", "7", "--listen", "127.0.0.1:0")
	eventually(t, "the demo to listen", func() error {
		if a.url = listening.FindString(a.log.String()); a.url == "" {
			return errors.New("no address in its output")
		}
		return nil
	})
	server := prometheus(t, a.url)
	files, err := dashboards.Generate(dashboards.Options{})
	if err != nil {
		t.Fatal(err)
	}
	queries, err := dashboards.Queries(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(queries) < 20 {
		t.Fatalf("%d queries found in the dashboards; want them all", len(queries))
	}
	open := map[string]error{} // by panel and query: why it has not answered yet
	for _, q := range queries {
		open[q.Panel+" "+q.Ref] = errors.New("not asked yet")
	}
	again := time.NewTicker(2 * time.Second)
	defer again.Stop()
	for end := time.After(3 * patience); len(open) > 0; {
		feed(t, a)
		for _, q := range queries {
			key := q.Panel + " " + q.Ref
			if open[key] == nil {
				continue
			}
			if open[key] = ask(server, q.Fill("20s")); open[key] == nil {
				delete(open, key)
			}
		}
		select {
		case <-again.C:
		case <-end:
			t.Fatalf("queries without an answer in the whole demo: %v", open)
		}
	}
	lintExposition(t, a)
}

// feed posts what the demo's logs don't show: a time to first token, a line that can't be read, and a bucket that runs dry.
func feed(t *testing.T, a *agent) {
	t.Helper()
	now := time.Now().UTC()
	call := fmt.Sprintf(`{"time":%q,"request_id":"req_feed_%d","provider":"anthropic","app":"feed","model":"claude-haiku-5-5","status":200,
"duration_seconds":2,"time_to_first_token_seconds":0.4,"usage":{"input_tokens":60000,"output_tokens":20},
"readings":[{"limiter":"input_tokens","limit":100000,"remaining":50000,"reset":%q}]}`,
		now.Format(time.RFC3339Nano), now.UnixNano(), now.Add(30*time.Second).Format(time.RFC3339))
	for _, text := range []string{call, `{"model":"claude-haiku-5-5","usage":{"input_tokens":-5}}`} {
		if _, err := post(a.url+"/v1/calls", "application/json", text); err != nil && text == call {
			t.Fatal(err)
		}
	}
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
