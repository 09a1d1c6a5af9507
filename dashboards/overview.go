package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// overview answers whether Claude can be used as fast as it is wanted, and if not, who or what is in the way.
func overview() board {
	return board{
		file: "overview.json", uid: "claudewatch-overview", title: "Claude / Overview", runbook: "runbooks.md",
		about:     "How near each limit of the Claude API is, who uses it, what fails, and whether the data is fresh.",
		variables: choices(),
		rows: []row{
			{100, "Right now", []panel{
				highestUsed(4), exhaustion(4), errorRatio(4), refused(4), spend(4), firing(4),
			}},
			{101, "Limits and alerts", []panel{fullest(8, 9), usedOverTime(16, 9), alertTimeline(24, 8)}},
			{102, "Usage", []panel{tokensByType(12, 8), requestsByApp(12, 8)}},
			{103, "Errors", []panel{requestsByStatus(12, 8), refusedByCause(12, 8)}},
			{104, "Is this up to date?", []panel{lastCall(12, 7), lag(12, 7)}},
		},
	}
}

// notInSight stands for a time to exhaustion where no limit is approached: it is longer than anybody looks ahead.
const notInSight = 1e9

func highestUsed(width uint32) panel {
	return panel{
		kind: stat, id: 1, title: "Highest limit used", unit: units.PercentUnit, width: width, height: 4, colors: above(0.8, 0.9),
		about:   "The fullest limit of all chosen. From 80 % on calls may be refused soon: see below which limit it is and who uses it, then move load, cache more, or ask for a higher limit.",
		queries: []query{{expr: most(bucket(metrics.UsedRatio)), legend: "used"}},
	}
}

func exhaustion(width uint32) panel {
	return panel{
		kind: stat, id: 2, title: "Time to exhaustion", unit: units.Seconds, width: width, height: 4, colors: below(600, 60),
		about: "When the first limit runs dry if use goes on as now. Red means within a minute: slow down what can wait.",
		words: []dashboard.ValueMapping{from(notInSight, "not in sight", "green")},
		queries: []query{{
			expr:   "clamp_min(" + least(bucket(metrics.ExhaustionTimestamp)) + " - time(), 0) or 0 * " + most(bucket(metrics.UsedRatio)) + " + 1e9",
			legend: "exhaustion",
		}},
	}
}

func errorRatio(width uint32) panel {
	all := sum(rate(calls(metrics.Requests)))
	return panel{
		kind: stat, id: 3, title: "Error ratio", unit: units.PercentUnit, width: width, height: 4, colors: above(0.01, 0.05),
		about:   "The part of all calls that ended in an error, errors inside a stream included. When it is red, the dashboard on errors tells the types.",
		queries: []query{{expr: "(" + orZero(sum(rate(calls(metrics.Errors))), all) + ") / " + all, legend: "errors"}},
	}
}

func refused(width uint32) panel {
	return panel{
		kind: stat, id: 4, title: "429s", unit: units.Short, width: width, height: 4, colors: above(1, 100),
		about:   "Calls refused with status 429 in the chosen time. Each one costs its caller a wait: see their causes in the row on errors.",
		queries: []query{{expr: "round(" + sum(rise(calls(metrics.Requests, equal(metrics.LabelStatus, "429")))) + ")", legend: "429s"}},
	}
}

func spend(width uint32) panel {
	return panel{
		kind: stat, id: 5, title: "Spend", unit: usd, width: width, height: 4,
		about:   "What the calls of the chosen time cost, where their model has a price. The dashboard on usage tells by whom, and what has no price.",
		queries: []query{{expr: sum(rise(calls(metrics.CostUSD))), legend: "spend"}},
	}
}

func firing(width uint32) panel {
	return panel{
		kind: stat, id: 6, title: "Firing alerts", unit: units.Short, width: width, height: 4, colors: above(1, 5),
		about: "Alerts of the agent that are firing, whatever is chosen above. Their messages say what to do.",
		queries: []query{{
			expr:   orZero("sum("+most(metrics.AlertsFiring, metrics.LabelRule, metrics.LabelSeverity)+")", most(metrics.BuildInfo)),
			legend: "alerts",
		}},
	}
}

func alertTimeline(width, height uint32) panel {
	return panel{
		kind: timeline, id: 13, title: "Alerts over time", unit: units.NoUnit, width: width, height: height, colors: above(1, 1),
		about:   "Which rules fired when. A rule that comes and goes all day has a threshold that does not fit this organization: see what to do about each in the documentation.",
		words:   []dashboard.ValueMapping{word("0", "quiet", "green"), from(1, "firing", "red")},
		queries: []query{{expr: most(metrics.AlertsFiring, metrics.LabelRule), legend: "{{rule}}"}},
	}
}
