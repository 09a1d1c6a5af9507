package alerts

import (
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// rule is one thing to watch. Each has a file of its own and a line in rules.
type rule struct {
	RuleInfo
	unit    string // of the value, see Facts.Unit
	mutedBy []mute // the graver alerts that speak for this one
	sighted bool   // it judges even while the agent is blind
	// window is how much must have been seen since a start before the rule's quiet counts; a shorter hold shortens it.
	window   time.Duration
	evaluate func(r *rule, s *scene) []finding
	// ready reports whether there is anything to judge by; until then the rule's alerts stand still. nil is always.
	ready func(s *scene) bool
}

// mute says that an alert of a rule speaks for others while it fires: for those that have the same values of some labels.
type mute struct {
	rule   string
	labels []string
}

// Feed is a source of knowledge that not every agent has; rules that live on it exist only where it does.
type Feed string

// The feeds.
const (
	FeedForecast Feed = "forecast" // EngineOptions.Forecast: when limits will be reached
	FeedPrices   Feed = "prices"   // calls have a cost wherever their model has a price
)

// rules lists all rules that the feeds allow with their defaults, a graver one before those that it mutes.
func rules(feeds ...Feed) []rule {
	all := []rule{
		agentBlindRule(),
		rateLimitedRule(),
		exhaustionRule(),
		usageRule(),
		overloadedRule(),
		retryDelayRule(),
		spendCapRule(),
		budgetRule(),
		windowRule(),
		limitChangedRule(),
		sourceAbsentRule(),
	}
	if slices.Contains(feeds, FeedForecast) {
		all = append(all, upgradeRule())
	}
	if slices.Contains(feeds, FeedPrices) {
		all = append(all, unpricedRule())
	}
	return all
}

// Rules returns what is known of all rules that the feeds allow, with their defaults.
func Rules(feeds ...Feed) []RuleInfo {
	var infos []RuleInfo
	for _, r := range rules(feeds...) {
		infos = append(infos, r.RuleInfo)
	}
	return infos
}

// scene is what rules look at in one tick.
type scene struct {
	View
	observing  time.Time // since when the agent has been watching without a break
	minHistory time.Duration
	*remembered
	consumers func(claude.Bucket, time.Time) []claude.Consumer
	forecasts []Forecast
	of        map[string][]string // fingerprints of the alerts of each rule
}

// has reports whether the rule has any alerts. One that has none need only find what fires.
func (s *scene) has(r *rule) bool { return len(s.of[r.Name]) > 0 }

// finding is what a rule says of one set of labels in one tick.
type finding struct {
	of        subject           // what the labels are of, or nil
	labels    map[string]string // where of is nil
	condition Condition
	value     claude.Opt[float64]
	endsAt    time.Time
	severity  Severity // "" is the rule's
	// facts describes the alert as it has become; it is only asked for alerts that are kept.
	facts func(a *Alert) Facts
}

// graver returns the severity of a value: critical from the rule's critical threshold on.
func (r *rule) graver(value float64) Severity {
	if c, ok := r.Critical.Get(); ok && value >= c {
		return Critical
	}
	return r.Severity
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
