package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// severities returns the names of the severities, the least urgent first.
func severities() []string { return []string{"info", "warning", "critical"} }

func (k *check) alerts() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Alerts)) {
		p := "alerts." + name
		rule, ok := k.c.rule(name)
		switch {
		case ok:
			a := k.c.Alerts[name]
			k.alertKeys(p, rule)
			k.thresholds(p, rule, a)
			k.alert(p, a)
		case slices.Contains(laterRules(), name):
			k.fault(p, "", "the rule is not supported by this version yet")
		default:
			k.errs = append(k.errs, at(k.c.nearest(p), "alerts", wrong(didYouMean(name, k.c.ruleNames()), "unknown rule %s", showKey(name))))
		}
	}
}

// alertKeys refuses the keys that the rule would ignore.
func (k *check) alertKeys(path string, rule Rule) {
	for _, key := range []string{"fire", "resolve", "critical", "for", "hold", "severity"} {
		if k.given(path+"."+key) && !slices.Contains(rule.Keys, key) {
			k.fault(path+"."+key, "", "the rule has no such setting")
		}
	}
}

// thresholds wants 0 < resolve < fire <= the rule's maximum. One that is not given counts as the rule has it.
func (k *check) thresholds(path string, rule Rule, a Alert) {
	fireFits, resolveFits := k.threshold(path+".fire", rule, a.Fire), k.threshold(path+".resolve", rule, a.Resolve)
	if fireFits {
		k.critical(path+".critical", rule, a)
	}
	fire, ok := cmp.Or(a.Fire, rule.Fire).Get()
	resolve, both := cmp.Or(a.Resolve, rule.Resolve).Get()
	switch {
	case !ok || !both || resolve < fire || !fireFits || !resolveFits:
	case a.Resolve.Known():
		k.fault(path+".resolve", "", "%g is not below fire, %g", resolve, fire)
	case a.Fire.Known():
		k.fault(path+".fire", fmt.Sprintf("give resolve as well, below %g", fire), "%g is not above resolve, which is %g by default", fire, resolve)
	}
}

// critical wants a threshold that is not below the one from which the alert fires.
func (k *check) critical(path string, rule Rule, a Alert) {
	fits := k.threshold(path, rule, a.Critical)
	critical, ok := cmp.Or(a.Critical, rule.Critical).Get()
	fire := cmp.Or(a.Fire, rule.Fire).Or(0)
	switch {
	case !ok || !fits || critical >= fire:
	case a.Critical.Known():
		k.fault(path, "", "%g is below fire, %g", critical, fire)
	default:
		k.fault(parent(path)+".fire", fmt.Sprintf("give critical as well, not below %g", fire), "%g is above critical, which is %g by default", fire, critical)
	}
}

// threshold wants a number above 0 and not above the rule's maximum, and reports whether it is one. Unknown is fine.
func (k *check) threshold(path string, rule Rule, value claude.Opt[float64]) bool {
	v, ok := value.Get()
	most := rule.most()
	switch {
	case !ok || v > 0 && v <= most:
		return true
	case v <= 0:
		k.fault(path, "", "%g is not above 0", v)
	case rule.ratio() && v <= 100:
		k.fault(path, fmt.Sprintf("it is a ratio: write %g for %g %%", v/100, v), "%g is above %g", v, most)
	default:
		k.fault(path, "", "%g is above %g", v, most)
	}
	return false
}

func (k *check) alert(path string, a Alert) {
	for key, opt := range map[string]claude.Opt[Duration]{"for": a.For, "hold": a.Hold} {
		if d, ok := opt.Get(); ok && (d < 0 || d > day) {
			k.fault(path+"."+key, "", "%s is not between 0 and 1d", d)
		}
	}
	if a.Severity != "" {
		k.oneOf(path+".severity", a.Severity, severities()...)
	}
}
