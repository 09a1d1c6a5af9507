package dashboards_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/dashboards"
)

func TestDashboardsAreClean(t *testing.T) {
	linted := 0
	for _, f := range generate(t, dashboards.Options{}) {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		linted++
		for _, p := range lint(f.Content) {
			t.Errorf("%s: %s", f.Name, p)
		}
	}
	if linted == 0 {
		t.Error("no dashboard was generated")
	}
}

// TestLinterFinds plants one mistake after the other: a linter that finds nothing proves nothing.
func TestLinterFinds(t *testing.T) {
	files := generate(t, dashboards.Options{})
	for _, tt := range []struct{ name, old, mistake, want string }{
		{"a metric that is not", "claude_overloaded_total{", "claude_overload_total{", "claude_overload_total is not in the catalogue"},
		{"a label that is not", `sum by (cause)`, `sum by (pool)`, "has the label pool"},
		{"a legend without its label", `"legendFormat": "{{cause}}"`, `"legendFormat": "{{limiter}}"`, "the legend names limiter"},
		{"a single column", `"Value": "Exhausted in"`, `"Values": "Exhausted in"`, "is called Value"},
		{"a column without a name", `"Value #C": "Input"`, `"Value #Z": "Input"`, "the column of query C"},
		{"a column that is not", `"workspace": 0`, `"organization": 0`, "the column organization is not in the answer"},
		{"an order by nothing", `"displayName": "Spend"`, `"displayName": "Cost"`, "sorted by"},
		{"a matcher that is not", `pool=~\"$pool\"`, `model=~\"$model\"`, "has no label model"},
		{"a fixed window", `[$__rate_interval]`, `[2m]`, `the range "[2m]"`},
		{"a bare counter", `rate(claude_overloaded_total`, `abs(claude_overloaded_total`, "without rate or increase"},
		{"no data as 0", `or 0 * max(`, `or vector(0) * max(`, "vector(0)"},
		{"no title", `"title": "Latency"`, `"title": ""`, "has no title"},
		{"no description", `"description": "Who calls.`, `"x": "Who calls.`, "says too little"},
		{"no unit", `"unit": "percentunit"`, `"unit": ""`, "has no unit"},
		{"hidden legend", `"showLegend": true`, `"showLegend": false`, "hides its legend"},
		{"no legend", `"legendFormat": "{{app}}"`, `"legendFormat": ""`, `legend ""`},
		{"id twice", `"id": 12,`, `"id": 11,`, "used twice"},
		{"ref twice", `"refId": "B"`, `"refId": "A"`, "used twice"},
		{"overlap", `"w": 16`, `"w": 17`, "off the grid"},
		{"a fixed data source", `"uid": "${datasource}"`, `"uid": "abc"`, "data source {prometheus abc}"},
		{"an undeclared variable", `"name": "pool"`, `"name": "pools"`, "the variable pool is not declared"},
		{"an unused variable", `"name": "pool"`, `"name": "pools"`, "variable pools is not used"},
		{"healthy no data", `"type": "special"`, `"type": "value"`, "no data would look healthy"},
		{"an old value as now", `"instant": true`, `"instant": false`, "others for now"},
		{"editable", `"editable": false`, `"editable": true`, "is editable"},
		{"placement", `"hide": false`, `"placement": "inControlsMenu"`, "placement"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := slices.IndexFunc(files, func(f dashboards.File) bool { return bytes.Contains(f.Content, []byte(tt.old)) })
			if i < 0 {
				t.Fatalf("no dashboard holds %s", tt.old)
			}
			broken := bytes.ReplaceAll(files[i].Content, []byte(tt.old), []byte(tt.mistake))
			if got := fmt.Sprint(lint(broken)); !strings.Contains(got, tt.want) {
				t.Errorf("lint() = %.500s; want a problem with %q", got, tt.want)
			}
		})
	}
}
