package alerts

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Setting changes one rule; what is nil or "" stays at its default.
type Setting struct {
	Enabled  *bool
	Fire     *float64
	Resolve  *float64
	Critical *float64
	For      *time.Duration
	Hold     *time.Duration
	Severity Severity
}

// Settings changes rules by their name.
type Settings map[string]Setting

// RuleInfo is what is known of a rule without running it: for the configuration, the documentation and the metrics. The
// thresholds are those in force; unknown ones do not exist for the rule.
type RuleInfo struct {
	Name     string
	Severity Severity
	Enabled  bool
	Help     string              // one sentence: when it fires
	Fire     claude.Opt[float64] // what FireIs says
	FireIs   string
	Resolve  claude.Opt[float64] // in the unit of Fire, below it
	Critical claude.Opt[float64] // in the unit of Fire, not below it: from there on the alert is critical
	For      time.Duration
	Hold     time.Duration
}

// Validate refuses settings that name no rule or make no sense. Each error names the rule, the value and what would do.
func (s Settings) Validate() error {
	_, err := s.apply(rules(FeedForecast, FeedPrices))
	return err
}

// apply returns the rules with the settings in force.
func (s Settings) apply(all []rule) ([]rule, error) {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		i := slices.IndexFunc(all, func(r rule) bool { return r.Name == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("alerts.%s: unknown rule, the nearest is %s", name, nearest(name, all)))
			continue
		}
		if err := all[i].set(s[name]); err != nil {
			errs = append(errs, err)
		}
	}
	return all, errors.Join(errs...)
}

func (r *RuleInfo) set(s Setting) error {
	if s.Enabled != nil {
		r.Enabled = *s.Enabled
	}
	if s.For != nil {
		r.For = *s.For
	}
	if s.Hold != nil {
		r.Hold = *s.Hold
	}
	if s.Severity != "" {
		r.Severity = s.Severity
	}
	if err := r.setThreshold("fire", &r.Fire, s.Fire); err != nil {
		return err
	}
	if err := r.setThreshold("resolve", &r.Resolve, s.Resolve); err != nil {
		return err
	}
	if err := r.setThreshold("critical", &r.Critical, s.Critical); err != nil {
		return err
	}
	return r.check()
}

func (r *RuleInfo) setThreshold(key string, to *claude.Opt[float64], v *float64) error {
	switch {
	case v == nil:
		return nil
	case !to.Known():
		return fmt.Errorf("alerts.%s.%s %g: the rule has no such threshold", r.Name, key, *v)
	case !(*v > 0) || math.IsInf(*v, 0):
		return fmt.Errorf("alerts.%s.%s %g: must be above 0", r.Name, key, *v)
	}
	*to = claude.Some(*v)
	return nil
}

func (r *RuleInfo) check() error {
	fire, resolve := r.Fire.Or(0), r.Resolve.Or(0)
	switch {
	case r.Resolve.Known() && resolve >= fire:
		return fmt.Errorf("alerts.%s.resolve %g: must be below fire %g", r.Name, resolve, fire)
	case r.Critical.Known() && r.Critical.Or(0) < fire:
		return fmt.Errorf("alerts.%s.critical %g: must not be below fire %g", r.Name, r.Critical.Or(0), fire)
	case r.For < 0:
		return fmt.Errorf("alerts.%s.for %s: must not be negative", r.Name, r.For)
	case r.Hold < 0:
		return fmt.Errorf("alerts.%s.hold %s: must not be negative", r.Name, r.Hold)
	case r.Severity != Info && r.Severity != Warning && r.Severity != Critical:
		return fmt.Errorf("alerts.%s.severity %q: must be %s, %s or %s", r.Name, r.Severity, Info, Warning, Critical)
	}
	return nil
}

// nearest returns the rule whose name takes the fewest edits to reach.
func nearest(name string, all []rule) string {
	best, least := "", math.MaxInt
	for _, r := range all {
		if d := distance(strings.ToLower(name), r.Name); d < least {
			best, least = r.Name, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two texts in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
