package dashboards

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Rule is one of the agent's own alert rules, as it is set. Rules for Prometheus are made of them, so that both fire for the same.
type Rule struct {
	Name     string // as in limit_usage_high
	Severity string
	Fire     claude.Opt[float64] // in the rule's unit
	Resolve  claude.Opt[float64] // below Fire
	Critical claude.Opt[float64] // not below Fire
	For      time.Duration       // how long the condition must hold
	Hold     time.Duration       // how long it must be clear
}

// RuleOptions says what rules are generated for. Rules is required.
type RuleOptions struct {
	Rules []Rule // those that are turned on
	Job   string // of the agents' scrape; "claudewatch" where it is ""
	// OldPrometheus leaves out keep_firing_for, which versions before 2.42 refuse: alerts then resolve as soon as they are clear.
	OldPrometheus bool
}

// defaultJob is the job name that the documentation uses.
const defaultJob = "claudewatch"

// GenerateRules returns the recording and alerting rules for Prometheus, and the tests that promtool runs on them.
func GenerateRules(o RuleOptions) ([]File, error) {
	if o.Job == "" {
		o.Job = defaultJob
	}
	alerts, err := o.alerts()
	if err != nil {
		return nil, fmt.Errorf("generate rules: %w", err)
	}
	return []File{
		{Name: rulesFile, Content: ruleText(o, alerts)},
		{Name: "claudewatch-rules-test.yml", Content: testText(alerts)},
	}, nil
}

const rulesFile = "claudewatch-rules.yml"

// alerts returns the alerts of the rules that are on, and those on the agent itself.
func (o RuleOptions) alerts() ([]promAlert, error) {
	var all []promAlert
	for _, r := range o.Rules {
		build, ok := promRules()[r.Name]
		if !ok {
			return nil, fmt.Errorf("no rule for Prometheus is known for %s", r.Name)
		}
		for _, a := range build(r) {
			a.rule, a.hold = r.Name, r.Hold
			if a.forTime == 0 {
				a.forTime = r.For
			}
			if a.severity == "" {
				a.severity = r.Severity
			}
			all = append(all, a)
		}
	}
	return append(all, agentAlerts(o.Job)...), nil
}

// promAlert is an alert for Prometheus.
type promAlert struct {
	name     string // as in ClaudeLimitUsageHigh
	rule     string // of the agent's own that it stands for; "" for none
	severity string
	expr     string
	forTime  time.Duration
	hold     time.Duration // keep_firing_for
	summary  string        // with Prometheus' templates
	action   string        // what to do
	runbook  string        // below docs/
	tests    []promTest

	// A value that fires from one number on and is clear below another: what Grafana does by itself, and Prometheus does not.
	value         string
	fire, resolve claude.Opt[float64]
}

// promTest is one thing that promtool checks of an alert.
type promTest struct {
	series map[string]string // selector to values, one a minute
	at     int               // minutes
	labels map[string]string // of the alert that fires then; nil for none
	told   string            // the summary that it then has
}
