package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// event marks times on every graph, while its expression has a value.
type event struct{ name, expr, title, text, color string }

// events are the same on every dashboard.
func events() []event {
	return []event{
		{
			name: "Alerts", expr: most(metrics.AlertsFiring, metrics.LabelRule, metrics.LabelSeverity) + " > 0",
			title: "{{rule}}", text: "{{severity}}", color: "red",
		},
		{
			name: "Limit changes", expr: most("changes("+metrics.Limit+"[$__rate_interval])", metrics.LabelPool, metrics.LabelLimiter) + " > 0",
			title: "Limit changed", text: "{{pool}} {{limiter}}", color: "purple",
		},
	}
}

func (e event) build() cog.Builder[dashboard.AnnotationQuery] {
	return dashboard.NewAnnotationQueryBuilder().
		Name(e.name).Datasource(datasourceRef()).Enable(true).IconColor(e.color).
		Expr(e.expr).TitleFormat(e.title).TextFormat(e.text).Step("60s")
}
