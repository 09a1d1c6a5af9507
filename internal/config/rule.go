package config

import (
	"cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// Rule is what the configuration knows of an alert rule: its name, which keys it takes, and the defaults that a single threshold is
// checked against.
type Rule struct {
	Name string
	// Keys are those of fire, resolve, critical, for, hold and severity that the rule takes. Every rule can be turned off by enabled.
	Keys []string
	// Fire, Resolve and Critical are the rule's own thresholds, in its unit.
	Fire, Resolve, Critical claude.Opt[float64]
	// Max is the largest threshold that makes sense. 0 means 10 for a ratio, and for a rule whose own Fire is above 1 a hundred
	// times that.
	Max float64
}

// maxRatio is the largest threshold of a rule that compares a ratio: ten times the limit.
const maxRatio = 10

// ratio reports whether the rule's thresholds are ratios, as far as one can tell.
func (r *Rule) ratio() bool { return r.Max == 0 && r.Fire.Or(0) <= 1 }

// most returns the largest threshold that the rule takes.
func (r *Rule) most() float64 {
	if r.ratio() {
		return maxRatio
	}
	return cmp.Or(r.Max, 100*r.Fire.Or(0))
}

// laterRules are the rules of the whole product, of which a version may know only some.
func laterRules() []string {
	return []string{
		"limit_usage_high", "limit_exhaustion_imminent", "rate_limited_spike", "overloaded_spike", "retry_delay_high",
		"spend_cap_reached", "budget_high", "subscription_window_high", "limit_changed", "upgrade_due", "model_unpriced",
		"source_absent", "agent_blind",
	}
}

// rule returns the rule of that name, and whether there is one.
func (c *Config) rule(name string) (Rule, bool) {
	for _, r := range c.rules {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}

func (c *Config) ruleNames() []string {
	names := make([]string, len(c.rules))
	for i, r := range c.rules {
		names[i] = r.Name
	}
	return names
}
