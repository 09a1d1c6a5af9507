package alerts

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// rule is one thing to watch. Each has a file of its own and a line in rules.
type rule struct {
	RuleInfo
	unit    string // of the value, see Facts.Unit
	mutedBy string // the graver rule that speaks for this one where it fires for the same labels
	// window is how much must have been seen since a start before the rule's quiet counts; a shorter hold shortens it.
	window   time.Duration
	evaluate func(r *rule, s *scene) []finding
}

// rules lists all rules with their defaults, a graver one before those that it mutes.
func rules() []rule {
	return []rule{
		exhaustionRule(),
		usageRule(),
		rateLimitedRule(),
		spendCapRule(),
		sourceAbsentRule(),
	}
}

// Rules returns what is known of all rules, with their defaults.
func Rules() []RuleInfo {
	var infos []RuleInfo
	for _, r := range rules() {
		infos = append(infos, r.RuleInfo)
	}
	return infos
}

// scene is what rules look at in one tick.
type scene struct {
	View
	observing  time.Time // since when the agent has been watching without a break
	minHistory time.Duration
	refused    map[origin]*spike
	spends     map[spendKey]*spend
	consumers  func(claude.Bucket, time.Time) []claude.Consumer
}

// finding is what a rule says of one set of labels in one tick.
type finding struct {
	labels    map[string]string
	condition Condition
	value     claude.Opt[float64]
	endsAt    time.Time
	// facts describes the alert as it has become; it is only asked for alerts that are kept.
	facts func(a *Alert) Facts
}

// threshold tells the condition of a value that fires from fire on and is clear below resolve.
func threshold(value, fire, resolve float64) Condition {
	switch {
	case value >= fire:
		return Fire
	case value < resolve:
		return Clear
	default:
		return Between
	}
}
