package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	sdkstat "github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// stat draws one figure, coloured by its state.
func (p panel) stat() cog.Builder[dashboard.Panel] {
	b := sdkstat.NewPanelBuilder().
		Id(p.id).Title(p.title).Description(p.about).Datasource(datasourceRef()).
		Span(p.width).Height(p.height).Unit(p.unit).NoValue("no data").
		Mappings(append(p.words, noData())).Thresholds(p.colors.build()).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		ColorMode(common.BigValueColorModeBackground).GraphMode(common.BigValueGraphModeNone).
		Orientation(common.VizOrientationAuto).TextMode(common.BigValueTextModeAuto).ReduceOptions(last()).
		Targets(p.targets())
	if !p.colors.set {
		b.ColorMode(common.BigValueColorModeValue)
	}
	return b
}

// bars draws the last value of each series as a bar up to 1.
func (p panel) bars() cog.Builder[dashboard.Panel] {
	return bargauge.NewPanelBuilder().
		Id(p.id).Title(p.title).Description(p.about).Datasource(datasourceRef()).
		Span(p.width).Height(p.height).Unit(p.unit).NoValue("no data").Min(0).Max(1).
		Mappings([]dashboard.ValueMapping{noData()}).Thresholds(p.colors.build()).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		DisplayMode(common.BarGaugeDisplayModeBasic).Orientation(common.VizOrientationHorizontal).
		ShowUnfilled(true).ReduceOptions(last()).
		Targets(p.targets())
}

// graph draws lines, or areas that add up, over time. Thresholds are dashed lines: the colours of the series stay their own.
func (p panel) graph() cog.Builder[dashboard.Panel] {
	b := timeseries.NewPanelBuilder().
		Id(p.id).Title(p.title).Description(p.about).Datasource(datasourceRef()).
		Span(p.width).Height(p.height).Unit(p.unit).NoValue("no data").Min(0).
		Thresholds(p.colors.build()).ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdPaletteClassic)).
		DrawStyle(common.GraphDrawStyleLine).LineWidth(1).FillOpacity(10).ShowPoints(common.VisibilityModeAuto).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeTable).
			Placement(common.LegendPlacementBottom).Calcs([]string{"lastNotNull", "max"}).SortBy("Last *").SortDesc(true)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending)).
		Targets(p.targets())
	if p.kind == stacked {
		b.FillOpacity(40).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
	}
	if p.colors.set {
		b.ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
	}
	for _, c := range p.byName {
		b.OverrideByRegexp(c.pattern, []dashboard.DynamicConfigValue{
			{Id: "color", Value: map[string]string{"mode": "fixed", "fixedColor": c.color}},
		})
	}
	return b
}
