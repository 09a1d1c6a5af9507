package slack

import (
	"math"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// Sizes of a chart. Source: Slack API, data_visualization block.
const (
	maxPoints = 20
	maxTitle  = 50
)

// draw makes a line of the last hours beside the limit; nil when there is nothing to draw.
func draw(m *alerts.Message) *slack.DataVisualizationBlock {
	points := m.Alert.Facts.Series
	if len(points) < 2 {
		return nil
	}
	points = points[max(0, len(points)-maxPoints):]
	ratio := m.Alert.Facts.Unit == "ratio"
	var categories []string
	var values, limit []slack.DataVisualizationDataPoint
	for _, p := range points {
		v := p.Value
		if ratio {
			v *= 100
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		label := p.At.UTC().Format("15:04")
		categories = append(categories, label)
		values = append(values, slack.NewDataVisualizationDataPoint(label, math.Round(v*10)/10))
		limit = append(limit, slack.NewDataVisualizationDataPoint(label, 100))
	}
	series, unit := []slack.DataVisualizationDataSeries{slack.NewDataVisualizationDataSeries("use", values...)}, m.Alert.Facts.Unit
	if ratio {
		series, unit = append(series, slack.NewDataVisualizationDataSeries("limit", limit...)), "% of the limit"
	}
	axis := slack.NewDataVisualizationAxisConfig(categories...).WithXLabel("UTC").WithYLabel(clip(unit, maxTitle))
	title := "Last " + alerts.Span(points[len(points)-1].At.Sub(points[0].At).Round(time.Minute))
	block := slack.NewDataVisualizationBlock(title, slack.NewDataVisualizationLineChart(axis, series...))
	if block.Validate() != nil { // two points of one minute, say: a message without a chart is still a message
		return nil
	}
	return block
}
