package dashboards_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/dashboards"
)

// builtin are the rules of the agent with their defaults.
func builtin() []dashboards.Rule {
	rule := func(name, severity string, fire, resolve float64, hold time.Duration) dashboards.Rule {
		r := dashboards.Rule{Name: name, Severity: severity, Hold: hold}
		if fire > 0 {
			r.Fire = claude.Some(fire)
		}
		if resolve > 0 {
			r.Resolve = claude.Some(resolve)
		}
		return r
	}
	return []dashboards.Rule{
		rule("agent_blind", "critical", 0, 0, 0),
		rule("rate_limited_spike", "critical", 0.1, 0, 5*time.Minute),
		rule("limit_exhaustion_imminent", "critical", 0.95, 0.8, 10*time.Minute),
		rule("limit_usage_high", "warning", 0.8, 0.7, 10*time.Minute),
		rule("overloaded_spike", "warning", 0.1, 0, 5*time.Minute),
		rule("retry_delay_high", "warning", 60, 30, 5*time.Minute),
		rule("spend_cap_reached", "critical", 0, 0, 0),
		rule("budget_high", "warning", 0.8, 0, 0),
		rule("subscription_window_high", "warning", 0.8, 0.7, 10*time.Minute),
		rule("limit_changed", "info", 0, 0, 0),
		rule("upgrade_due", "info", 14, 0, 0),
		rule("model_unpriced", "info", 0, 0, 0),
		rule("source_absent", "warning", 0, 0, 0),
	}
}

// promtool runs Prometheus' own tool, which CI has.
func promtool(t *testing.T, dir string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is not installed: CI checks the rules with it")
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "lint") {
		t.Errorf("promtool %v: %v\n%.3000s", args, err, out)
	}
}

func writeTo(t *testing.T, dir string, files []dashboards.File) {
	t.Helper()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRulesHold has Prometheus' own tool check the rules and run the tests that come with them: with the defaults, and with other
// thresholds.
func TestRulesHold(t *testing.T) {
	strict := builtin()
	for i := range strict {
		if strict[i].Name == "limit_usage_high" {
			strict[i].Fire, strict[i].Resolve, strict[i].Hold = claude.Some(0.5), claude.Some(0.4), time.Minute
		}
	}
	for name, o := range map[string]dashboards.RuleOptions{
		"defaults":         {Rules: builtin()},
		"other thresholds": {Rules: strict, Job: "claude-agents"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := dashboards.GenerateRules(o)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			writeTo(t, dir, files)
			promtool(t, dir, "check", "rules", "--lint-fatal", "claudewatch-rules.yml")
			promtool(t, dir, "test", "rules", "claudewatch-rules-test.yml")
		})
	}
}

// TestCommittedRulesAreFresh compares the committed rules with what is generated now.
func TestCommittedRulesAreFresh(t *testing.T) {
	files, err := dashboards.GenerateRules(dashboards.RuleOptions{Rules: builtin()})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range files {
		want[f.Name] = string(f.Content)
	}
	compareFolder(t, filepath.Join("generated", "rules"), want)
}

func TestOldPrometheus(t *testing.T) {
	files, err := dashboards.GenerateRules(dashboards.RuleOptions{Rules: builtin(), OldPrometheus: true})
	if err != nil || strings.Contains(string(files[0].Content), "keep_firing_for") {
		t.Errorf("rules for an old Prometheus hold keep_firing_for, or %v", err)
	}
}

func TestUnknownRule(t *testing.T) {
	_, err := dashboards.GenerateRules(dashboards.RuleOptions{Rules: []dashboards.Rule{{Name: "no_such"}}})
	if err == nil || err.Error() != "generate rules: no rule for Prometheus is known for no_such" {
		t.Errorf("GenerateRules(no_such) = %v", err)
	}
}

// TestGrafanaRules checks what Grafana refuses or misreads: every rule has an id and a name of its own, asks the named data source, and
// carries the hysteresis over; no recording rule is asked for.
func TestGrafanaRules(t *testing.T) {
	o := dashboards.GrafanaRuleOptions{RuleOptions: dashboards.RuleOptions{Rules: builtin()}, Datasource: "prom-1"}
	files, err := dashboards.GenerateGrafanaRules(o)
	if err != nil {
		t.Fatal(err)
	}
	compareFolder(t, filepath.Join("generated", "grafana"), map[string]string{files[0].Name: string(files[0].Content)})
	var got struct {
		APIVersion int `json:"apiVersion"`
		Groups     []struct {
			Folder string
			Rules  []struct {
				UID, Title, Condition, KeepFiringFor string
				NoDataState, FolderUID               string
				Data                                 []struct {
					RefID, DatasourceUID string
					Model                struct {
						Expr       string
						Conditions []struct {
							Evaluator, UnloadEvaluator struct {
								Type   string
								Params []float64
							}
						}
					}
				}
			}
		}
		ContactPoints []struct {
			Receivers []struct{ Settings struct{ URL string } }
		} `json:"contactPoints"`
	}
	if err := json.Unmarshal(files[0].Content, &got); err != nil {
		t.Fatal(err)
	}
	if got.APIVersion != 1 || len(got.Groups) != 1 || got.ContactPoints[0].Receivers[0].Settings.URL != "$CLAUDEWATCH_SLACK_WEBHOOK_URL" {
		t.Fatalf("file = %+v; want one group and a contact point without a secret", got)
	}
	seen := map[string]bool{}
	for _, r := range got.Groups[0].Rules {
		if r.UID == "" || len(r.UID) > 40 || seen[r.UID] || r.Condition != "C" || r.NoDataState != "OK" || r.FolderUID != "" {
			t.Errorf("rule %+v; want an id of its own, condition C, OK without data and no folder", r)
		}
		seen[r.UID] = true
		if len(r.Data) != 2 || r.Data[0].DatasourceUID != "prom-1" || r.Data[1].DatasourceUID != "__expr__" || strings.Contains(r.Data[0].Model.Expr, "claude:") {
			t.Errorf("%s asks %+v; want the data source, and nothing that is recorded", r.Title, r.Data)
		}
		if c := r.Data[1].Model.Conditions[0]; r.Title == "ClaudeLimitUsageHigh" &&
			(c.Evaluator.Params[0] > 0.8 || c.Evaluator.Params[0] < 0.799 || c.UnloadEvaluator.Type != "lt" || c.UnloadEvaluator.Params[0] != 0.7 || r.KeepFiringFor != "10m") {
			t.Errorf("%s: condition %+v, keeps firing for %s; want 0.8, 0.7 and 10m", r.Title, c, r.KeepFiringFor)
		}
	}
	if _, err := dashboards.GenerateGrafanaRules(dashboards.GrafanaRuleOptions{}); err == nil {
		t.Error("rules without a data source are generated")
	}
}
