package alerts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// CustomRule is a rule of the user's own: a metric with some labels, and what its value is compared with. Exactly one of Above and
// Below is known.
type CustomRule struct {
	Name     string
	Metric   string
	Labels   map[string]string // that the metric's labels must have
	Above    claude.Opt[float64]
	Below    claude.Opt[float64]
	Resolve  claude.Opt[float64] // where it is clear again; the same threshold if unknown
	RateOver time.Duration       // above 0, for counters: the value is the increase a second over this time
	For      time.Duration
	Hold     time.Duration
	Severity Severity
}

// Sample is one series of a metric and its value.
type Sample struct {
	Labels map[string]string
	Value  float64
}

func (c *CustomRule) validate(builtin []rule) error {
	above, below := c.Above.Known(), c.Below.Known()
	switch {
	case c.Name == "":
		return fmt.Errorf("rule on %s: no name", c.Metric)
	case slices.ContainsFunc(builtin, func(r rule) bool { return r.Name == c.Name }):
		return fmt.Errorf("rule %s: the name is that of a built-in rule", c.Name)
	case c.Metric == "":
		return fmt.Errorf("rule %s: no metric", c.Name)
	case above == below:
		return fmt.Errorf("rule %s: exactly one of above and below must be given", c.Name)
	case above && c.Resolve.Or(0) > c.Above.Or(0) && c.Resolve.Known():
		return fmt.Errorf("rule %s: resolve %g: must not be above %g", c.Name, c.Resolve.Or(0), c.Above.Or(0))
	case below && c.Resolve.Or(math.Inf(1)) < c.Below.Or(0):
		return fmt.Errorf("rule %s: resolve %g: must not be below %g", c.Name, c.Resolve.Or(0), c.Below.Or(0))
	case c.For < 0 || c.Hold < 0 || c.RateOver < 0:
		return fmt.Errorf("rule %s: for %s, hold %s, rate over %s: must not be negative", c.Name, c.For, c.Hold, c.RateOver)
	case c.Severity.rank() < 0:
		return fmt.Errorf("rule %s: severity %q: must be %s, %s or %s", c.Name, c.Severity, Info, Warning, Critical)
	default:
		return nil
	}
}

// customRules makes rules of the users' own ones.
func customRules(all []CustomRule, builtin []rule) ([]rule, error) {
	var made []rule
	for i := range all {
		if err := all[i].validate(append(builtin, made...)); err != nil {
			return nil, err
		}
		made = append(made, all[i].rule())
	}
	return made, nil
}

// rule makes a rule that reads what the engine has gathered for it.
func (c CustomRule) rule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: c.Name, Severity: c.Severity, Enabled: true, Help: c.words() + ".", For: c.For, Hold: c.Hold,
		},
		ready: func(s *scene) bool { return s.custom.fresh(s.Now) },
		evaluate: func(_ *rule, s *scene) []finding {
			var found []finding
			for _, series := range s.custom.series[c.Name] {
				v, ok := series.value(c.RateOver)
				if !ok {
					continue
				}
				found = append(found, finding{
					labels: series.labels, condition: c.condition(v), value: claude.Some(v),
					facts: func(a *Alert) Facts { return c.facts(a) },
				})
			}
			return found
		},
	}
}

func (c *CustomRule) condition(v float64) Condition {
	if limit, ok := c.Above.Get(); ok {
		switch {
		case v > limit:
			return Fire
		case v <= c.Resolve.Or(limit):
			return Clear
		}
		return Between
	}
	limit := c.Below.Or(0)
	switch {
	case v < limit:
		return Fire
	case v >= c.Resolve.Or(limit):
		return Clear
	}
	return Between
}

// words says what the rule watches, as in "claude_overloaded_total grows by more than 0.1 a second over 5 min".
func (c *CustomRule) words() string {
	than := "above " + number(c.Above.Or(0))
	if limit, ok := c.Below.Get(); ok {
		than = "below " + number(limit)
	}
	if c.RateOver > 0 {
		return fmt.Sprintf("increase a second of %s over %s is %s", c.Metric, Span(c.RateOver), than)
	}
	return fmt.Sprintf("%s is %s", c.Metric, than)
}

func (c *CustomRule) facts(a *Alert) Facts {
	f := Facts{
		Title:  fmt.Sprintf("%s: %s, at %s", c.Name, c.words(), number(a.Value)),
		Fields: []Field{{"Now", number(a.Value)}, {"Peak", number(a.Peak)}},
	}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("%s: no longer: %s", c.Name, c.words())
	}
	return f
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
