package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

const (
	absentLeast = 30 * time.Minute // a shorter silence is never absence
	absentCalls = 20               // fewer calls make no habit
)

func sourceAbsentRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "source_absent", Severity: Warning, Enabled: true,
			Help: "A source that used to deliver has been silent for over 30 minutes and twice its longest silence.",
			Fire: claude.Some(2.0), FireIs: "times the longest silence",
		},
		unit: "seconds",
		evaluate: func(r *rule, s *scene) []finding {
			var found []finding
			for i := range s.Sources {
				if f, ok := r.absence(&s.Sources[i], s); ok {
					found = append(found, f)
				}
			}
			return found
		},
	}
}

// absence judges one source. Silence only counts while the agent is watching: after a weekend without an agent nothing is absent yet.
func (r *rule) absence(src *claude.SourceActivity, s *scene) (finding, bool) {
	if src.Calls < absentCalls || src.Last.Sub(src.First) < s.minHistory {
		return finding{}, false
	}
	patience := max(absentLeast, time.Duration(r.Fire.Or(2)*float64(src.LongestGap)))
	silence, watched := s.Now.Sub(src.Last), s.Now.Sub(s.observing)
	condition := Between
	switch {
	case min(silence, watched) > patience: // silent, and not for want of looking
		condition = Fire
	case silence <= patience: // it delivers
		condition = Clear
	}
	return finding{
		labels: labels("source", src.Source), condition: condition, value: claude.Some(max(0, silence.Seconds())),
		facts: func(a *Alert) Facts { return absentFacts(a, src, s.Now) },
	}, true
}

func absentFacts(a *Alert, src *claude.SourceActivity, now time.Time) Facts {
	f := Facts{
		Title: fmt.Sprintf("source %s has been silent for %s", src.Source, Span(now.Sub(src.Last))),
		Fields: []Field{
			{"Last call", clock(src.Last, now)},
			{"Longest silence before", Span(src.LongestGap)},
			{"Calls so far", grouped(src.Calls)},
		},
	}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("source %s delivers again", src.Source)
		f.Fields = []Field{{"Silent for", Span(time.Duration(a.Peak * float64(time.Second)))}}
		return f
	}
	f.Do = []string{"Check that the application runs and still writes its log there, or posts to the webhook.", "If the source is gone for good, take it out of the configuration."}
	return f
}
