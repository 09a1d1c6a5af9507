package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// maxOrigins bounds what a hostile log can make the rules remember; what is beyond it is not watched.
const maxOrigins = 1000

// origin is who a baseline belongs to.
type origin struct{ provider, organization string }

func (o origin) labels() map[string]string {
	return labels("provider", o.provider, "organization", o.organization)
}

func rateLimitedRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "rate_limited_spike", Severity: Critical, Enabled: true,
			Help: "Far more calls than usual for the organization were refused with 429 in 5 minutes, or over 10 % while nothing is known of what is usual.",
			Fire: claude.Some(0.05), FireIs: "least share of calls", Hold: 5 * time.Minute,
		},
		unit: "ratio", window: 5 * time.Minute,
		evaluate: func(r *rule, s *scene) []finding {
			var found []finding
			for o, w := range s.refused {
				v := w.assess(s.Now, r.Fire.Or(0.05))
				found = append(found, finding{
					labels: o.labels(), condition: v.fires, value: claude.Some(v.share()),
					facts: func(a *Alert) Facts { return refusedFacts(a, o, v, w.cause()) },
				})
			}
			return found
		},
	}
}

// observeRefused counts a change of a live call. Refusals that have to do with money are another alert's, and retries would
// count a refused request several times.
func observeRefused(spikes map[origin]*spike, c *claude.Change, now time.Time) {
	retry, known := c.After.Retry.Get()
	if c.After.Cause.Spend() || retry > 0 {
		return
	}
	a := attempt{blurred: !known, cause: c.After.Cause}
	if c.New {
		a.calls = 1
	}
	if c.After.RateLimited() && (c.New || !c.Before.RateLimited()) {
		a.refused = 1
	}
	if a.calls == 0 && a.refused == 0 {
		return
	}
	spikeOf(spikes, origin{c.After.Provider, c.After.Organization}).add(c.After.Time, now, a)
}

// seed takes stored minutes as the baseline, decayed to the newest of them.
func seed(spikes map[origin]*spike, traffic []claude.Traffic) {
	for _, t := range traffic {
		s := spikeOf(spikes, origin{t.Provider, t.Organization})
		if s.aged.IsZero() {
			s.aged = t.Minute
		}
		weight := 1.0
		if late := s.aged.Sub(t.Minute); late > 0 { // out of order
			weight = halved(late)
		} else {
			s.decay(t.Minute)
		}
		s.baseline.calls += weight * float64(t.Calls)
		s.baseline.refused += weight * float64(t.RateLimited)
	}
}

func spikeOf(spikes map[origin]*spike, o origin) *spike {
	s := spikes[o]
	if s == nil {
		s = newSpike()
		if len(spikes) < maxOrigins {
			spikes[o] = s
		}
	}
	return s
}

func refusedFacts(a *Alert, o origin, v verdict, cause claude.Cause) Facts {
	f := Facts{Title: fmt.Sprintf("%s of calls refused with 429%s", percent(a.Value), ofOrganization(o.organization))}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("up to %s of calls were refused with 429%s", percent(a.Peak), ofOrganization(o.organization))
	}
	usual := "not known yet"
	if v.known {
		usual = percent(v.usual)
	}
	f.Fields = []Field{
		{"Refused", fmt.Sprintf("%s of %s calls in 5 min", grouped(int64(v.window.refused)), grouped(int64(v.window.calls)))},
		{"Peak", percent(a.Peak)},
		{"Usual", usual},
	}
	if cause != "" {
		f.Fields = append(f.Fields, Field{"Most frequent cause", words(claude.Limiter(cause))})
	}
	if a.State != Resolved {
		f.Do = refusalAdvice(cause)
	}
	return f
}

func ofOrganization(organization string) string {
	if organization == "" {
		return ""
	}
	return " in organization " + organization
}
