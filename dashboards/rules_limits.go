package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// Recorded are the names of the recording rules.
const (
	recordedUsed     = "claude:rate_limit_used_ratio:max"
	recordedRefused  = "claude:rate_limited:increase5m"
	recordedBusy     = "claude:overloaded:increase5m"
	recordedCalls    = "claude:requests:increase5m"
	recordedUsual    = "claude:rate_limited:usual_ratio"
	recordedUsualBus = "claude:overloaded:usual_ratio"
)

// Selections of refused calls.
const (
	selectRefused = metrics.Requests + `{status="429"}`
	selectSpend   = metrics.RateLimitHits + `{cause=~".*spend.*"}`
	selectLimited = metrics.RateLimitHits + `{cause!~".*spend.*"}`
)

// recording is a rule that saves others from asking the same.
type recording struct{ name, expr, about string }

func recordings() []recording {
	by, pool := bucketBy(), strings.Join(metrics.BucketLabels()[:4], ", ")
	busy, all := metrics.Overloaded, metrics.Requests
	usual := func(what string) string {
		// As if 50 calls with half a refusal had been seen before: with no history yet one in a hundred is usual.
		return fmt.Sprintf("(sum by (provider) (increase(%s[1d] offset 15m)) + 0.5) / (sum by (provider) (increase(%s[1d] offset 15m)) + 50)\nor 0 * sum by (provider) (increase(%s[5m])) + 0.01", what, all, all)
	}
	return []recording{
		{
			recordedUsed,
			fmt.Sprintf("max by (%s) (%s{limiter!~\"tokens|unified_.*\"})\nor (max by (%s) (%s{limiter=\"tokens\"}) unless on (%s) max by (%s) (%s{limiter=~\"input_tokens|output_tokens\"}))",
				by, metrics.UsedRatio, by, metrics.UsedRatio, pool, pool, metrics.UsedRatio),
			"How near each limit is; the sum of input and output only where those are not known.",
		},
		{
			recordedRefused,
			// By status, since that series is there from the first call on: what a new one begins with, increase does not see.
			fmt.Sprintf("sum by (provider) (increase(%s[5m]))\n- (sum by (provider) (increase(%s[5m])) or 0 * sum by (provider) (increase(%s[5m])))",
				selectRefused, selectSpend, selectRefused),
			"429s of five minutes, without those that have to do with money: they have an alert of their own.",
		},
		{recordedBusy, fmt.Sprintf("sum by (provider) (increase(%s[5m]))", busy), "529s of five minutes."},
		{recordedCalls, fmt.Sprintf("sum by (provider) (increase(%s[5m]))", all), "Calls of five minutes."},
		{recordedUsual, usual(selectLimited), "The part of calls that is refused with 429 on a usual day, without the last quarter of an hour."},
		{recordedUsualBus, usual(busy), "The same for 529."},
	}
}

func bucketBy() string { return strings.Join(metrics.BucketLabels(), ", ") }

// latched keeps an alert that fires firing until the value has fallen below resolve: Prometheus has no such thing of its own.
func latched(alert, value, by, fires string, r Rule) string {
	resolve, ok := r.Resolve.Get()
	if !ok {
		return fires
	}
	return fmt.Sprintf("%s\nor (%s >= %s and on (%s) max by (%s) (ALERTS{alertname=%q, alertstate=\"firing\"}))", fires, value, number(resolve), by, by, alert)
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// sample are the labels of the bucket that tests use.
const sample = `provider="anthropic", organization="org", workspace="production", pool="sonnet-5", limiter="input_tokens"`

func sampleLabels(severity, rule string) map[string]string {
	return map[string]string{
		"provider": "anthropic", "organization": "org", "workspace": "production", "pool": "sonnet-5", "limiter": "input_tokens",
		"severity": severity, "rule": rule,
	}
}

// flat is a value that stays for so many minutes, in promtool's notation.
func flat(value string, minutes int) string { return fmt.Sprintf("%s+0x%d ", value, minutes-1) }

// percent is a ratio as Prometheus' humanizePercentage writes it.
func percent(f float64) string { return fmt.Sprintf("%.4g%%", f*100) }

const bucketSummary = "{{ $labels.limiter }} of {{ $labels.pool }}"

func usageAlert(r Rule) []promAlert {
	const name = "ClaudeLimitUsageHigh"
	fire := r.Fire.Or(0.8)
	high, between, low := number(fire+0.02), number((fire+r.Resolve.Or(fire))/2), number(r.Resolve.Or(fire)/2)
	series := map[string]string{metrics.UsedRatio + "{" + sample + "}": flat(high, 5) + flat(between, 30) + flat(low, 120)}
	hold := int(r.Hold.Minutes())
	const told = "input_tokens of sonnet-5 at "
	return []promAlert{{
		name: name, expr: latched(name, recordedUsed, bucketBy(), recordedUsed+" >= "+number(fire), r),
		value: recordedUsed, fire: r.Fire, resolve: r.Resolve,
		summary: bucketSummary + " at {{ $value | humanizePercentage }} of the limit",
		action:  "See who uses it on the dashboard on limits. Move what can wait, cache what repeats, or ask for a higher limit.",
		runbook: "runbooks.md#limit_usage_high",
		tests: []promTest{
			{series: series, at: 4, labels: sampleLabels(r.Severity, r.Name), told: told + percent(fire+0.02) + " of the limit"},
			{series: series, at: 30, labels: sampleLabels(r.Severity, r.Name), told: told + percent((fire+r.Resolve.Or(fire))/2) + " of the limit"}, // in the dead band
			{series: series, at: 38 + hold + 5},
		},
	}}
}

func exhaustionAlert(r Rule) []promAlert {
	const name = "ClaudeLimitExhaustionImminent"
	by := bucketBy()
	fires := fmt.Sprintf("(max by (%s) (%s{limiter!~\"tokens|unified_.*\"}) >= %s and on (%s) max by (%s) (%s{window=\"2m\"}) >= 0.8)\nor (min by (%s) (%s{limiter!~\"tokens|unified_.*\"}) - time() <= 60)",
		by, metrics.FillRatio, number(r.Fire.Or(0.95)), by, by, metrics.LoadRatio, by, metrics.ExhaustionTimestamp)
	const dry = "input_tokens of sonnet-5 is about to run dry"
	return []promAlert{{
		name: name, expr: latched(name, recordedUsed, by, fires, r),
		summary: bucketSummary + " is about to run dry",
		action:  "Calls are refused within a minute. Lower the concurrency of what can wait now.",
		runbook: "runbooks.md#limit_exhaustion_imminent",
		tests: []promTest{{
			series: map[string]string{
				metrics.FillRatio + "{" + sample + "}":              flat("0.97", 5),
				metrics.LoadRatio + "{" + sample + `, window="2m"}`: flat("0.9", 5),
				metrics.UsedRatio + "{" + sample + "}":              flat("0.97", 5),
			},
			at: 3, labels: sampleLabels(r.Severity, r.Name), told: dry,
		}, {
			series: map[string]string{metrics.ExhaustionTimestamp + "{" + sample + "}": flat("210", 5)}, at: 3, labels: sampleLabels(r.Severity, r.Name), told: dry,
		}, {
			series: map[string]string{metrics.FillRatio + "{" + sample + "}": flat("0.97", 5), metrics.LoadRatio + "{" + sample + `, window="2m"}`: flat("0.5", 5)}, at: 3,
		}},
	}}
}
