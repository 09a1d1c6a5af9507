package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// failures answers what fails, why, and what it costs the callers.
func failures() board {
	return board{
		file: "errors.json", uid: "claudewatch-errors", title: "Claude / Errors and retries", runbook: "runbooks.md#rate_limited_spike",
		about:     "What the API refuses and why, what the SDKs retry in silence, and how long callers wait.",
		variables: callChoices(),
		rows: []row{
			{100, "In the chosen time", []panel{errorShare(4), refused(4), overloaded(4), retryShare(4), waiting(4), slow(4)}},
			{101, "Errors", []panel{requestsByStatus(8, 8), refusedByCause(8, 8), overloadedByModel(8, 8), errorsByType(12, 8), errorRatioByModel(12, 8)}},
			{102, "Retries", []panel{retriesByApp(8, 8), retriesPerRequest(8, 8), waitingByApp(8, 8)}},
			{103, "Latency", []panel{
				latencyHeat(12, 9),
				{
					kind: graph, id: 46, title: "Latency", unit: units.Seconds, width: 12, height: 9,
					about:   "How long calls took, where logs tell it. Long answers take long: compare with the tokens before blaming the service.",
					queries: quantiles(calls(metrics.RequestDuration + "_bucket")),
				},
				slowByModel(12, 8),
				{
					kind: graph, id: 48, title: "Time to first token", unit: units.Seconds, width: 12, height: 8,
					about:   "What users of streamed answers wait for. It grows with the prompt and with the service's load. No data means that no log tells it.",
					queries: quantiles(calls(metrics.FirstToken + "_bucket")),
				},
			}},
		},
	}
}

func errorShare(width uint32) panel {
	all := sum(rise(calls(metrics.Requests)))
	return panel{
		kind: stat, id: 39, title: "Error ratio", unit: units.PercentUnit, width: width, height: 4, colors: above(0.01, 0.05),
		about:   "The part of all calls of the chosen time that ended in an error, errors inside a stream included. Below are the types.",
		queries: []query{{expr: "(" + orZero(sum(rise(calls(metrics.Errors))), all) + ") / " + all, legend: "errors"}},
	}
}

func overloaded(width uint32) panel {
	return panel{
		kind: stat, id: 35, title: "529s", unit: units.Short, width: width, height: 4, colors: above(1, 100),
		about:   "Calls of the chosen time that the service was too busy for, those inside a stream included. It is not your quota: back off or move to another model or region.",
		queries: []query{{expr: "round(" + sum(rise(calls(metrics.Overloaded))) + ")", legend: "529s"}},
	}
}

func retryShare(width uint32) panel {
	return panel{
		kind: stat, id: 36, title: "Retries", unit: units.PercentUnit, width: width, height: 4, colors: above(0.05, 0.2),
		about:   "The part of all calls that repeat an earlier one. SDKs do it by themselves and tell nobody; each one uses the limits again.",
		queries: []query{{expr: sum(rise(calls(metrics.Retries))) + " / " + sum(rise(calls(metrics.Requests))), legend: "retries"}},
	}
}

func waiting(width uint32) panel {
	return panel{
		kind: stat, id: 37, title: "Told to wait", unit: units.Seconds, width: width, height: 4, colors: above(60, 3600),
		about:   "The waiting that refusals of the chosen time told their callers, added up. It is time in which somebody's request hung.",
		queries: []query{{expr: sum(rise(calls(metrics.RetryDelaySeconds))), legend: "waiting"}},
	}
}

func slow(width uint32) panel {
	return panel{
		kind: stat, id: 38, title: "Latency p95", unit: units.Seconds, width: width, height: 4,
		about:   "One in twenty calls of the chosen time took longer, where logs tell it. Long answers take long: compare with the tokens.",
		queries: []query{{expr: "histogram_quantile(0.95, " + sum(rise(calls(metrics.RequestDuration+"_bucket")), "le") + ")", legend: "p95"}},
	}
}

func requestsByStatus(width, height uint32) panel {
	return panel{
		kind: stacked, id: 40, title: "Requests by status", unit: units.RequestsPerSecond, width: width, height: height, byName: statusColors(),
		about:   "Calls per second by HTTP status. Orange is your limits, purple the service's load, red its errors, yellow what the caller did wrong.",
		queries: []query{{expr: sum(rate(calls(metrics.Requests)), metrics.LabelStatus), legend: "{{status}}"}},
	}
}

