package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
)

// timeline draws each series as a bar whose colour is its state.
func (p panel) timeline() cog.Builder[dashboard.Panel] {
	return statetimeline.NewPanelBuilder().
		Id(p.id).Title(p.title).Description(p.about).Datasource(datasourceRef()).
		Span(p.width).Height(p.height).Unit(p.unit).NoValue("no data").
		Mappings(append(p.words, noData())).Thresholds(p.colors.build()).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		ShowValue(common.VisibilityModeNever).MergeValues(true).RowHeight(0.8).FillOpacity(80).LineWidth(0).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending)).
		Targets(p.targets())
}

// heat draws a histogram over time.
func (p panel) heat() cog.Builder[dashboard.Panel] {
	return heatmap.NewPanelBuilder().
		Id(p.id).Title(p.title).Description(p.about).Datasource(datasourceRef()).
		Span(p.width).Height(p.height).Unit(p.unit).NoValue("no data").
		Thresholds(p.colors.build()).
		Calculate(false).YAxis(heatmap.NewYAxisConfigBuilder().Unit(p.unit).AxisPlacement(common.AxisPlacementLeft)).
		Color(heatmap.NewHeatmapColorOptionsBuilder().Mode(heatmap.HeatmapColorModeScheme).Scheme("Blues").Steps(32).Exponent(0.5).Fill("blue")).
		CellValues(heatmap.NewCellValuesBuilder().Unit("short")).
		Targets(p.targets())
}
