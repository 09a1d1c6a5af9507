package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// limitBook remembers the limit of each bucket, to notice when it changes.
type limitBook map[claude.Bucket]*seenLimit

// seenLimit is a bucket's limit, and perhaps another one that has been read since.
type seenLimit struct {
	here        bool // in the tick that is noted
	limit, from int64
	changed     time.Time // when limit took the place of from
	candidate   int64
	since       time.Time
}

const (
	// limitSettles is how long another limit must be the one last read. Where several workspaces' readings can't be told apart, limits
	// take turns; that is no change.
	limitSettles = time.Minute
	limitNews    = time.Minute // how long a change is one
)

func limitChangedRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "limit_changed", Severity: Info, Enabled: true,
			Help: "The limit that the headers tell of a bucket went up or down and has stayed there for a minute.",
			Hold: time.Hour,
		},
		unit: "ratio", mutedBy: nil,
		evaluate: func(_ *rule, s *scene) []finding {
			var found []finding
			for b, l := range s.changed {
				if l.changed.IsZero() {
					continue
				}
				condition := Clear
				if s.Now.Sub(l.changed) < limitNews {
					condition = Fire
				}
				found = append(found, finding{
					of: bucketSubject(b), condition: condition, value: claude.Some(float64(l.limit) / float64(l.from)),
					facts: func(a *Alert) Facts { return limitFacts(a, b, l) },
				})
			}
			return found
		},
	}
}

// note takes the limits of one tick.
func (book limitBook) note(levels []claude.Level, now time.Time) {
	for i := range levels {
		l := &levels[i]
		limit, ok := l.Limit.Get()
		// The sum of tokens switches between the organization's and a workspace's limit: that is its nature.
		if !ok || limit <= 0 || l.From != claude.LimitFromHeaders || l.Bucket.Limiter == claude.LimiterTokens {
			continue
		}
		seen := book[l.Bucket]
		if seen == nil {
			seen = &seenLimit{limit: limit}
			book[l.Bucket] = seen
		}
		seen.here = true
		seen.note(limit, now)
	}
	for b, seen := range book {
		if !seen.here {
			delete(book, b)
		}
		seen.here = false
	}
}

func (s *seenLimit) note(limit int64, now time.Time) {
	switch {
	case limit == s.limit:
		s.candidate = 0
	case limit != s.candidate:
		s.candidate, s.since = limit, now
	case now.Sub(s.since) >= limitSettles:
		s.from, s.limit, s.changed, s.candidate = s.limit, limit, now, 0
	}
}

func limitFacts(a *Alert, b claude.Bucket, l *seenLimit) Facts {
	verb := "went up"
	do := "Look whether configured limits and concurrency should follow."
	if l.limit < l.from {
		verb, do = "went down", "Ask in the Claude Console, under Limits, why it is lower, and slow the apps down to fit it."
	}
	f := Facts{
		Title:  fmt.Sprintf("limit of %s %s to %s a minute", bucketName(b), verb, grouped(l.limit)),
		Fields: []Field{{"Before", grouped(l.from) + " a minute"}, {"Now", grouped(l.limit) + " a minute"}},
	}
	if b.Organization != "" {
		f.Fields = append(f.Fields, Field{"Organization", b.Organization})
	}
	if a.State != Resolved {
		f.Do = []string{do}
	}
	return f
}