func refusedByCause(width, height uint32) panel {
	return panel{
		kind: stacked, id: 41, title: "429s by cause", unit: units.RequestsPerSecond, width: width, height: height,
		about:   "Why calls were refused. A limiter's name: that limit ran out. acceleration: ramp up slowly. spend_cap: nothing helps before the first of next month. bare: the headers say nothing.",
		queries: []query{{expr: sum(rate(calls(metrics.RateLimitHits)), metrics.LabelCause), legend: "{{cause}}"}},
	}
}

func overloadedByModel(width, height uint32) panel {
	return panel{
		kind: stacked, id: 42, title: "529s by model", unit: units.RequestsPerSecond, width: width, height: height,
		about:   "Calls refused because the service was overloaded. It is not your quota: back off, or move to another model or region while it lasts.",
		queries: []query{{expr: top(sum(rate(calls(metrics.Overloaded)), metrics.LabelModel)), legend: "{{model}}"}},
	}
}

func errorsByType(width, height uint32) panel {
	return panel{
		kind: stacked, id: 43, title: "Errors by type", unit: units.RequestsPerSecond, width: width, height: height,
		about:   "The API's own types of errors, those inside a stream included. authentication_error and invalid_request_error are for the app's owner; api_error is for the status page.",
		queries: []query{{expr: sum(rate(calls(metrics.Errors)), metrics.LabelType), legend: "{{type}}"}},
	}
}

func errorRatioByModel(width, height uint32) panel {
	return panel{
		kind: graph, id: 44, title: "Error ratio by model", unit: units.PercentUnit, width: width, height: height, colors: above(0.01, 0.05),
		about:   "The part of each model's calls that ended in an error. One model alone is its limit or its load; all at once are the key, the network or the service.",
		queries: []query{{expr: top(sum(rate(calls(metrics.Errors)), metrics.LabelModel) + " / " + sum(rate(calls(metrics.Requests)), metrics.LabelModel)), legend: "{{model}}"}},
	}
}

func retriesByApp(width, height uint32) panel {
	return panel{
		kind: stacked, id: 49, title: "Retries by app", unit: units.RequestsPerSecond, width: width, height: height,
		about:   "Calls that repeat an earlier one, as the SDKs do by themselves. They use limits too: many of them while 429s are high make it worse.",
		queries: []query{{expr: top(sum(rate(calls(metrics.Retries)), metrics.LabelApp)), legend: "{{app}}"}},
	}
}

func retriesPerRequest(width, height uint32) panel {
	return panel{
		kind: graph, id: 50, title: "Retries per call by app", unit: units.PercentUnit, width: width, height: height, colors: above(0.05, 0.2),
		about:   "The part of an app's calls that repeat an earlier one. A rising share means that its limit is too small for its pace: slow it down rather than retry.",
		queries: []query{{expr: top(sum(rate(calls(metrics.Retries)), metrics.LabelApp) + " / " + sum(rate(calls(metrics.Requests)), metrics.LabelApp)), legend: "{{app}}"}},
	}
}

func waitingByApp(width, height uint32) panel {
	return panel{
		kind: stacked, id: 51, title: "Seconds of waiting per second", unit: units.Seconds, width: width, height: height,
		about:   "The wait that refusals told their callers, by app. At 1 s, one caller is waiting all the time.",
		queries: []query{{expr: top(sum(rate(calls(metrics.RetryDelaySeconds)), metrics.LabelApp)), legend: "{{app}}"}},
	}
}

func latencyHeat(width, height uint32) panel {
	return panel{
		kind: heat, id: 45, title: "Latency, all calls", unit: units.Seconds, width: width, height: height,
		about:   "How many calls took how long. Two bands are two kinds of work; a band that climbs is a service under load or prompts that grow.",
		queries: []query{{expr: sum("increase("+calls(metrics.RequestDuration+"_bucket")+"[$__rate_interval])", "le"), legend: "{{le}}"}},
	}
}

func slowByModel(width, height uint32) panel {
	return panel{
		kind: graph, id: 47, title: "Latency p95 by model", unit: units.Seconds, width: width, height: height,
		about: "One in twenty calls of each model took longer. A model that leaves its usual range while the others don't is under load.",
		queries: []query{{
			expr:   top("histogram_quantile(0.95, " + sum(rate(calls(metrics.RequestDuration+"_bucket")), "le", metrics.LabelModel) + ")"),
			legend: "{{model}}",
		}},
	}
}

// statusColors are the same on every dashboard. What no pattern matches keeps its own colour.
func statusColors() []paint {
	return []paint{
		{"/^2..$/", "green"},
		{"/^4(?!29)..$/", "yellow"},
		{"/^429$/", "orange"},
		{"/^5(?!29)..$/", "red"},
		{"/^529$/", "purple"},
	}
}
