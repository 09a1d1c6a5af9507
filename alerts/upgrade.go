package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Forecast is when the use of a bucket will reach 80 % of its limit: most likely at Mid, and between Low and High with a chance
// of four in five. A zero Mid is never, or not to be told; a zero High is never.
type Forecast struct {
	Bucket         claude.Bucket
	Low, Mid, High time.Time
}

// upgradeSlack is how much later than the threshold a forecast must be to be clear: it moves from day to day.
const upgradeSlack = 1.25

func upgradeRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "upgrade_due", Severity: Info, Enabled: true,
			Help: "The forecast reaches 80 % of a limit within 14 days.",
			Fire: claude.Some(14.0), FireIs: "days, at most", Hold: 24 * time.Hour,
		},
		unit: "days", mutedBy: []mute{{rule: "agent_blind"}},
		evaluate: func(r *rule, s *scene) []finding {
			var found []finding
			for _, f := range s.forecasts {
				if f.Mid.IsZero() {
					continue
				}
				days := max(0, f.Mid.Sub(s.Now).Hours()/24)
				condition := Between
				switch most := r.Fire.Or(14); {
				case days <= most:
					condition = Fire
				case days > most*upgradeSlack:
					condition = Clear
				}
				found = append(found, finding{
					of: bucketSubject(f.Bucket), condition: condition, value: claude.Some(days),
					facts: func(a *Alert) Facts { return upgradeFacts(a, f) },
				})
			}
			return found
		},
	}
}

func upgradeFacts(a *Alert, f Forecast) Facts {
	name := bucketName(f.Bucket)
	if a.State == Resolved {
		return Facts{Title: name + " will not reach 80 % of the limit soon"}
	}
	last := "never"
	if !f.High.IsZero() {
		last = day(f.High)
	}
	facts := Facts{
		Title:  fmt.Sprintf("%s will reach 80 %% of the limit about %s", name, day(f.Mid)),
		Fields: []Field{{"Most likely", day(f.Mid)}, {"4 in 5 chance", fmt.Sprintf("%s to %s", day(f.Low), last)}},
	}
	facts.Do = []string{"Ask for a higher limit in the Claude Console, under Limits: that is possible from 50 % use on and takes a while."}
	return facts
}

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }
