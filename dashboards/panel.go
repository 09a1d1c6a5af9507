package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// kind is how a panel draws its queries.
type kind int

const (
	graph    kind = iota // lines over time
	stacked              // areas over time that add up
	stat                 // one figure
	bars                 // one bar for each series
	table                // one line for each set of labels, one column for each query
	timeline             // one bar for each series, coloured by its state over time
	heat                 // how often each range of a histogram was hit, over time
)

// panel is one question and its answer.
type panel struct {
	kind          kind
	id            uint32 // stable: links to panels name it
	title         string
	about         string // what it shows, what bad looks like, what to do then
	unit          string
	width, height uint32
	colors        thresholds
	words         []dashboard.ValueMapping // texts in place of values
	byName        []paint                  // fixed colours of series
	labels        []string                 // of a table: the columns before those of the queries
	queries       []query
}

// query is one PromQL expression of a panel. In a table the legend is the column's title.
type query struct {
	expr, legend string
	unit         string // of a table's column
	colors       thresholds
	order        order // of a table's lines, by this column
}

// order is how the lines of a table follow each other.
type order int

const (
	asAnswered order = iota
	largestFirst
	smallestFirst
)

// paint gives the series whose names match a regular expression a fixed colour.
type paint struct{ pattern, color string }

func (p panel) build() cog.Builder[dashboard.Panel] {
	switch p.kind {
	case stat:
		return p.stat()
	case bars:
		return p.bars()
	case table:
		return p.table()
	case timeline:
		return p.timeline()
	case heat:
		return p.heat()
	case graph, stacked:
		fallthrough
	default:
		return p.graph()
	}
}

// targets returns the queries with the ids A, B, and so on.
func (p panel) targets() []cog.Builder[variants.Dataquery] {
	var all []cog.Builder[variants.Dataquery]
	for i, q := range p.queries {
		t := prometheus.NewDataqueryBuilder().Datasource(datasourceRef()).RefId(refID(i)).
			Expr(q.expr).LegendFormat(q.legend).EditorMode(prometheus.QueryEditorModeCode)
		// What shows the present asks for the present: the last value of a range may be hours old, from before an agent died.
		switch p.kind {
		case table:
			t.Instant().Format(prometheus.PromQueryFormatTable)
		case stat, bars:
			t.Instant()
		case heat:
			t.Range().Format(prometheus.PromQueryFormatHeatmap)
		case graph, stacked, timeline:
			t.Range()
		}
		all = append(all, t)
	}
	return all
}

func refID(i int) string { return string(rune('A' + i)) }

// thresholds are the values at which a figure turns orange and red. The zero thresholds have no state: such a figure is blue.
type thresholds struct {
	orange, red float64
	falling     bool // bad is low
	set         bool
}

func above(orange, red float64) thresholds { return thresholds{orange: orange, red: red, set: true} }

func below(orange, red float64) thresholds {
	return thresholds{orange: orange, red: red, falling: true, set: true}
}

func (t thresholds) steps() []dashboard.Threshold {
	switch {
	case !t.set:
		return []dashboard.Threshold{{Color: "blue"}}
	case t.falling:
		return []dashboard.Threshold{{Color: "red"}, {Value: &t.red, Color: "orange"}, {Value: &t.orange, Color: "green"}}
	default:
		return []dashboard.Threshold{{Color: "green"}, {Value: &t.orange, Color: "orange"}, {Value: &t.red, Color: "red"}}
	}
}

func (t thresholds) build() cog.Builder[dashboard.ThresholdsConfig] {
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(t.steps())
}

// noData makes the absence of a value grey and say so: by itself a panel with thresholds would be green then.
func noData() dashboard.ValueMapping {
	m := dashboard.NewSpecialValueMap()
	m.Options = dashboard.DashboardSpecialValueMapOptions{
		Match:  dashboard.SpecialValueMatchNullAndNan,
		Result: dashboard.ValueMappingResult{Text: new("no data"), Color: new("text"), Index: new(int32(9))},
	}
	return dashboard.ValueMapping{SpecialValueMap: m}
}

// from gives the values from one on upwards a text and a colour.
func from(value float64, text, color string) dashboard.ValueMapping {
	m := dashboard.NewRangeMap()
	m.Options = dashboard.DashboardRangeMapOptions{From: &value, Result: dashboard.ValueMappingResult{Text: &text, Color: &color}}
	return dashboard.ValueMapping{RangeMap: m}
}

// word gives one value a text and a colour.
func word(value, text, color string) dashboard.ValueMapping {
	m := dashboard.NewValueMap()
	m.Options = map[string]dashboard.ValueMappingResult{value: {Text: &text, Color: &color}}
	return dashboard.ValueMapping{ValueMap: m}
}

// last reduces a series to its last value that is one.
func last() cog.Builder[common.ReduceDataOptions] {
	return common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}).Values(false)
}
