package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// overview answers whether Claude can be used as fast as it is wanted, and if not, who or what is in the way.
func overview() board {
	return board{
		file: "overview.json", uid: "claudewatch-overview", title: "Claude / Limits, usage, errors",
		about:     "How near each limit of the Claude API is, who uses it, what fails, and whether the agent that tells all this is well.",
		variables: choices(),
		events: []event{{
			name: "Alerts", expr: most(metrics.AlertsFiring, metrics.LabelRule, metrics.LabelSeverity) + " > 0",
			title: "{{rule}}", text: "{{severity}}", color: "red",
		}},
		rows: []row{nowRow(), limitsRow(), usageRow(), errorsRow(), agentRow()},
	}
}

// notInSight stands for a time to exhaustion where no limit is approached: it is longer than anybody looks ahead.
const notInSight = 1e9

func nowRow() row {
	all := sum(rate(calls(metrics.Requests)))
	return row{100, "Right now", []panel{
		{
			kind: stat, id: 1, title: "Highest limit used", unit: units.PercentUnit, width: 4, height: 4, colors: above(0.8, 0.9),
			about:   "The fullest limit of all chosen. From 80 % on calls may be refused soon: see below which limit it is and who uses it, then move load, cache more, or ask for a higher limit.",
			queries: []query{{expr: most(bucket(metrics.UsedRatio)), legend: "used"}},
		},
		{
			kind: stat, id: 2, title: "Time to exhaustion", unit: units.Seconds, width: 4, height: 4, colors: below(600, 60),
			about: "When the first limit runs dry if use goes on as now. Red means within a minute: slow down what can wait.",
			words: []dashboard.ValueMapping{from(notInSight, "not in sight", "green")},
			queries: []query{{
				expr:   "clamp_min(" + least(bucket(metrics.ExhaustionTimestamp)) + " - time(), 0) or 0 * " + most(bucket(metrics.UsedRatio)) + " + 1e9",
				legend: "exhaustion",
			}},
		},
		{
			kind: stat, id: 3, title: "Requests", unit: units.RequestsPerSecond, width: 4, height: 4,
			about:   "Calls per second, refused ones included. No data means that no call was seen: check the sources in the last row.",
			queries: []query{{expr: all, legend: "requests"}},
		},
		{
			kind: stat, id: 4, title: "Error ratio", unit: units.PercentUnit, width: 4, height: 4, colors: above(0.01, 0.05),
			about:   "The part of all calls that ended in an error, errors inside a stream included. When it is red, the row on errors tells the types.",
			queries: []query{{expr: "(" + orZero(sum(rate(calls(metrics.Errors))), all) + ") / " + all, legend: "errors"}},
		},
		{
			kind: stat, id: 5, title: "429s", unit: units.Short, width: 4, height: 4, colors: above(1, 100),
			about:   "Calls refused with status 429 in the chosen time. Each one costs its caller a wait: see their causes in the row on errors.",
			queries: []query{{expr: "round(" + sum("increase("+calls(metrics.Requests, equal(metrics.LabelStatus, "429"))+"[$__range])") + ")", legend: "429s"}},
		},
		{
			kind: stat, id: 6, title: "Firing alerts", unit: units.Short, width: 4, height: 4, colors: above(1, 5),
			about: "Alerts of the agent that are firing, whatever is chosen above. Their messages say what to do.",
			queries: []query{{
				expr:   orZero("sum("+most(metrics.AlertsFiring, metrics.LabelRule, metrics.LabelSeverity)+")", most(metrics.BuildInfo)),
				legend: "alerts",
			}},
		},
	}}
}

func limitsRow() row {
	labels := metrics.BucketLabels()
	return row{101, "Limits", []panel{
		{
			kind: bars, id: 10, title: "Ten fullest limits", unit: units.PercentUnit, width: 8, height: 9, colors: above(0.8, 0.9),
			about: "How near the limit use is now: the larger of what the headers said and of what was counted. Red ones refuse calls next.",
			queries: []query{{
				expr:   "topk(10, " + most(bucket(metrics.UsedRatio), labels...) + ")",
				legend: "{{workspace}} {{pool}} {{limiter}}",
			}},
		},
		{
			kind: graph, id: 11, title: "Limits used", unit: units.PercentUnit, width: 16, height: 9, colors: above(0.8, 0.9),
			about:   "The fullest bucket of each pool and limiter over time. A line that stays above 80 % needs less load or a higher limit; a peak each hour needs its jobs spread.",
			queries: []query{{expr: most(bucket(metrics.UsedRatio), metrics.LabelPool, metrics.LabelLimiter), legend: "{{pool}} {{limiter}}"}},
		},
		{
			kind: table, id: 12, title: "All limits", unit: units.Short, width: 24, height: 9, labels: labels,
			about: "Each limit with what the API last said of it. A limit that was last read long ago is not in use. Exhausted in is empty while the limit is not approached.",
			queries: []query{
				{expr: most(bucket(metrics.UsedRatio), labels...), legend: "Used", unit: units.PercentUnit, colors: above(0.8, 0.9)},
				{expr: least(bucket(metrics.Remaining), labels...), legend: "Remaining", unit: units.Short},
				{expr: most(bucket(metrics.Limit), labels...), legend: "Limit", unit: units.Short},
				{expr: "1000 * " + most(bucket(metrics.ResetTimestamp), labels...), legend: "Full again", unit: units.DateTimeFromNow},
				{expr: "clamp_min(" + least(bucket(metrics.ExhaustionTimestamp), labels...) + " - time(), 0)", legend: "Exhausted in", unit: units.Seconds, colors: below(600, 60)},
				{expr: "time() - " + most(bucket(metrics.ObservedTimestamp), labels...), legend: "Last read", unit: units.Seconds},
			},
		},
	}}
}

func usageRow() row {
	read := calls(metrics.Tokens, equal(metrics.LabelType, metrics.TypeCacheRead))
	input := calls(metrics.Tokens, metrics.LabelType+`!="`+metrics.TypeOutput+`"`)
	return row{102, "Usage", []panel{
		{
			kind: stacked, id: 20, title: "Tokens per second by type", unit: units.Short, width: 12, height: 8,
			about:   "What the API counted. Cache reads are cheap and, for nearly all models, do not count towards the input limit.",
			queries: []query{{expr: sum(rate(calls(metrics.Tokens)), metrics.LabelType), legend: "{{type}}"}},
		},
		{
			kind: graph, id: 21, title: "Cache share of input by app", unit: units.PercentUnit, width: 12, height: 8,
			about:   "The part of all input tokens that came from the prompt cache. When an app falls, its prompts have changed near their beginning or its pauses outlast the cache.",
			queries: []query{{expr: sum(rate(read), metrics.LabelApp) + " / " + sum(rate(input), metrics.LabelApp), legend: "{{app}}"}},
		},
		{
			kind: stacked, id: 22, title: "Requests by model", unit: units.RequestsPerSecond, width: 12, height: 8,
			about:   "Calls per second, refused ones included. A model that nobody meant to use shows here first.",
			queries: []query{{expr: sum(rate(calls(metrics.Requests)), metrics.LabelModel), legend: "{{model}}"}},
		},
		{
			kind: stacked, id: 23, title: "Requests by app", unit: units.RequestsPerSecond, width: 12, height: 8,
			about:   "Who calls. When a limit is near, the widest band is whom to ask.",
			queries: []query{{expr: sum(rate(calls(metrics.Requests)), metrics.LabelApp), legend: "{{app}}"}},
		},
	}}
}
