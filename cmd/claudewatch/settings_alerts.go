package main

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// configRules tells the configuration which rules there are, and what can be set of them.
func configRules() []config.Rule {
	var rules []config.Rule
	for _, r := range alerts.Rules(feeds()...) {
		rule := config.Rule{
			Name: r.Name, Keys: []string{"for", "hold", "severity"},
			Fire: r.Fire, Resolve: r.Resolve, Critical: r.Critical,
		}
		if r.Fire.Known() {
			rule.Keys = append(rule.Keys, "fire")
		}
		if r.Resolve.Known() {
			rule.Keys = append(rule.Keys, "resolve")
		}
		if r.Critical.Known() {
			rule.Keys = append(rule.Keys, "critical")
		}
		rules = append(rules, rule)
	}
	return rules
}

// configMetrics tells the configuration which metrics rules of the users' own can name. A histogram is no single value.
func configMetrics() map[string][]string {
	labels := map[string][]string{}
	for _, m := range metrics.Catalogue() {
		if m.Type != metrics.Histogram {
			labels[m.Name] = m.Labels
		}
	}
	return labels
}

func budgets(cfg *config.Config) []alerts.Budget {
	var out []alerts.Budget
	for i := range cfg.Budgets {
		b := &cfg.Budgets[i]
		by, subject := b.Of()
		out = append(out, alerts.Budget{Name: b.Name, By: by, Subject: subject, Tokens: b.Tokens, USD: b.USD.Or(0), Per: alerts.Period(b.Per)})
	}
	return out
}

// budgetUses returns what is used of budgets, for the metrics; what is unknown is left out.
func budgetUses(e *alerts.Engine, now time.Time) []metrics.Budget {
	var out []metrics.Budget
	for _, u := range e.BudgetUses(now) {
		if used, ok := u.Used.Get(); ok {
			out = append(out, metrics.Budget{Name: u.Budget, Subject: u.Subject, Used: used})
		}
	}
	return out
}

func customRules(cfg *config.Config) []alerts.CustomRule {
	var out []alerts.CustomRule
	for i := range cfg.Rules {
		r := &cfg.Rules[i]
		out = append(out, alerts.CustomRule{
			Name: r.Name, Metric: r.Metric, Labels: r.Labels, Above: r.Above, Below: r.Below, Resolve: r.Resolve,
			RateOver: time.Duration(r.RateOver), For: time.Duration(r.For), Hold: time.Duration(r.Hold), Severity: alerts.Severity(r.Severity),
		})
	}
	return out
}

// gathered returns the present samples of metrics from what the agent exports.
func gathered(g prometheus.Gatherer) func(context.Context, []string) (map[string][]alerts.Sample, error) {
	return func(_ context.Context, names []string) (map[string][]alerts.Sample, error) {
		families, err := g.Gather()
		if err != nil && len(families) == 0 {
			return nil, err
		}
		out := map[string][]alerts.Sample{}
		for _, f := range families {
			if !slices.Contains(names, f.GetName()) {
				continue
			}
			for _, m := range f.GetMetric() {
				sample := alerts.Sample{Labels: map[string]string{}}
				switch {
				case m.GetGauge() != nil:
					sample.Value = m.GetGauge().GetValue()
				case m.GetCounter() != nil:
					sample.Value = m.GetCounter().GetValue()
				default: // a histogram is no single value
					continue
				}
				for _, l := range m.GetLabel() {
					if l.GetValue() != "" {
						sample.Labels[l.GetName()] = l.GetValue()
					}
				}
				out[f.GetName()] = append(out[f.GetName()], sample)
			}
		}
		return out, nil
	}
}
