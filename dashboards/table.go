package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	sdktable "github.com/grafana/grafana-foundation-sdk/go/table"
)

// table joins the queries by their labels: the labels first, then a column for each query. One of those decides the order, the
// worst on top.
func (p panel) table() cog.Builder[dashboard.Panel] {
	b := sdktable.NewPanelBuilder().
		Id(p.id).Title(p.title).Description(p.about).Datasource(datasourceRef()).
		Span(p.width).Height(p.height).Unit(p.unit).NoValue("no data").
		Mappings([]dashboard.ValueMapping{noData()}).Thresholds(thresholds{}.build()).
		ShowHeader(true).CellHeight(common.TableCellHeightSm).Filterable(true).
		// The SDK writes a reducer that its own strict decoder refuses, unless one is named.
		Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{"sum"})).
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: p.organize()}).
		Targets(p.targets())
	for _, q := range p.queries {
		b.OverrideByName(q.legend, q.column())
		if q.order != asAnswered {
			b.SortBy([]cog.Builder[common.TableSortByFieldState]{
				common.NewTableSortByFieldStateBuilder().DisplayName(q.legend).Desc(q.order == largestFirst),
			})
		}
	}
	return b
}

// organize names and orders the columns and hides the time, which is the same in all lines.
func (p panel) organize() map[string]any {
	index, names := map[string]int{}, map[string]string{}
	for i, l := range p.labels {
		index[l] = i
	}
	for i, q := range p.queries {
		value := "Value #" + refID(i)
		index[value], names[value] = len(p.labels)+i, q.legend
		if len(p.queries) == 1 { // Grafana leaves the letter out then
			index["Value"], names["Value"] = len(p.labels), q.legend
		}
	}
	return map[string]any{"excludeByName": map[string]bool{"Time": true}, "indexByName": index, "renameByName": names}
}

// column is how the values of one query look.
func (q query) column() []dashboard.DynamicConfigValue {
	props := []dashboard.DynamicConfigValue{{Id: "unit", Value: q.unit}}
	if q.colors.set {
		props = append(
			props,
			dashboard.DynamicConfigValue{Id: "thresholds", Value: dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: q.colors.steps()}},
			// Grafana 9 knows the first, later ones the second.
			dashboard.DynamicConfigValue{Id: "custom.displayMode", Value: "color-background"},
			dashboard.DynamicConfigValue{Id: "custom.cellOptions", Value: map[string]string{"type": "color-background", "mode": "basic"}},
		)
	}
	return props
}
