package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// limits answers which limit is next, when, and how it is known.
func limits() board {
	return board{
		file: "limits.json", uid: "claudewatch-limits", title: "Claude / Limits", runbook: "runbooks.md#limit_usage_high",
		about:     "Each limit of the Claude API: how near, how it got there, what the API said of it and when.",
		variables: bucketChoices(),
		rows: []row{
			{100, "Right now", []panel{highestUsed(6), exhaustion(6), nearLimits(6), oldestReading(6)}},
			{101, "How near", []panel{fullest(8, 9), usedOverTime(16, 9)}},
			{102, "How it got there", []panel{fillOverTime(8, 8), loadOverTime(metrics.Window2m, 15, 8, 8), loadOverTime(metrics.Window10m, 16, 8, 8)}},
			{103, "What the API says", []panel{limitOverTime(8, 8), remainingOverTime(8, 8), inUse(8, 8)}},
			{104, "Subscription windows", []panel{windows(16, 8), windowResets(8, 8)}},
			{105, "All limits", []panel{allLimits(24, 10)}},
		},
	}
}

func nearLimits(width uint32) panel {
	return panel{
		kind: stat, id: 7, title: "Limits above 80 %", unit: units.Short, width: width, height: 4, colors: above(1, 3),
		about:   "How many of the chosen limits are at 80 % or more now. One is a busy model; many at once are one job that does everything, or a limit of the whole organization.",
		queries: []query{{expr: countAbove(most(bucket(metrics.UsedRatio), metrics.BucketLabels()...), "0.8"), legend: "limits"}},
	}
}

func oldestReading(width uint32) panel {
	return panel{
		kind: stat, id: 8, title: "Last header read", unit: units.Seconds, width: width, height: 4, colors: above(300, 3600),
		about:   "How long ago any header of the chosen limits was read. Without fresh ones the fill is an estimate that drains: have the application log the response headers.",
		queries: []query{{expr: "time() - " + most(bucket(metrics.ObservedTimestamp)), legend: "age"}},
	}
}

func fullest(width, height uint32) panel {
	return panel{
		kind: bars, id: 10, title: "Ten fullest limits", unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 0.9),
		about: "How near the limit use is now: the larger of what the headers said and of what was counted. Red ones refuse calls next.",
		queries: []query{{
			expr:   "topk(10, " + most(bucket(metrics.UsedRatio), metrics.BucketLabels()...) + ")",
			legend: "{{pool}} {{limiter}} {{workspace}}", // ids of workspaces are long: they are what may be cut
		}},
	}
}

func usedOverTime(width, height uint32) panel {
	return panel{
		kind: graph, id: 11, title: "Limits used", unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 0.9),
		about:   "The fullest bucket of each pool and limiter over time. A line that stays above 80 % needs less load or a higher limit; a peak each hour needs its jobs spread.",
		queries: []query{{expr: top(most(bucket(metrics.UsedRatio), metrics.LabelPool, metrics.LabelLimiter)), legend: "{{pool}} {{limiter}}"}},
	}
}

func fillOverTime(width, height uint32) panel {
	return panel{
		kind: graph, id: 14, title: "Fill", unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 0.9),
		about:   "How full of use each bucket is by the headers last read, drained since. It stays low under a steady load and jumps when more comes than the bucket refills.",
		queries: []query{{expr: top(most(bucket(metrics.FillRatio), metrics.LabelPool, metrics.LabelLimiter)), legend: "{{pool}} {{limiter}}"}},
	}
}

func loadOverTime(window string, id, width, height uint32) panel {
	return panel{
		kind: graph, id: id, title: "Load of " + window, unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 0.9),
		about:   "Use in the last " + window + " over what the limit allows in that time. Above 100 % calls are refused sooner or later, whatever the bucket still holds.",
		queries: []query{{expr: top(most(bucket(metrics.LoadRatio, equal(metrics.LabelWindow, window)), metrics.LabelPool, metrics.LabelLimiter)), legend: "{{pool}} {{limiter}}"}},
	}
}

