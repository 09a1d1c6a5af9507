package dashboards

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// yamlText writes the small part of YAML that rules need: texts are quoted, expressions are blocks.
type yamlText struct{ strings.Builder }

func (y *yamlText) line(indent int, format string, args ...any) {
	y.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(y, format, args...)
	y.WriteByte('\n')
}

func (y *yamlText) block(indent int, key, text string) {
	y.line(indent, "%s: |-", key)
	for l := range strings.SplitSeq(text, "\n") {
		y.line(indent+1, "%s", l)
	}
}

func (y *yamlText) texts(indent int, key string, m map[string]string) {
	y.line(indent, "%s:", key)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		y.line(indent+1, "%s: %s", k, strconv.Quote(m[k]))
	}
}

// ruleText writes the rule file.
func ruleText(o RuleOptions, alerts []promAlert) []byte {
	var y yamlText
	y.line(0, "# Recording and alerting rules for Prometheus, made by claudewatch generate rules from the agent's own.")
	y.line(0, "# Set notify: prometheus in the agent's configuration, or everybody is told twice.")
	y.line(0, "groups:")
	y.line(1, "- name: claudewatch-recordings")
	y.line(1, "  interval: 15s")
	y.line(1, "  rules:")
	for _, r := range recordings() {
		y.line(3, "# %s", r.about)
		y.line(3, "- record: %s", r.name)
		y.block(4, "expr", r.expr)
	}
	y.line(1, "- name: claudewatch-alerts")
	y.line(1, "  interval: 15s")
	y.line(1, "  limit: 200")
	y.line(1, "  rules:")
	for _, a := range alerts {
		y.line(3, "- alert: %s", a.name)
		y.block(4, "expr", a.expr)
		if a.forTime > 0 {
			y.line(4, "for: %s", promDuration(a.forTime))
		}
		if a.hold > 0 && !o.OldPrometheus {
			y.line(4, "keep_firing_for: %s", promDuration(a.hold))
		}
		y.texts(4, "labels", a.labels())
		y.texts(4, "annotations", a.annotations(a.summary))
	}
	return []byte(y.String())
}

func (a promAlert) labels() map[string]string {
	labels := map[string]string{"severity": a.severity}
	if a.rule != "" {
		labels["rule"] = a.rule
	}
	return labels
}

func (a promAlert) annotations(summary string) map[string]string {
	return map[string]string{"summary": summary, "description": a.action, "runbook_url": runbooks + a.runbook}
}

// testText writes what promtool test rules runs.
func testText(alerts []promAlert) []byte {
	var y yamlText
	y.line(0, "# Tests of %s: promtool test rules FILE.", rulesFile)
	y.line(0, "rule_files: [%s]", rulesFile)
	y.line(0, "evaluation_interval: 1m")
	y.line(0, "tests:")
	for _, a := range alerts {
		for _, t := range a.tests {
			y.line(1, "- interval: 1m")
			y.line(1, "  input_series:")
			for _, series := range slices.Sorted(maps.Keys(t.series)) {
				y.line(3, "- series: %s", strconv.Quote(series))
				y.line(3, "  values: %s", strconv.Quote(strings.TrimSpace(t.series[series])))
			}
			y.line(1, "  alert_rule_test:")
			y.line(3, "- eval_time: %dm", t.at)
			y.line(3, "  alertname: %s", a.name)
			if t.labels == nil {
				y.line(3, "  exp_alerts: []")
				continue
			}
			y.line(3, "  exp_alerts:")
			y.line(5, "- exp_labels: {%s}", flow(t.labels))
			y.line(5, "  exp_annotations: {%s}", flow(a.annotations(t.told)))
		}
	}
	return []byte(y.String())
}

func flow(m map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, k+": "+strconv.Quote(m[k]))
	}
	return strings.Join(parts, ", ")
}

// promDuration writes a duration as Prometheus reads it.
func promDuration(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%dm", int64(d/time.Minute))
	}
	return fmt.Sprintf("%ds", int64(d/time.Second))
}
