package dashboards

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// variable is a choice at the top of a dashboard: one, several or all values of a label that has its name.
type variable struct {
	label  string   // of the metrics, and the variable's name
	title  string   // what users see
	metric string   // whose label it is
	within []string // variables that narrow it
}

func (v variable) build() cog.Builder[dashboard.VariableModel] {
	query := fmt.Sprintf("label_values(%s{%s}, %s)", v.metric, selector(v.within...), v.label)
	if len(v.within) == 0 {
		query = fmt.Sprintf("label_values(%s, %s)", v.metric, v.label)
	}
	return dashboard.NewQueryVariableBuilder(v.label).Label(v.title).Datasource(datasourceRef()).
		Query(dashboard.StringOrMap{String: &query}).Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalCaseInsensitiveAsc).
		// All means every series, also one without the label: a log need not tell the workspace.
		Multi(true).IncludeAll(true).AllValue(".*").
		Current(dashboard.VariableOption{Selected: new(true), Text: text("All"), Value: text("$__all")})
}

// datasourceVariable lets one file serve every Grafana. Without a choice, Grafana takes its default Prometheus.
func datasourceVariable(preset string) cog.Builder[dashboard.VariableModel] {
	v := dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").Type("prometheus")
	if preset != "" {
		v.Current(dashboard.VariableOption{Selected: new(true), Text: text(preset), Value: text(preset)})
	}
	return v
}

func datasourceRef() common.DataSourceRef {
	return common.DataSourceRef{Type: new("prometheus"), Uid: new("${datasource}")}
}

func text(s string) dashboard.StringOrArrayOfString {
	return dashboard.StringOrArrayOfString{String: &s}
}

// choices are the variables of a dashboard on limits and calls. Limits know organization and pool, calls know app and model.
func choices() []variable {
	return []variable{providers(), organizations(), workspaces(metrics.Requests), pools(), apps(), models()}
}

// bucketChoices are the variables of a dashboard on limits alone.
func bucketChoices() []variable {
	return []variable{providers(), organizations(), workspaces(metrics.UsedRatio), pools()}
}

// callChoices are the variables of a dashboard on calls alone.
func callChoices() []variable {
	return []variable{providers(), workspaces(metrics.Requests), apps(), models()}
}

func providers() variable { return variable{metrics.LabelProvider, "Provider", metrics.Requests, nil} }

func organizations() variable {
	return variable{metrics.LabelOrganization, "Organization", metrics.UsedRatio, []string{metrics.LabelProvider}}
}

func workspaces(metric string) variable {
	return variable{metrics.LabelWorkspace, "Workspace", metric, []string{metrics.LabelProvider}}
}

func pools() variable {
	return variable{metrics.LabelPool, "Pool", metrics.UsedRatio, []string{metrics.LabelProvider, metrics.LabelOrganization, metrics.LabelWorkspace}}
}

func apps() variable {
	return variable{metrics.LabelApp, "App", metrics.Requests, []string{metrics.LabelProvider, metrics.LabelWorkspace}}
}

func models() variable {
	return variable{metrics.LabelModel, "Model", metrics.Requests, []string{metrics.LabelProvider, metrics.LabelWorkspace, metrics.LabelApp}}
}

// selector matches the series that the variables choose.
func selector(labels ...string) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = fmt.Sprintf(`%s=~"$%s"`, l, l)
	}
	return strings.Join(parts, ", ")
}
