package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// unpricedWindow is how long a model without a price is told of after it was last used.
const unpricedWindow = 24 * time.Hour

// unpriced is what was seen of a model that has no price.
type unpriced struct {
	last   time.Time
	tokens int64
}

func unpricedRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "model_unpriced", Severity: Info, Enabled: true,
			Help: "A model without a price was used: its cost is unknown, not 0, and missing in every sum of costs.",
			Hold: time.Hour,
		},
		unit: "tokens",
		evaluate: func(_ *rule, s *scene) []finding {
			var found []finding
			for model, u := range s.unpriced {
				found = append(found, finding{
					labels: labels("model", model), condition: Fire, value: claude.Some(float64(u.tokens)),
					facts: func(a *Alert) Facts { return unpricedFacts(a, model, u) },
				})
			}
			return found
		},
	}
}

// observeUnpriced notes a live call that used tokens of a model and has no cost.
func observeUnpriced(all map[string]*unpriced, c *claude.Change, now time.Time) {
	call := &c.After
	n := call.UnpricedTokens()
	if n == 0 || call.Model == "" || !c.New && c.Before.Usage == call.Usage {
		return
	}
	u := all[call.Model]
	if u == nil {
		if len(all) >= maxOrigins {
			return
		}
		u = &unpriced{}
		all[call.Model] = u
	}
	u.last = now
	u.tokens += n
}

// recallUnpriced takes up a model that an alert of an earlier run told of.
func recallUnpriced(all map[string]*unpriced, a *Alert) {
	if model := a.Labels["model"]; a.Rule == unpricedRule().Name && a.Active() && model != "" {
		all[model] = &unpriced{last: a.EvaluatedAt, tokens: int64(a.Value)}
	}
}

func unpricedFacts(a *Alert, model string, u *unpriced) Facts {
	f := Facts{
		Title:  fmt.Sprintf("no price is known for %s", model),
		Fields: []Field{{"Tokens without a cost", grouped(u.tokens)}},
	}
	if a.State != Resolved {
		f.Do = []string{"Give its price in the configuration, under prices, in USD per million tokens."}
	}
	return f
}
