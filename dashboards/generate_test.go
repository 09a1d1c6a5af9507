package dashboards_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/claudewatch/claudewatch/dashboards"
)

var update = flag.Bool("update", false, "write the generated files anew")

// sdkDashboard is the SDK's classic dashboard.
//
//nolint:staticcheck // Classic JSON is what is generated, though the SDK would rather have version 2 used.
type sdkDashboard = dashboard.Dashboard

func generate(t *testing.T, o dashboards.Options) []dashboards.File {
	t.Helper()
	files, err := dashboards.Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCommittedFilesAreFresh(t *testing.T) {
	for _, format := range dashboards.Formats() {
		dir := filepath.Join("generated", string(format))
		want := map[string]string{}
		for _, f := range generate(t, dashboards.Options{Format: format}) {
			want[f.Name] = string(f.Content)
		}
		compareFolder(t, dir, want)
	}
}

// compareFolder compares a folder with what it should hold, or writes that under -update.
func compareFolder(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if *update {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			t.Fatal(err)
		}
		for name, content := range want {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(content)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s is stale; run with -update (-generated now +committed):\n%.2000s", dir, diff)
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	if diff := cmp.Diff(generate(t, dashboards.Options{}), generate(t, dashboards.Options{})); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestDatasourceIsPreset(t *testing.T) {
	const name = `prom "main"`
	var d struct {
		Templating struct {
			List []struct {
				Type    string
				Current *struct{ Value any }
			}
		}
	}
	for _, f := range generate(t, dashboards.Options{Datasource: name}) {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		if err := json.Unmarshal(f.Content, &d); err != nil {
			t.Fatal(err)
		}
		if v := d.Templating.List[0]; v.Type != "datasource" || v.Current == nil || v.Current.Value != name {
			t.Errorf("%s: first variable = %+v; want the data source %s", f.Name, v, name)
		}
	}
}

// TestSDKReadsItAll has the SDK's strict decoder, which knows no fields but its own, read the JSON, and its plain one write it
// again: the strict one does not keep panels.
func TestSDKReadsItAll(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for _, f := range generate(t, dashboards.Options{}) {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		if problems := strict(f.Content); len(problems) > 0 {
			t.Errorf("strict reading of %s: %v", f.Name, problems)
		}
		planted := bytes.Replace(f.Content, []byte(`"graphMode"`), []byte(`"grafMode"`), 1)
		if problems := strict(planted); len(problems) == 0 {
			t.Errorf("strict reading of %s with a misspelt option finds nothing", f.Name)
		}
		var d sdkDashboard
		if err := json.Unmarshal(f.Content, &d); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parse(t, f.Content), parse(t, again)); diff != "" { // the order of keys may differ
			t.Errorf("%s changes when read and written again:\n%s", f.Name, diff)
		}
	}
}

func parse(t *testing.T, content []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(content, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// strict returns what the SDK's strict decoder finds. Its error holds no problems when all is well.
func strict(content []byte) []string {
	var d sdkDashboard
	err := d.UnmarshalJSONStrict(content)
	if err == nil {
		return nil
	}
	var problems cog.BuildErrors
	if errors.As(err, &problems) && len(problems) == 0 {
		return nil
	}
	return []string{err.Error()}
}

// TestQueriesAreValidPromQL has Prometheus' own tool parse every query. Its syntax is checked nowhere else without a server.
func TestQueriesAreValidPromQL(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is not installed: CI parses the queries with it")
		}
		return
	}
	queries, err := dashboards.Queries(generate(t, dashboards.Options{}))
	if err != nil || len(queries) == 0 {
		t.Fatalf("Queries() = %d queries, %v; want some", len(queries), err)
	}
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	for _, q := range queries {
		rules = append(rules, rule{"panel:query:check", q.Fill("5m")})
	}
	// JSON is YAML too.
	content, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", "--lint=none", file).CombinedOutput(); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, bytes.TrimSpace(out))
	}
}

func TestQueriesAreListed(t *testing.T) {
	queries, err := dashboards.Queries(generate(t, dashboards.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Highest limit used":        `max(claude_rate_limit_used_ratio{provider=~".*", organization=~".*", workspace=~".*", pool=~".*"})`,
		"Tokens per second by type": `sum by (type) (rate(claude_tokens_total{provider=~".*", workspace=~".*", app=~".*", model=~".*"}[1m]))`,
		"variable model":            `count by (model) (claude_requests_total{provider=~".*", workspace=~".*", app=~".*"})`,
		"annotation Alerts":         `max by (rule, severity) (claude_alerts_firing) > 0`,
	}
	for _, q := range queries {
		if w, ok := want[q.Panel]; ok && q.Fill("1m") != w {
			t.Errorf("%s = %s; want %s", q.Panel, q.Fill("1m"), w)
		}
		delete(want, q.Panel)
	}
	if len(want) > 0 {
		t.Errorf("queries not listed: %v", want)
	}
	if _, err := dashboards.Queries([]dashboards.File{{Name: "bad.json", Content: []byte("{")}}); err == nil {
		t.Error("Queries of broken JSON = nil error; want one that names the file")
	}
}
