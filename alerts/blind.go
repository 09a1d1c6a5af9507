package alerts

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

func agentBlindRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "agent_blind", Severity: Critical, Enabled: true,
			Help: "The agent can't store what it reads, or can't read a source, for a minute.",
			For:  time.Minute, Hold: time.Minute,
		},
		unit: "", sighted: true,
		evaluate: func(_ *rule, s *scene) []finding {
			var found []finding
			if s.Blind != "" {
				found = append(found, blindness(labels("part", "store"), "claudewatch can't store what it reads", s.Blind, "Make room on the disk, or make the database writable: nothing is lost that the logs still hold, and the agent goes on by itself."))
			}
			for _, f := range s.Faults {
				found = append(found, blindness(labels("part", "source", "source", f.Source), "claudewatch can't read "+f.Source, f.Why, "Give the agent permission to read the source, or take it out of the configuration."))
			}
			return found
		},
	}
}

func blindness(labels map[string]string, title, why, do string) finding {
	return finding{
		labels: labels, condition: Fire, value: claude.Some(1.0),
		facts: func(a *Alert) Facts {
			if a.State == Resolved {
				return Facts{Title: title + " (over)"}
			}
			return Facts{Title: title, Fields: []Field{{"Reason", why}}, Do: []string{do, "Until then other alerts stay as they are: no news is no good news."}}
		},
	}
}
