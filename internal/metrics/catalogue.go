package metrics

import "slices"

// Type is a metric's type in Prometheus' words.
type Type string

// The types of metrics.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// Metric describes one metric: what the exposition says of it, and what dashboards may ask of it. Unit is in Prometheus' base
// units ("seconds", "bytes", "ratio") or what is counted.
type Metric struct {
	Name   string
	Type   Type
	Unit   string
	Help   string
	Labels []string
}

// Catalogue returns every metric that the agent may export.
func Catalogue() []Metric {
	var all []Metric
	all = append(all, callMetrics()...)
	all = append(all, limitMetrics()...)
	return append(all, agentMetrics()...)
}

func callMetrics() []Metric {
	with := func(labels ...string) []string { return append(CallLabels(), labels...) }
	return []Metric{
		{Requests, Counter, "calls", "Calls of the Claude API by HTTP status.", with(LabelStatus)},
		{RateLimitHits, Counter, "calls", "Calls refused with status 429, by cause and by the limiter that ran out.", with(LabelCause, LabelLimiter)},
		{Overloaded, Counter, "calls", "Calls refused because the service was overloaded: status 529, or that error inside a stream.", with()},
		{Errors, Counter, "calls", "Calls that ended in an error, by the API's error type, errors inside a stream under status 200 included.", with(LabelType)},
		{Tokens, Counter, "tokens", "Tokens that the API counted, by type.", with(LabelType)},
		{CostUSD, Counter, "USD", "What calls cost, where their model has a price.", with()},
		{UnpricedTokens, Counter, "tokens", "Tokens of calls whose cost is unknown.", with()},
		{Retries, Counter, "calls", "Calls that were retries of an earlier one.", with()},
		{RetryDelaySeconds, Counter, "seconds", "Seconds that refusals told their callers to wait (retry-after).", with()},
		{RequestDuration, Histogram, "seconds", "How long calls took, where logs tell it.", with()},
		{FirstToken, Histogram, "seconds", "Time to the first token of streamed answers, where logs tell it.", with()},
		{UserRequests, Counter, "calls", "Calls of the users that the configuration lists. Starts anew with the agent.", []string{LabelUser}},
		{UserTokens, Counter, "tokens", "Tokens of the users that the configuration lists, by type. Starts anew with the agent.", []string{LabelUser, LabelType}},
	}
}

func limitMetrics() []Metric {
	bucket := BucketLabels()
	return []Metric{
		{Limit, Gauge, "units", "The limit, in requests or tokens per minute.", bucket},
		{Remaining, Gauge, "units", "What remained of the limit when it was last read, in requests or tokens.", bucket},
		{ResetTimestamp, Gauge, "seconds", "When the bucket will be full again, as Unix time.", bucket},
		{ObservedTimestamp, Gauge, "seconds", "When a header of this bucket was last read, as Unix time.", bucket},
		{UsedRatio, Gauge, "ratio", "How near the limit use is now, 0 to 1 and above: the larger of the fill and of the smaller of the two loads.", bucket},
		{FillRatio, Gauge, "ratio", "How full of use the bucket is now, from the headers last read and drained since.", bucket},
		{LoadRatio, Gauge, "ratio", "Counted use in a window divided by what the limit allows in it.", append(slices.Clip(bucket), LabelWindow)},
		{ExhaustionTimestamp, Gauge, "seconds", "When the bucket runs dry at the present rate, as Unix time; absent while it is not approaching.", bucket},
		{TokensUsed, Gauge, "tokens", "Tokens in use of the current period.", bucket},
		{BudgetUsedRatio, Gauge, "ratio", "Used part of a budget in its present period, 0 to 1 and above.", []string{LabelBudget, LabelSubject}},
		{
			ForecastTimestamp, Gauge, "seconds", "When use reaches a level of the limit, as Unix time: the earliest, the middle and the latest of an 80 % interval; absent beyond the horizon.",
			append(slices.Clip(bucket), LabelLevel, LabelBound),
		},
		{AlertsFiring, Gauge, "alerts", "Alerts that are firing now.", []string{LabelRule, LabelSeverity}},
	}
}

func agentMetrics() []Metric {
	source, receiver := []string{LabelSource}, []string{LabelReceiver}
	return []Metric{
		{Lines, Counter, "lines", "Lines read, by the format that knew them.", []string{LabelSource, LabelFormat}},
		{LinesSkipped, Counter, "lines", "Lines that are no call of Claude, by reason.", []string{LabelSource, LabelReason}},
		{LinesRejected, Counter, "lines", "Lines that look like a call and could not be read, by reason.", []string{LabelSource, LabelReason}},
		{CallsIngested, Counter, "calls", "Calls that were new to the store.", source},
		{CallsDuplicate, Counter, "calls", "Sightings of calls that were known already.", source},
		{CallsHistorical, Counter, "calls", "New calls that were too old to move the live metrics when they were read.", source},
		{SourceLagBytes, Gauge, "bytes", "What the source holds and the store does not have yet.", source},
		{SourceLastCall, Gauge, "seconds", "When the source last delivered a call, as Unix time.", source},
		{CommitSeconds, Histogram, "seconds", "How long the store took to commit a batch of calls.", nil},
		{Notifications, Counter, "notifications", "Notifications tried, by result.", []string{LabelReceiver, LabelResult}},
		{NotificationLastSuccess, Gauge, "seconds", "When a notification last got through, as Unix time.", receiver},
		{NotificationsPending, Gauge, "notifications", "Notifications that wait to be sent.", receiver},
		{ConfigReloadSuccessful, Gauge, "boolean", "Whether the last reading of the configuration succeeded (1) or the one before it is still in force (0).", nil},
		{BuildInfo, Gauge, "info", "The version of the agent that runs; the value is always 1.", []string{LabelVersion, LabelCommit}},
		{StoreBytes, Gauge, "bytes", "Size of the database on disk.", nil},
		{LabelValuesFolded, Counter, "values", "How often a value of a label was shown as other, because the label had too many values.", []string{LabelLabel}},
	}
}
