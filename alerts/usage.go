package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// freshReading is how long a reading counts as it was read. A bucket drains by a sixtieth a second: without this, a reading of just
// 80 % would be gone before anybody looked.
const freshReading = 15 * time.Second

func usageRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "limit_usage_high", Severity: Warning, Enabled: true,
			Help: "The use of a limit has reached 80 %: by one reading, or by the load of both 2 and 10 minutes.",
			Fire: claude.Some(0.80), FireIs: "used ratio", Resolve: claude.Some(0.70), Hold: 10 * time.Minute,
		},
		unit: "ratio", mutedBy: []mute{{"limit_exhaustion_imminent", bucketLabelNames()}}, window: 10 * time.Minute,
		evaluate: func(r *rule, s *scene) []finding {
			return overLevels(r, s, func(l *claude.Level) (claude.Opt[float64], Condition) {
				used := usedLately(l, s.Now)
				condition := threshold(used.Or(0), r.Fire.Or(1), r.Resolve.Or(1))
				if condition == Clear && max(l.Load2m.Or(0), l.Load10m.Or(0)) >= r.Resolve.Or(1) {
					condition = Between // one quiet window is not enough: at a steady 70 % the alert would come and go all day
				}
				return used, condition
			})
		},
	}
}

// usedLately is the level's used ratio, or what the newest reading said while that is fresh.
func usedLately(l *claude.Level, now time.Time) claude.Opt[float64] {
	used := l.Used()
	if read, ok := fillAsRead(l, now); ok {
		used = claude.Some(max(read, used.Or(read)))
	}
	return used
}

// fillAsRead is how full of use the bucket was when it was last read, if that was just now.
func fillAsRead(l *claude.Level, now time.Time) (float64, bool) {
	remaining, ok := l.Remaining.Get()
	limit := l.Limit.Or(0)
	if !ok || limit <= 0 || l.From == claude.LimitFromConfig || now.Sub(l.Observed) > freshReading {
		return 0, false
	}
	return min(1, max(0, 1-float64(remaining)/float64(limit))), true
}

// overLevels asks of each level that has an alert of its own. Sums beside their parts and subscription windows do not.
func overLevels(r *rule, s *scene, ask func(*claude.Level) (claude.Opt[float64], Condition)) []finding {
	var found []finding
	for i := range s.Levels {
		l := &s.Levels[i]
		if l.Derived || l.Bucket.Limiter.Unified() {
			continue
		}
		value, condition := ask(l)
		if condition != Fire && !s.has(r) {
			continue
		}
		found = append(found, finding{
			of: bucketSubject(l.Bucket), condition: condition, value: value,
			facts: func(a *Alert) Facts { return levelFacts(a, l, s) },
		})
	}
	return found
}

func levelFacts(a *Alert, l *claude.Level, s *scene) Facts {
	f := Facts{Title: levelTitle(a, l), Fields: levelFields(a, l, s.Now), Unattributed: l.Unattributed}
	if s.consumers != nil {
		f.Consumers = s.consumers(l.Bucket, s.Now)
	}
	if a.State != Resolved {
		f.Do = levelAdvice(l, f.Consumers)
	}
	return f
}

func levelTitle(a *Alert, l *claude.Level) string {
	name := bucketName(l.Bucket)
	switch {
	case a.State == Resolved:
		return fmt.Sprintf("%s were at %s of the limit", name, percent(a.Peak))
	case a.Rule == "limit_exhaustion_imminent" && l.Exhausted.IsZero():
		return fmt.Sprintf("%s about to run out, at %s of the limit", name, percent(a.Value))
	case a.Rule == "limit_exhaustion_imminent":
		return fmt.Sprintf("%s about to run out", name)
	default:
		return fmt.Sprintf("%s at %s of the limit", name, percent(a.Value))
	}
}

func levelFields(a *Alert, l *claude.Level, now time.Time) []Field {
	fields := []Field{{"Now", percent(a.Value)}, {"Peak", percent(a.Peak)}}
	if limit, ok := l.Limit.Get(); ok {
		fields = append(fields, Field{"Limit", grouped(limit) + " a minute"})
	}
	if used, ok := l.InUse.Get(); ok {
		fields = append(fields, Field{"In use", grouped(int64(used))})
	}
	if fast, ok := l.Load2m.Get(); ok {
		text := percent(fast) + " over 2 min"
		if slow, ok := l.Load10m.Get(); ok {
			text += ", " + percent(slow) + " over 10 min"
		}
		fields = append(fields, Field{"Load", text})
	}
	if a.State != Resolved && l.Exhausted.After(now) {
		fields = append(fields, Field{"Time to exhaustion", Span(l.Exhausted.Sub(now)) + ", at " + clock(l.Exhausted, now)})
	}
	if l.Reset.After(now) {
		fields = append(fields, Field{"Resets", clock(l.Reset, now)})
	}
	if l.OddPeriod() {
		period := time.Duration(l.PeriodSeconds.Or(0) * float64(time.Second))
		fields = append(fields, Field{"Refills in", Span(period) + ", where a minute is usual: fill and time to exhaustion are rough"})
	}
	if org := l.Bucket.Organization; org != "" {
		fields = append(fields, Field{"Organization", org})
	}
	return fields
}
