package dashboards_test

import (
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/dashboards"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// unused are the metrics that no panel shows, and why.
var unused = map[string]string{}

// TestEveryMetricIsShown checks that nothing is exported that nobody looks at, and that what is listed as unused is that.
func TestEveryMetricIsShown(t *testing.T) {
	var all strings.Builder
	queries, err := dashboards.Queries(generate(t, dashboards.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		all.WriteString(q.Expr + "\n")
	}
	for _, m := range metrics.Catalogue() {
		name := m.Name
		if m.Type == metrics.Histogram {
			name += "_bucket"
		}
		shown := false
		for _, end := range []string{"{", "[", ")", " ", "\n"} {
			shown = shown || strings.Contains(all.String(), name+end)
		}
		if why, listed := unused[m.Name]; shown == listed {
			t.Errorf("%s: shown %t, listed as unused %t (%s)", m.Name, shown, listed, why)
		}
	}
}
