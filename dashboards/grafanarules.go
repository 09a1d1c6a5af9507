package dashboards

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/alerting"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/expr"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"

	"github.com/claudewatch/claudewatch/claude"
)

// GrafanaRuleOptions says what Grafana-managed alert rules are generated for. Rules and Datasource are required: rules have no variables.
type GrafanaRuleOptions struct {
	RuleOptions
	Datasource string // uid of the Prometheus data source
	SlackURL   string // of the contact point; a variable of Grafana's environment where it is ""
}

// defaultSlackURL is what Grafana's provisioning replaces by its environment.
const defaultSlackURL = "$CLAUDEWATCH_SLACK_WEBHOOK_URL"

// grafanaFolder is where the rules stand, beside the dashboards.
const grafanaFolder = "Claude"

// GenerateGrafanaRules returns a file for Grafana's folder provisioning/alerting: the same alerts as the rules for Prometheus, and a
// contact point for Slack. The format differs from that of the API, and the SDK has no type for it.
func GenerateGrafanaRules(o GrafanaRuleOptions) ([]File, error) {
	if o.Datasource == "" {
		return nil, fmt.Errorf("generate grafana rules: no uid of a data source: rules can't choose one later")
	}
	if o.Job == "" {
		o.Job = defaultJob
	}
	if o.SlackURL == "" {
		o.SlackURL = defaultSlackURL
	}
	alerts, err := o.alerts()
	if err != nil {
		return nil, fmt.Errorf("generate grafana rules: %w", err)
	}
	var rules []map[string]any
	for _, a := range alerts {
		rule, err := a.grafana(o.Datasource)
		if err != nil {
			return nil, fmt.Errorf("generate grafana rule %s: %w", a.name, err)
		}
		rules = append(rules, rule)
	}
	point, err := contactPoint(o.SlackURL)
	if err != nil {
		return nil, fmt.Errorf("generate grafana contact point: %w", err)
	}
	content, err := json.MarshalIndent(map[string]any{
		"apiVersion":    1,
		"groups":        []any{map[string]any{"orgId": 1, "name": "claudewatch", "folder": grafanaFolder, "interval": "1m", "rules": rules}},
		"contactPoints": []any{point},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("generate grafana rules: %w", err)
	}
	return []File{{Name: "claudewatch-alerting.json", Content: append(content, '\n')}}, nil
}

// grafana returns the alert as Grafana's provisioning reads it.
func (a promAlert) grafana(datasource string) (map[string]any, error) {
	above, below := 0.5, claude.Opt[float64]{}
	query := "0 * (" + inline(a.expr) + ") + 1"
	if a.value != "" && a.resolve.Known() {
		query, above, below = inline(a.value), a.fire.Or(0), a.resolve
	}
	rule, err := alerting.NewRuleBuilder(a.name).Uid(grafanaUID(a.name)).Condition("C").
		WithQuery(alerting.NewQueryBuilder("A").DatasourceUid(datasource).RelativeTimeRange(600, 0).
			Model(prometheus.NewDataqueryBuilder().Expr(query).Instant().RefId("A"))).
		WithQuery(alerting.NewQueryBuilder("C").DatasourceUid("__expr__").RelativeTimeRange(600, 0).Model(limit(above, below))).
		For(promDuration(a.forTime)).KeepFiringFor(a.hold.Nanoseconds()).NoDataState(alerting.RuleNoDataStateOK).ExecErrState(alerting.RuleExecErrStateError).
		FolderUID(grafanaFolder).RuleGroup("claudewatch").OrgID(1).
		Labels(a.labels()).Annotations(a.annotations(escaped(a.summary))).Build()
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	if err := convert(rule, &fields); err != nil {
		return nil, err
	}
	for _, key := range []string{"folderUID", "orgID", "ruleGroup", "keepFiringFor"} { // the group tells them in a file
		delete(fields, key)
	}
	if a.hold > 0 {
		fields["keepFiringFor"] = promDuration(a.hold)
	}
	return fields, nil
}

// escaped keeps Grafana's provisioning from taking the templates' own variables for those of its environment, and names the value as
// Grafana does.
func escaped(template string) string {
	return strings.ReplaceAll(strings.ReplaceAll(template, "$value", "$values.A.Value"), "$", "$$")
}

// hair makes above include the threshold itself: older versions of Grafana have no such comparison.
const hair = 1e-9

// limit is the condition: from above on it fires, and goes on until the value is below.
func limit(above float64, below claude.Opt[float64]) cog.Builder[variants.Dataquery] {
	condition := expr.NewExprTypeThresholdConditionsBuilder().Evaluator(
		expr.NewExprTypeThresholdConditionsEvaluatorBuilder().Type(expr.ExprTypeThresholdConditionsEvaluatorTypeGt).Params([]float64{above - hair}))
	if b, ok := below.Get(); ok {
		condition.UnloadEvaluator(expr.NewExprTypeThresholdConditionsUnloadEvaluatorBuilder().
			Type(expr.ExprTypeThresholdConditionsUnloadEvaluatorTypeLt).Params([]float64{b}))
	}
	server := common.DataSourceRef{Type: new("__expr__"), Uid: new("__expr__")}
	return expr.NewExprBuilder().TypeThreshold(expr.NewTypeThresholdBuilder().RefId("C").Datasource(server).Expression("A").
		Conditions([]cog.Builder[expr.ExprTypeThresholdConditions]{condition}))
}

// inline puts the recording rules' own expressions in their place: Grafana's rules must not depend on another file.
func inline(e string) string {
	for _, r := range recordings() {
		e = strings.ReplaceAll(e, r.name, "("+r.expr+")")
	}
	return e
}

// grafanaUID is a stable id of at most 40 characters.
func grafanaUID(name string) string {
	return "claudewatch-" + strings.ToLower(name[:min(len(name), 28)])
}

func contactPoint(url string) (map[string]any, error) {
	point, err := alerting.NewContactPointBuilder().Name("claude").Uid("claudewatch-slack").Type(alerting.ContactPointTypeSlack).
		Settings(alerting.Json(map[string]any{
			"url": url, "title": `{{ template "slack.default.title" . }}`,
			"text": "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ end }}",
		})).Build()
	if err != nil {
		return nil, err
	}
	receiver := map[string]any{"uid": *point.Uid, "type": point.Type, "settings": point.Settings, "disableResolveMessage": false}
	return map[string]any{"orgId": 1, "name": *point.Name, "receivers": []any{receiver}}, nil
}
