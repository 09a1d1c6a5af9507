package config

import (
	"fmt"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// UserRule is an alert rule of the user's own: a metric with some labels and what its value is compared with. Exactly one of Above and
// Below is known.
type UserRule struct {
	Name     string              `yaml:"name"`
	Metric   string              `yaml:"metric"`
	Labels   map[string]string   `yaml:"labels,omitempty"` // that the series must have
	Above    claude.Opt[float64] `yaml:"above,omitzero"`
	Below    claude.Opt[float64] `yaml:"below,omitzero"`
	Resolve  claude.Opt[float64] `yaml:"resolve,omitzero"`   // from where on it is clear again; the same threshold if unknown
	RateOver Duration            `yaml:"rate_over,omitzero"` // for counters: compare the increase a second over this time
	For      Duration            `yaml:"for,omitzero"`
	Hold     Duration            `yaml:"hold"`
	Severity string              `yaml:"severity"`
}

// What a rule of the user's own has where it says nothing.
const (
	ruleHold     = Duration(5 * time.Minute)
	ruleSeverity = "warning"
)

func (c *Config) completeRules() {
	for i := range c.Rules {
		r, p := &c.Rules[i], fmt.Sprintf("rules[%d]", i)
		if _, given := c.origins[p+".hold"]; !given {
			r.Hold = ruleHold
		}
		if _, given := c.origins[p+".severity"]; !given {
			r.Severity = ruleSeverity
		}
	}
}

func (k *check) userRules() {
	seen := map[string]bool{}
	for i := range k.c.Rules {
		r, p := &k.c.Rules[i], fmt.Sprintf("rules[%d]", i)
		_, builtin := k.c.rule(r.Name)
		switch {
		case r.Name == "":
			k.fault(p+".name", "write one, messages show it", "it is missing")
		case builtin || slices.Contains(laterRules(), r.Name):
			k.fault(p+".name", "choose another, or change that rule under alerts", "there is a rule %s already", r.Name)
		case seen[r.Name]:
			k.fault(p+".name", "", "there is a rule %s already", show(r.Name))
		}
		seen[r.Name] = true
		k.text(p+".name", r.Name)
		k.metric(p, r)
		k.comparison(p, r)
		k.ruleTimes(p, r)
		k.oneOf(p+".severity", r.Severity, severities()...)
	}
}

// metric wants a metric that there is, and labels that it has.
func (k *check) metric(path string, r *UserRule) {
	labels, ok := k.c.metrics[r.Metric]
	switch {
	case r.Metric == "":
		k.fault(path+".metric", "name one, as in metric: claude_rate_limit_used_ratio", "it is missing")
	case !ok && k.c.metrics != nil:
		k.fault(path+".metric", didYouMean(r.Metric, keysOf(k.c.metrics)), "unknown metric %s", show(r.Metric))
	}
	for name, value := range r.Labels {
		k.text(path+".labels."+name, value)
		if ok && !slices.Contains(labels, name) {
			k.fault(path+".labels."+name, didYouMean(name, labels), "%s has no such label", r.Metric)
		}
	}
}

func keysOf(m map[string][]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// comparison wants exactly one of above and below, and resolve on its good side.
func (k *check) comparison(path string, r *UserRule) {
	above, isAbove := r.Above.Get()
	below, isBelow := r.Below.Get()
	resolve, both := r.Resolve.Get()
	switch {
	case !isAbove && !isBelow:
		k.fault(path, "write above: 0.9, or below", "the rule compares with nothing")
	case isAbove && isBelow:
		k.fault(path+".below", "make a rule of each", "a rule has above or below")
	case both && isAbove && resolve > above:
		k.fault(path+".resolve", "", "%g is above %g, from where on the alert fires", resolve, above)
	case both && isBelow && resolve < below:
		k.fault(path+".resolve", "", "%g is below %g, under which the alert fires", resolve, below)
	}
}

func (k *check) ruleTimes(path string, r *UserRule) {
	for key, d := range map[string]Duration{"for": r.For, "hold": r.Hold, "rate_over": r.RateOver} {
		switch {
		case d < 0 || d > day:
			k.fault(path+"."+key, "", "%s is not between 0 and 1d", d)
		case key == "rate_over" && k.given(path+"."+key) && d < Duration(time.Minute):
			k.fault(path+"."+key, "", "%s is shorter than 1m, in which metrics are looked at four times", d)
		}
	}
}
