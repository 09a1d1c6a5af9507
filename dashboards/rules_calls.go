package dashboards

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// spikeKind is what one of the spike rules counts.
type spikeKind struct {
	name, status, action string
	counter              string   // what is refused, as a selection
	recorded, usual      string   // the recording rules of it
	series               []string // that hold it, for tests
}

func rateLimitedKind() spikeKind {
	return spikeKind{
		name: "ClaudeRateLimitedSpike", status: "429", action: "See the cause on the dashboard on errors: a limiter's name says which limit ran out.",
		counter: selectRefused, recorded: recordedRefused, usual: recordedUsual,
		series: []string{metrics.Requests + `{provider="anthropic", status="429"}`, metrics.RateLimitHits + `{provider="anthropic", cause="rate_limit"}`},
	}
}

func overloadedKind() spikeKind {
	return spikeKind{
		name: "ClaudeOverloadedSpike", status: "529", action: "The service is overloaded. It is not your quota: back off, or move to another model or region.",
		counter: metrics.Overloaded, recorded: recordedBusy, usual: recordedUsualBus,
		series: []string{metrics.Overloaded + `{provider="anthropic"}`},
	}
}

// spikeAlert stands for one of the spike rules. The agent asks how likely the refusals are under the organization's own baseline;
// PromQL has no such function, so here the distance from the usual is measured in standard deviations, twice as wide for retries
// that come in clusters.
func spikeAlert(k spikeKind) func(Rule) []promAlert {
	return func(r Rule) []promAlert {
		expr := fmt.Sprintf("%s >= 5\nand %s / %s > clamp_min(3 * %s, 0.05)\nand %s > %s * %s + 4.3 * sqrt(2 * %s * %s)\nand on (provider) sum by (provider) (increase(%s[2m])) > 0",
			k.recorded, k.recorded, recordedCalls, k.usual, k.recorded, recordedCalls, k.usual, recordedCalls, k.usual, k.counter)
		return []promAlert{{
			name: k.name, expr: expr,
			summary: fmt.Sprintf("{{ $value | humanize }} calls of {{ $labels.provider }} refused with %s in 5 minutes", k.status),
			action:  k.action,
			runbook: "runbooks.md#" + r.Name,
			tests:   k.tests(r),
		}}
	}
}

func (k spikeKind) tests(r Rule) []promTest {
	series := func(calls, refused string) map[string]string {
		m := map[string]string{metrics.Requests + `{provider="anthropic", status="200"}`: calls}
		for _, s := range k.series {
			m[s] = refused
		}
		return m
	}
	tests := []promTest{
		{
			series: series("0+20x41", "0+0x30 5+5x10"), at: 38, told: "25 calls of anthropic refused with " + k.status + " in 5 minutes",
			labels: map[string]string{"provider": "anthropic", "severity": r.Severity, "rule": r.Name},
		},
		{series: series("0+500x40", "0+2x40"), at: 38}, // one refusal a minute of hundreds of calls is nothing
	}
	if k.status == "429" { // a spend cap is another alert's
		capped := series("0+20x41", "0+0x30 5+5x10")
		delete(capped, k.series[1])
		capped[metrics.RateLimitHits+`{provider="anthropic", cause="spend_cap"}`] = "0+0x30 5+5x10"
		tests = append(tests, promTest{series: capped, at: 38})
	}
	return tests
}

func retryDelayAlert(r Rule) []promAlert {
	const name = "ClaudeRetryDelayHigh"
	value := fmt.Sprintf("sum by (provider) (increase(%s[5m]))", metrics.RetryDelaySeconds)
	return []promAlert{{
		name: name, expr: latched(name, value, "provider", value+" >= "+number(r.Fire.Or(60)), r),
		value: value, fire: r.Fire, resolve: r.Resolve,
		summary: "callers of {{ $labels.provider }} were told to wait {{ $value | humanizeDuration }} in 5 minutes",
		action:  "Refusals make callers wait. See their cause on the dashboard on errors and slow down at the source instead of retrying.",
		runbook: "runbooks.md#retry_delay_high",
		tests: []promTest{{
			series: map[string]string{metrics.RetryDelaySeconds + `{provider="anthropic"}`: "0+60x20"},
			at:     15, labels: map[string]string{"provider": "anthropic", "severity": r.Severity, "rule": r.Name}, told: "callers of anthropic were told to wait 5m 0s in 5 minutes",
		}},
	}}
}

// verdictAlert goes by what the agent itself says of a rule: when a spend cap ends, or what a source's habit is, only it knows.
func verdictAlert(name, summary, action string) func(Rule) []promAlert {
	return func(r Rule) []promAlert {
		return []promAlert{{
			name: name, expr: fmt.Sprintf("max by (rule) (%s{rule=%q}) > 0", metrics.AlertsFiring, r.Name), hold: 0,
			summary: summary, action: action, runbook: "runbooks.md#" + r.Name,
			tests: []promTest{{
				series: map[string]string{metrics.AlertsFiring + fmt.Sprintf("{rule=%q, severity=%q}", r.Name, r.Severity): flat("1", 5)},
				at:     3, labels: map[string]string{"severity": r.Severity, "rule": r.Name}, told: summary,
			}},
		}}
	}
}

