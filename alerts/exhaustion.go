package alerts

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// nearExhaustion is how soon a bucket must run dry for the alert; from twice that on it is clear.
const nearExhaustion = time.Minute

func exhaustionRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "limit_exhaustion_imminent", Severity: Critical, Enabled: true,
			Help: "A limit is about to run out: 95 % full with a load of 80 % over 2 minutes, or 60 seconds to go at this rate.",
			Fire: claude.Some(0.95), FireIs: "fill ratio", Resolve: claude.Some(0.80), Hold: 10 * time.Minute,
		},
		unit: "ratio", mutedBy: []mute{{"rate_limited_spike", []string{"provider", "organization"}}}, window: 10 * time.Minute,
		evaluate: func(r *rule, s *scene) []finding {
			return overLevels(r, s, func(l *claude.Level) (claude.Opt[float64], Condition) {
				value := fillLately(l, s.Now)
				if !value.Known() { // no header tells the fill: the load is what there is
					value = l.Used()
				}
				return value, r.exhaustion(l, s.Now)
			})
		},
	}
}

func fillLately(l *claude.Level, now time.Time) claude.Opt[float64] {
	if read, ok := fillAsRead(l, now); ok {
		return claude.Some(max(read, l.Fill.Or(read)))
	}
	return l.Fill
}

// exhaustion tells whether a bucket is about to run dry. A full bucket alone is not: one large call fills it for seconds.
func (r *rule) exhaustion(l *claude.Level, now time.Time) Condition {
	fill, left := fillLately(l, now).Or(0), l.Exhausted.Sub(now)
	approaching := !l.Exhausted.IsZero()
	switch {
	case approaching && left <= nearExhaustion: // it runs dry in a minute, however full it is now
		return Fire
	case fill >= r.Fire.Or(1) && l.Load2m.Or(0) >= 0.80: // it is nearly dry and use goes on
		return Fire
	case approaching && left <= 2*nearExhaustion: // not far enough away to be over
		return Between
	case fill >= r.Resolve.Or(1) && l.Load2m.Or(0) >= 0.70: // not empty enough to be over
		return Between
	default:
		return Clear
	}
}
