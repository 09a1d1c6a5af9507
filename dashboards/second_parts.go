package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	v2 "github.com/grafana/grafana-foundation-sdk/go/dashboardv2"
)

func secondLink(l dashboard.DashboardLink) v2.DashboardLink {
	out := *v2.NewDashboardLink()
	out.Title, out.Icon, out.Tooltip, out.Url, out.Tags = l.Title, l.Icon, l.Tooltip, l.Url, l.Tags
	out.Type = v2.DashboardLinkType(l.Type)
	out.AsDropdown, out.TargetBlank, out.IncludeVars, out.KeepTime, out.Placement = l.AsDropdown, l.TargetBlank, l.IncludeVars, l.KeepTime, nil
	if out.Tags == nil {
		out.Tags = []string{}
	}
	return out
}

// secondVariable carries over a data source or the values of a label: there are no others.
func secondVariable(v dashboard.VariableModel) v2.VariableKind {
	if v.Type == dashboard.VariableTypeDatasource {
		kind := v2.NewDatasourceVariableKind()
		s := &kind.Spec
		s.Name, s.Label, s.PluginId = v.Name, v.Label, "prometheus"
		if v.Current != nil {
			s.Current = secondOption(*v.Current)
		}
		return v2.VariableKind{DatasourceVariableKind: kind}
	}
	kind := v2.NewQueryVariableKind()
	s := &kind.Spec
	s.Name, s.Label, s.Definition, s.Multi, s.IncludeAll, s.AllValue = v.Name, v.Label, v.Definition, *v.Multi, *v.IncludeAll, v.AllValue
	s.Refresh, s.Sort = v2.VariableRefreshOnTimeRangeChanged, v2.VariableSortAlphabeticalCaseInsensitiveAsc
	s.Query, s.Current = promQuery(map[string]any{"query": *v.Definition, "refId": "A"}), secondOption(*v.Current)
	return v2.VariableKind{QueryVariableKind: kind}
}

func secondOption(o dashboard.VariableOption) v2.VariableOption {
	return v2.VariableOption{Selected: o.Selected, Text: secondText(o.Text), Value: secondText(o.Value)}
}

func secondText(t dashboard.StringOrArrayOfString) v2.StringOrArrayOfString {
	return v2.StringOrArrayOfString{String: t.String, ArrayOfString: t.ArrayOfString}
}

func secondAnnotation(a dashboard.AnnotationQuery) v2.AnnotationQueryKind {
	kind := *v2.NewAnnotationQueryKind()
	s := &kind.Spec
	s.Name, s.Enable, s.IconColor, s.Placement = a.Name, a.Enable, a.IconColor, nil
	s.Query = promQuery(map[string]any{"expr": *a.Expr, "step": *a.Step, "titleFormat": *a.TitleFormat, "textFormat": *a.TextFormat, "refId": "Anno"})
	s.LegacyOptions = map[string]any{"expr": *a.Expr, "step": *a.Step, "titleFormat": *a.TitleFormat, "textFormat": *a.TextFormat}
	return kind
}