func budgetAlert(r Rule) []promAlert {
	by := metrics.LabelBudget + ", " + metrics.LabelSubject
	value := fmt.Sprintf("max by (%s) (%s)", by, metrics.BudgetUsedRatio)
	const summary = "budget {{ $labels.budget }} of {{ $labels.subject }} is used to {{ $value | humanizePercentage }}"
	const action = "The agent tells, it stops nobody. See what the subject does on the dashboard on usage."
	labels := func(severity string) map[string]string {
		return map[string]string{"budget": "shop", "subject": "shop", "severity": severity, "rule": r.Name}
	}
	series := func(v string) map[string]string {
		return map[string]string{metrics.BudgetUsedRatio + `{budget="shop", subject="shop"}`: flat(v, 5)}
	}
	critical := number(r.Critical.Or(1))
	return []promAlert{
		{
			name: "ClaudeBudgetHigh", severity: "warning", expr: fmt.Sprintf("%s >= %s < %s", value, number(r.Fire.Or(0.8)), critical),
			summary: summary, action: action, runbook: "runbooks.md#budget_high",
			tests: []promTest{{series: series("0.9"), at: 3, labels: labels("warning"), told: "budget shop of shop is used to 90%"}},
		},
		{
			name: "ClaudeBudgetUsedUp", severity: "critical", expr: value + " >= " + critical,
			summary: summary, action: action, runbook: "runbooks.md#budget_high",
			tests: []promTest{{series: series("1.2"), at: 3, labels: labels("critical"), told: "budget shop of shop is used to 120%"}},
		},
	}
}

func windowAlert(r Rule) []promAlert {
	by := metrics.LabelOrganization + ", " + metrics.LabelWorkspace + ", " + metrics.LabelLimiter
	value := fmt.Sprintf("max by (%s) (%s{limiter=~\"unified_.*\"})", by, metrics.UsedRatio)
	const summary = "window {{ $labels.limiter }} is used to {{ $value | humanizePercentage }}"
	const action = "What comes until the window begins anew is refused. Move work to an API key, or spread it."
	critical := number(r.Critical.Or(0.95))
	series := map[string]string{metrics.UsedRatio + `{organization="org", limiter="unified_5h"}`: flat("0.9", 5)}
	return []promAlert{
		{
			name: "ClaudeSubscriptionWindowHigh", severity: "warning", expr: fmt.Sprintf("%s >= %s < %s", value, number(r.Fire.Or(0.8)), critical),
			summary: summary, action: action, runbook: "runbooks.md#subscription_window_high",
			tests: []promTest{{
				series: series, at: 3, told: "window unified_5h is used to 90%",
				labels: map[string]string{"organization": "org", "limiter": "unified_5h", "severity": "warning", "rule": r.Name},
			}},
		},
		{
			name: "ClaudeSubscriptionWindowUsedUp", severity: "critical", expr: value + " >= " + critical,
			summary: summary, action: action, runbook: "runbooks.md#subscription_window_high",
			tests: []promTest{{series: series, at: 3}},
		},
	}
}

func limitChangedAlert(r Rule) []promAlert {
	by := bucketBy()
	return []promAlert{{
		name: "ClaudeLimitChanged", expr: fmt.Sprintf("max by (%s) (changes(%s[10m])) > 0", by, metrics.Limit),
		summary: bucketSummary + " has another limit",
		action:  "A step up is a higher tier; a step down is worth a question to whoever manages the organization.",
		runbook: "runbooks.md#limit_changed",
		tests: []promTest{{
			series: map[string]string{metrics.Limit + "{" + sample + "}": flat("80000", 5) + flat("160000", 20)},
			at:     8, labels: sampleLabels(r.Severity, r.Name), told: "input_tokens of sonnet-5 has another limit",
		}},
	}}
}

func upgradeAlert(r Rule) []promAlert {
	days := r.Fire.Or(14)
	return []promAlert{{
		name:    "ClaudeUpgradeDue",
		expr:    fmt.Sprintf("min by (%s) (%s{level=%q, bound=%q}) - time() <= %s * 86400", bucketBy(), metrics.ForecastTimestamp, metrics.LevelHave, metrics.BoundMid, number(days)),
		summary: bucketSummary + " reaches 80 % of the limit in {{ $value | humanizeDuration }}",
		action:  "Ask for a higher limit in the Console now: it may take days.",
		runbook: "runbooks.md#upgrade_due",
		tests: []promTest{{
			series: map[string]string{metrics.ForecastTimestamp + "{" + sample + `, level="0.8", bound="mid"}`: flat("86580", 5)},
			at:     3, labels: sampleLabels(r.Severity, r.Name), told: "input_tokens of sonnet-5 reaches 80 % of the limit in 1d 0h 0m 0s",
		}},
	}}
}

