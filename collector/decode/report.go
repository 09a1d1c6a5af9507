package decode

import "math"

// Reports sum up calls that stand elsewhere, or nowhere: a day's use of a model, the rows of a dashboard, the metrics of a query. Their
// counts are as large as they are wrong for a call.

// isReport reports a name that only reports have.
func isReport(k []byte) bool {
	switch string(k) {
	case "costtype", "modelsused", "alertname", "p50", "p95", "p99":
		return true
	}
	for _, start := range []string{"p50s", "p95s", "p99s", "p50m", "p95m", "p99m", "p50l", "p95l", "p99l", "avg"} { // p95_seconds, avg_latency_ms
		if len(k) >= len(start) && string(k[:len(start)]) == start {
			return true
		}
	}
	return false
}

// isSum reports a name below which counts are sums.
func isSum(k []byte) bool {
	switch string(k) {
	case "modelbreakdown", "modelbreakdowns", "coremetrics", "bymodel", "byuser", "byapp", "byday", "byhour", "permodel", "modelusage", "totals",
		"totalusage", "sessionusage", "sessiontotals", "sessiontotal", "cumulative", "cumulativeusage", "aggregate", "aggregates", "breakdown",
		"daily", "weekly", "monthly", "contextwindow", "resourcemetrics", "scopemetrics", "datapoints":
		return true
	default:
		return false
	}
}

// isPeriod reports the name of a stretch of time that a row of a report is of.
func isPeriod(k []byte) bool {
	switch string(k) {
	case "period", "day", "week", "month", "bucket", "window", "granularity", "startingat", "endingat", "periodstart", "periodend", "bucketstart", "bucketend",
		"bucketwidth", "windowstart", "windowend":
		return true
	default:
		return false
	}
}

// sums reports a record that sums up calls. What has the id of a request or a message is one call, and so mostly is what has a status or
// took its time.
func (r *record) sums() bool {
	c := &r.call
	switch {
	case c.RequestID != "" || c.MessageID != "" || r.headers.RequestID != "":
		return false
	case r.report:
		return true
	}
	return (r.period || r.day && !r.time.known()) && c.Status == 0 && !c.DurationSeconds.Known() && !r.lasted.Known()
}

// isTally reports the name of a number of calls.
func isTally(k []byte) bool {
	switch string(k) {
	case "requests", "requestcount", "numrequests", "totalrequests", "calls", "callcount", "totalcalls", "numcalls", "apicalls", "llmcalls", "invocations", "samples", "numsamples", "numturns", "turncount", "turns", "totalturns":
		return true
	default:
		return false
	}
}

// tally notes a number of calls that stands beside counts: two and more make a report of them.
func (r *record) tally(fr *frame, s scalar) {
	n, ok := s.number()
	fr.tally = fr.tally || ok && n > 1 && n == math.Trunc(n)
}

// quietEvent reports an event of Claude Code's that tells of a call which another event counts, or of something else.
func quietEvent(name string) bool {
	switch name {
	case "user_prompt", "assistant_response", "tool_result", "tool_decision", "api_request_body", "api_response_body", "api_retries_exhausted",
		"compaction", "subagent_completed":
		return true
	default:
		return false
	}
}
