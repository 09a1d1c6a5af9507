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

const rateLimitedSpike = "rate_limited_spike"

func rateLimitedRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: rateLimitedSpike, Severity: Critical, Enabled: true,
			Help: "Far more calls than usual for the organization were refused with 429 in 5 minutes, or over 10 % while nothing is known of what is usual.",
			Fire: claude.Some(0.05), FireIs: "least share of calls", Hold: 5 * time.Minute,
		},
		unit: "ratio", window: 5 * time.Minute,
		evaluate: func(r *rule, s *scene) []finding {
			return overSpikes(r, s.refused, s, refusedFacts)
		},
	}
}

// overSpikes asks the spike test of every organization.
func overSpikes(r *rule, spikes map[origin]*spike, s *scene, facts func(*Alert, origin, verdict, *spike, *scene) Facts) []finding {
	var found []finding
	for o, w := range spikes {
		v := w.assess(s.Now, r.Fire.Or(0.05))
		found = append(found, finding{
			of: o, condition: v.fires, value: claude.Some(v.share()),
			facts: func(a *Alert) Facts { return facts(a, o, v, w, s) },
		})
	}
	return found
}

// observeSpike counts a change of a live call. Refusals that have to do with money are another alert's, and retries would
// count a refused request several times. met is the spike of the call's origin, or nil until it was looked up.
func observeSpike(spikes map[origin]*spike, met **spike, c *claude.Change, now time.Time, refused func(*claude.Call) bool) {
	retry, known := c.After.Retry.Get()
	if c.After.Cause.Spend() || retry > 0 {
		return
	}
	a := attempt{blurred: !known, cause: c.After.Cause}
	if c.New {
		a.calls = 1
	}
	if refused(&c.After) && (c.New || !refused(c.Before)) {
		a.refused = 1
	}
	if a.calls == 0 && a.refused == 0 {
		return
	}
	if *met == nil {
		*met = spikeOf(spikes, origin{c.After.Provider, c.After.Organization})
	}
	(*met).add(c.After.Time, now, a)
}

// seed takes stored minutes as the baseline, decayed to the newest of them.
func seed(spikes map[origin]*spike, traffic []claude.Traffic, refused func(*claude.Traffic) int64) {
	for i := range traffic {
		t := &traffic[i]
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
		s.baseline.refused += weight * float64(refused(t))
	}
}

func rateLimitedOf(t *claude.Traffic) int64 { return t.RateLimited }

func overloadedOf(t *claude.Traffic) int64 { return t.Overloaded }

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

func refusedFacts(a *Alert, o origin, v verdict, w *spike, s *scene) Facts {
	f := Facts{Title: fmt.Sprintf("%s of calls refused with 429%s", percent(a.Value), ofOrganization(o.organization)), Fields: spikeFields(a, v, "Refused")}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("up to %s of calls were refused with 429%s", percent(a.Peak), ofOrganization(o.organization))
	}
	cause := w.cause()
	if cause != "" {
		f.Fields = append(f.Fields, Field{"Most frequent cause", words(claude.Limiter(cause))})
	}
	fullest, used := fullestOf(o, s)
	if fullest != nil {
		f.Fields = append(f.Fields, Field{"Nearest limit", bucketName(fullest.Bucket) + " at " + percent(used)})
	}
	if a.State != Resolved {
		f.Do = refusalAdvice(cause, fullest != nil && used < 0.5)
	}
	return f
}

// spikeFields says how many calls failed and what is usual.
func spikeFields(a *Alert, v verdict, what string) []Field {
	usual := "not known yet"
	if v.known {
		usual = percent(v.usual)
	}
	return []Field{
		{what, fmt.Sprintf("%s of %s calls in 5 min", grouped(int64(v.window.refused)), grouped(int64(v.window.calls)))},
		{"Peak", percent(a.Peak)},
		{"Usual", usual},
	}
}

// fullestOf returns the limit of an organization that is nearest to running out, or nil.
func fullestOf(o origin, s *scene) (*claude.Level, float64) {
	var fullest *claude.Level
	most := -1.0
	for i := range s.Levels {
		l := &s.Levels[i]
		used, ok := usedLately(l, s.Now).Get()
		if ok && !l.Derived && l.Bucket.Provider == o.provider && l.Bucket.Organization == o.organization && used > most {
			fullest, most = l, used
		}
	}
	return fullest, most
}

func ofOrganization(organization string) string {
	if organization == "" {
		return ""
	}
	return " in organization " + organization
}