func unpricedAlert(r Rule) []promAlert {
	return []promAlert{{
		name: "ClaudeModelUnpriced", expr: fmt.Sprintf("sum by (model) (increase(%s[1h])) > 0", metrics.UnpricedTokens),
		summary: "{{ $labels.model }} has no price",
		action:  "Its tokens are missing in every sum of dollars. Add it under prices in the configuration.",
		runbook: "runbooks.md#model_unpriced",
		tests: []promTest{{
			series: map[string]string{metrics.UnpricedTokens + `{model="my-model"}`: "0+100x10"},
			at:     8, labels: map[string]string{"model": "my-model", "severity": r.Severity, "rule": r.Name}, told: "my-model has no price",
		}},
	}}
}

// agentAlerts tell of the agent itself: what it can't tell when it is dead.
func agentAlerts(job string) []promAlert {
	own := func(name, severity, expr string, wait time.Duration, summary, action string, tests ...promTest) promAlert {
		return promAlert{name: name, severity: severity, expr: expr, forTime: wait, summary: summary, action: action, runbook: "prometheus.md#health", tests: tests}
	}
	up := fmt.Sprintf("up{job=%q}", job)
	return []promAlert{
		own("ClaudewatchDown", "critical", up+" == 0", 5*time.Minute, "claudewatch on {{ $labels.instance }} is down",
			"Nobody watches the limits. Start it again; it reads what was logged meanwhile.",
			promTest{
				series: map[string]string{fmt.Sprintf("up{job=%q, instance=\"a\"}", job): flat("0", 10)}, at: 8,
				labels: map[string]string{"job": job, "instance": "a", "severity": "critical"}, told: "claudewatch on a is down",
			}),
		own("ClaudewatchAbsent", "critical", fmt.Sprintf("absent(%s)", up), 10*time.Minute, "no claudewatch is scraped",
			"Prometheus knows of no agent under this job: look at its scrape configuration.",
			promTest{series: map[string]string{`up{job="other"}`: flat("1", 20)}, at: 15, labels: map[string]string{"job": job, "severity": "critical"}, told: "no claudewatch is scraped"}),
		own("ClaudewatchReloadFailed", "warning", metrics.ConfigReloadSuccessful+" == 0", 10*time.Minute, "claudewatch on {{ $labels.instance }} runs on its old configuration",
			"claudewatch check FILE says what is wrong with the new one.",
			promTest{
				series: map[string]string{metrics.ConfigReloadSuccessful + `{instance="a"}`: flat("0", 20)}, at: 15,
				labels: map[string]string{"instance": "a", "severity": "warning"}, told: "claudewatch on a runs on its old configuration",
			}),
		own("ClaudewatchNotificationsStuck", "warning", metrics.NotificationsPending+" > 0", 30*time.Minute, "notifications to {{ $labels.receiver }} don't get through",
			"They are kept and sent once it answers. claudewatch alerts test says why it does not.",
			promTest{
				series: map[string]string{metrics.NotificationsPending + `{receiver="slack"}`: flat("2", 60)}, at: 45,
				labels: map[string]string{"receiver": "slack", "severity": "warning"}, told: "notifications to slack don't get through",
			}),
	}
}

// promRules lists how each rule of the agent's is written for Prometheus. A new one is one new function and one line here.
func promRules() map[string]func(Rule) []promAlert {
	return map[string]func(Rule) []promAlert{
		"limit_usage_high":          usageAlert,
		"limit_exhaustion_imminent": exhaustionAlert,
		"rate_limited_spike":        spikeAlert(rateLimitedKind()),
		"overloaded_spike":          spikeAlert(overloadedKind()),
		"retry_delay_high":          retryDelayAlert,
		"spend_cap_reached": verdictAlert("ClaudeSpendCapReached", "calls are refused because of a spend limit",
			"Retrying does not help. The agent's status says when it ends; raise the limit in the Console if it is too low."),
		"budget_high":              budgetAlert,
		"subscription_window_high": windowAlert,
		"limit_changed":            limitChangedAlert,
		"upgrade_due":              upgradeAlert,
		"model_unpriced":           unpricedAlert,
		"source_absent": verdictAlert("ClaudeSourceAbsent", "a source that used to deliver is silent",
			"The agent's status says which. A moved log, a lost permission, or an application that is down."),
		"agent_blind": verdictAlert("ClaudeAgentBlind", "the agent can't read or store",
			"The agent's log and /readyz say why. What comes meanwhile is not lost: it is read once the agent can."),
	}
}
