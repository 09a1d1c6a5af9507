package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

const overloadedSpike = "overloaded_spike"

func overloadedRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: overloadedSpike, Severity: Warning, Enabled: true,
			Help: "Far more calls than usual for the organization failed in 5 minutes because the service was overloaded (529, or that error inside a stream).",
			Fire: claude.Some(0.05), FireIs: "least share of calls", Hold: 5 * time.Minute,
		},
		unit: "ratio", window: 5 * time.Minute,
		evaluate: func(r *rule, s *scene) []finding {
			return overSpikes(r, s.overloaded, s, overloadedFacts)
		},
	}
}

func overloadedFacts(a *Alert, o origin, v verdict, _ *spike, _ *scene) Facts {
	f := Facts{Title: fmt.Sprintf("%s of calls met an overloaded service%s", percent(a.Value), ofOrganization(o.organization)), Fields: spikeFields(a, v, "Overloaded")}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("up to %s of calls met an overloaded service%s", percent(a.Peak), ofOrganization(o.organization))
		return f
	}
	f.Do = []string{
		"Wait: it is not your quota, and a higher limit does not help. Retry with growing pauses and some jitter.",
		"Let what matters fall back to another model, and put off what can wait.",
	}
	return f
}
