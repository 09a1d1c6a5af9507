package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

func errorsRow() row {
	return row{103, "Errors and latency", []panel{
		{
			kind: stacked, id: 30, title: "Requests by status", unit: units.RequestsPerSecond, width: 8, height: 8, byName: statusColors(),
			about:   "Calls per second by HTTP status. Orange is your limits, purple the service's load, red its errors, yellow what the caller did wrong.",
			queries: []query{{expr: sum(rate(calls(metrics.Requests)), metrics.LabelStatus), legend: "{{status}}"}},
		},
		{
			kind: stacked, id: 31, title: "429s by cause", unit: units.RequestsPerSecond, width: 8, height: 8,
			about:   "Why calls were refused. A limiter's name: that limit ran out. acceleration: ramp up slowly. spend_cap: nothing helps before the first of next month. bare: the headers say nothing.",
			queries: []query{{expr: sum(rate(calls(metrics.RateLimitHits)), metrics.LabelCause, metrics.LabelLimiter), legend: "{{cause}} {{limiter}}"}},
		},
		{
			kind: stacked, id: 32, title: "529s by model", unit: units.RequestsPerSecond, width: 8, height: 8,
			about:   "Calls refused because the service was overloaded. It is not your quota: back off, or move to another model or region while it lasts.",
			queries: []query{{expr: sum(rate(calls(metrics.Overloaded)), metrics.LabelModel), legend: "{{model}}"}},
		},
		{
			kind: stacked, id: 33, title: "Errors by type", unit: units.RequestsPerSecond, width: 8, height: 8,
			about:   "The API's own types of errors, those inside a stream included. authentication_error and invalid_request_error are for the app's owner; api_error is for the status page.",
			queries: []query{{expr: sum(rate(calls(metrics.Errors)), metrics.LabelType), legend: "{{type}}"}},
		},
		{
			kind: stacked, id: 34, title: "Retries by app", unit: units.RequestsPerSecond, width: 8, height: 8,
			about:   "Calls that repeat an earlier one, as the SDKs do by themselves. They use limits too: many of them while 429s are high make it worse.",
			queries: []query{{expr: sum(rate(calls(metrics.Retries)), metrics.LabelApp), legend: "{{app}}"}},
		},
		{
			kind: stacked, id: 35, title: "Seconds of waiting per second", unit: units.Seconds, width: 8, height: 8,
			about:   "The wait that refusals told their callers, by app. At 1 s, one caller is waiting all the time.",
			queries: []query{{expr: sum(rate(calls(metrics.RetryDelaySeconds)), metrics.LabelApp), legend: "{{app}}"}},
		},
		{
			kind: graph, id: 36, title: "Latency", unit: units.Seconds, width: 12, height: 8,
			about:   "How long calls took, where logs tell it. Long answers take long: compare with the tokens before blaming the service.",
			queries: quantiles(calls(metrics.RequestDuration + "_bucket")),
		},
		{
			kind: graph, id: 37, title: "Time to first token", unit: units.Seconds, width: 12, height: 8,
			about:   "What users of streamed answers wait for. It grows with the prompt and with the service's load. No data means that no log tells it.",
			queries: quantiles(calls(metrics.FirstToken + "_bucket")),
		},
	}}
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