func limitOverTime(width, height uint32) panel {
	return panel{
		kind: graph, id: 17, title: "Limits as the API tells them", unit: units.Short, width: width, height: height,
		about:   "Requests or tokens per minute. A step up is a higher tier, a step down is worth a question to whoever manages the organization.",
		queries: []query{{expr: top(most(bucket(metrics.Limit), metrics.LabelPool, metrics.LabelLimiter)), legend: "{{pool}} {{limiter}}"}},
	}
}

func remainingOverTime(width, height uint32) panel {
	return panel{
		kind: graph, id: 18, title: "Remaining when last read", unit: units.Short, width: width, height: height,
		about:   "What the last header said was left. It is rounded by the API, and old where nothing was called: the used ratio is what to go by.",
		queries: []query{{expr: "bottomk(15, " + least(bucket(metrics.Remaining), metrics.LabelPool, metrics.LabelLimiter) + ")", legend: "{{pool}} {{limiter}}"}},
	}
}

func inUse(width, height uint32) panel {
	return panel{
		kind: graph, id: 19, title: "Tokens in use", unit: units.Short, width: width, height: height,
		about:   "Tokens of the present minute that count towards each limit of tokens. Compare with the limit beside it.",
		queries: []query{{expr: top(most(bucket(metrics.TokensUsed), metrics.LabelPool, metrics.LabelLimiter)), legend: "{{pool}} {{limiter}}"}},
	}
}

// unified matches the windows of subscriptions.
const unified = metrics.LabelLimiter + `=~"unified_.*"`

func windows(width, height uint32) panel {
	return panel{
		kind: graph, id: 25, title: "Windows used", unit: units.PercentUnit, width: width, height: height, colors: above(0.8, 0.95),
		about:   "The used part of the 5 hour and 7 day windows of a subscription. No data means that no call with such a header was seen, as is usual with API keys.",
		queries: []query{{expr: most(bucket(metrics.UsedRatio, unified), metrics.LabelOrganization, metrics.LabelLimiter), legend: "{{organization}} {{limiter}}"}},
	}
}

func windowResets(width, height uint32) panel {
	return panel{
		kind: table, id: 26, title: "Windows begin anew", unit: units.Short, width: width, height: height, labels: []string{metrics.LabelOrganization, metrics.LabelLimiter},
		about: "How much of each window is used and when it begins anew. A window at 80 % that lasts for days more needs work moved to an API key.",
		queries: []query{
			{expr: most(bucket(metrics.UsedRatio, unified), metrics.LabelOrganization, metrics.LabelLimiter), legend: "Used", unit: units.PercentUnit, colors: above(0.8, 0.95), order: largestFirst},
			{expr: "1000 * " + most(bucket(metrics.ResetTimestamp, unified), metrics.LabelOrganization, metrics.LabelLimiter), legend: "Anew", unit: units.DateTimeFromNow},
		},
	}
}

func allLimits(width, height uint32) panel {
	labels := metrics.BucketLabels()
	return panel{
		kind: table, id: 12, title: "All limits", unit: units.Short, width: width, height: height, labels: labels,
		about: "Each limit with what the API last said of it. A limit that was last read long ago is not in use. Exhausted in is empty while the limit is not approached.",
		queries: []query{
			{expr: most(bucket(metrics.UsedRatio), labels...), legend: "Used", unit: units.PercentUnit, colors: above(0.8, 0.9), order: largestFirst},
			{expr: least(bucket(metrics.Remaining), labels...), legend: "Remaining", unit: units.Short},
			{expr: most(bucket(metrics.Limit), labels...), legend: "Limit", unit: units.Short},
			{expr: "1000 * " + most(bucket(metrics.ResetTimestamp), labels...), legend: "Full again", unit: units.DateTimeFromNow},
			{expr: "clamp_min(" + least(bucket(metrics.ExhaustionTimestamp), labels...) + " - time(), 0)", legend: "Exhausted in", unit: units.Seconds, colors: below(600, 60)},
			{expr: "time() - " + most(bucket(metrics.ObservedTimestamp), labels...), legend: "Last read", unit: units.Seconds},
		},
	}
}
