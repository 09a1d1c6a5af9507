package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// outlook answers when limits and budgets run out.
func outlook() board {
	return board{
		file: "forecast.json", uid: "claudewatch-forecast", title: "Claude / Forecast and budgets", runbook: "forecast.md",
		about:     "When the use of each limit reaches half and 80 % of it if it goes on growing as it did, and how much of each budget is used.",
		variables: bucketChoices(),
		rows: []row{
			{100, "Soonest", []panel{
				reached(metrics.LevelHave, 1, "80 % of a limit is reached in", "The day on which the busiest minutes of the first limit reach 80 % of it: by then a higher one should be there."),
				reached(metrics.LevelAsk, 2, "Half of a limit is reached in", "From half of a limit on a higher one may be asked for in the Console. Ask early: it may take days."),
				highestBudget(6), budgetsOver(6),
			}},
			{101, "Limits", []panel{forecasts(24, 10)}},
			{102, "Budgets", []panel{budgetBars(8, 9), budgetsOverTime(16, 9)}},
			{103, "Within the hour", []panel{exhaustions(24, 8)}},
		},
	}
}

// beyond stands for a day that no forecast names.
const beyond = 1e9

func reached(level string, id uint32, title, about string) panel {
	return panel{
		kind: stat, id: id, title: title, unit: units.Seconds, width: 6, height: 4, colors: below(14*86400, 3*86400),
		about: about + " No date means more than 90 days, or too little history: claudewatch forecast says which.",
		words: []dashboard.ValueMapping{from(beyond, "no date", "blue")},
		queries: []query{{
			expr: "clamp_min(" + least(bucket(metrics.ForecastTimestamp, equal(metrics.LabelLevel, level), equal(metrics.LabelBound, metrics.BoundMid))) +
				" - time(), 0) or 0 * " + most(bucket(metrics.Limit)) + " + 1e9",
			legend: "reached",
		}},
	}
}

func highestBudget(width uint32) panel {
	return panel{
		kind: stat, id: 3, title: "Highest budget used", unit: units.PercentUnit, width: width, height: 4, colors: above(0.8, 1),
		about:   "The most used budget of all, whatever is chosen above. Budgets are set in the configuration; no data means that there are none.",
		queries: []query{{expr: most(metrics.BudgetUsedRatio), legend: "used"}},
	}
}

func budgetsOver(width uint32) panel {
	return panel{
		kind: stat, id: 4, title: "Budgets used up", unit: units.Short, width: width, height: 4, colors: above(1, 3),
		about:   "How many budgets have reached 100 % in their present period. The agent tells; it does not stop anybody.",
		queries: []query{{expr: countAbove(most(metrics.BudgetUsedRatio, metrics.LabelBudget, metrics.LabelSubject), "1"), legend: "budgets"}},
	}
}

func forecasts(width, height uint32) panel {
	labels := metrics.BucketLabels()
	at := func(level, bound string) string {
		return least(bucket(metrics.ForecastTimestamp, equal(metrics.LabelLevel, level), equal(metrics.LabelBound, bound)), labels...)
	}
	left := func(level, bound string) string { return "clamp_min(" + at(level, bound) + " - time(), 0)" }
	return panel{
		kind: table, id: 10, title: "When limits are reached", unit: units.Short, width: width, height: height, labels: labels,
		about: "How long until the busiest minutes reach half and 80 % of each limit: the middle, and the earliest and latest of an interval that holds four in five. Limits without a date, and empty cells, are beyond 90 days.",
		queries: []query{
			{expr: most(bucket(metrics.UsedRatio), labels...) + " and " + at(metrics.LevelAsk, metrics.BoundMid), legend: "Used now", unit: units.PercentUnit, colors: above(0.8, 0.9)},
			{expr: left(metrics.LevelAsk, metrics.BoundMid), legend: "Half", unit: units.Seconds, order: smallestFirst},
			{expr: left(metrics.LevelHave, metrics.BoundLow), legend: "80 %, earliest", unit: units.Seconds},
			{expr: left(metrics.LevelHave, metrics.BoundMid), legend: "80 %", unit: units.Seconds, colors: below(14*86400, 3*86400)},
			{expr: left(metrics.LevelHave, metrics.BoundHigh), legend: "80 %, latest", unit: units.Seconds},
		},
	}
}

func budgetBars(width, height uint32) panel {
	return panel{
		kind: bars, id: 11, title: "Ten fullest budgets", unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 1),
		about:   "The used part of each budget in its present period. At 80 % it warns, at 100 % the alert is critical.",
		queries: []query{{expr: "topk(10, " + most(metrics.BudgetUsedRatio, metrics.LabelBudget, metrics.LabelSubject) + ")", legend: "{{budget}} {{subject}}"}},
	}
}

func budgetsOverTime(width, height uint32) panel {
	return panel{
		kind: graph, id: 12, title: "Budgets used", unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 1),
		about:   "How budgets fill and begin anew. One that is used up in half its period is too small, or its subject does more than was meant.",
		queries: []query{{expr: top(most(metrics.BudgetUsedRatio, metrics.LabelBudget, metrics.LabelSubject)), legend: "{{budget}} {{subject}}"}},
	}
}

func exhaustions(width, height uint32) panel {
	labels := metrics.BucketLabels()
	return panel{
		kind: table, id: 13, title: "Limits that run dry", unit: units.Short, width: width, height: height, labels: labels,
		about: "Limits that are approached right now, with the time until calls are refused at this rate. Empty is good.",
		queries: []query{
			{expr: "clamp_min(" + least(bucket(metrics.ExhaustionTimestamp), labels...) + " - time(), 0)", legend: "Exhausted in", unit: units.Seconds, colors: below(600, 60), order: smallestFirst},
		},
	}
}
