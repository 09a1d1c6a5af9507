package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

func windowRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "subscription_window_high", Severity: Warning, Enabled: true,
			Help: "A subscription window (5 hours, 7 days) is 80 % used; from 95 % on the alert is critical. It ends with the window.",
			Fire: claude.Some(0.80), FireIs: "used part of the window", Resolve: claude.Some(0.70), Critical: claude.Some(0.95), Hold: 5 * time.Minute,
		},
		unit: "ratio",
		evaluate: func(r *rule, s *scene) []finding {
			var found []finding
			for i := range s.Levels {
				l := &s.Levels[i]
				used, ok := l.Fill.Get()
				if !l.Bucket.Limiter.Unified() || !ok {
					continue
				}
				found = append(found, finding{
					of: bucketSubject(l.Bucket), condition: threshold(used, r.Fire.Or(1), r.Resolve.Or(1)), value: claude.Some(used),
					endsAt: l.Reset, severity: r.graver(used), facts: func(a *Alert) Facts { return windowFacts(a, l, s.Now) },
				})
			}
			return found
		},
	}
}

func windowFacts(a *Alert, l *claude.Level, now time.Time) Facts {
	name := windowName(l.Bucket.Limiter)
	f := Facts{Title: fmt.Sprintf("%s at %s", name, percent(a.Value)), Fields: []Field{{"Now", percent(a.Value)}, {"Peak", percent(a.Peak)}}}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("%s was at %s", name, percent(a.Peak))
		return f
	}
	if elapsed, ok := l.Elapsed.Get(); ok {
		f.Fields = append(f.Fields, Field{"Elapsed", percent(elapsed)})
	}
	pace, paced := l.Pace().Get()
	if paced {
		f.Fields = append(f.Fields, Field{"Pace", percent(pace) + " of what would last until the reset"})
	}
	if l.Reset.After(now) {
		f.Fields = append(f.Fields, Field{"Resets", fmt.Sprintf("%s (in %s)", clock(l.Reset, now), Span(l.Reset.Sub(now)))})
	}
	f.Do = windowAdvice(l, pace, paced, now)
	return f
}

// windowAdvice goes by the pace: 82 % of a window of which 97 % are over needs nothing.
func windowAdvice(l *claude.Level, pace float64, paced bool, now time.Time) []string {
	used := l.Fill.Or(0)
	switch {
	case used >= 1:
		return []string{"Wait for the reset, or buy extra usage: calls are refused until then."}
	case paced && pace < 1:
		return []string{"Go on: at this pace it lasts until the reset."}
	case paced:
		left := time.Duration((1 - used) / pace * float64(l.Bucket.Limiter.Window()))
		return []string{
			fmt.Sprintf("Slow down or use a smaller model: at this pace it is used up %s, before the reset.", clock(now.Add(left), now)),
			"Put off long jobs until the reset.",
		}
	default:
		return []string{"Put off long jobs until the reset."}
	}
}

// windowName names a window as people do: "the 5-hour window", "the 7-day window of opus".
func windowName(l claude.Limiter) string {
	length := l.Window()
	name := "subscription window " + words(l)
	switch {
	case length >= 24*time.Hour && length%(24*time.Hour) == 0:
		name = fmt.Sprintf("%d-day window", length/(24*time.Hour))
	case length >= time.Hour && length%time.Hour == 0:
		name = fmt.Sprintf("%d-hour window", length/time.Hour)
	default:
		return name
	}
	if model := l.Model(); model != "" {
		name += " of " + model
	}
	return name
}
