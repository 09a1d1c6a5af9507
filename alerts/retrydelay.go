package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// delayKey is who lost time.
type delayKey struct{ provider, organization, app string }

func (k delayKey) labels() map[string]string {
	return labels("provider", k.provider, "organization", k.organization, "app", k.app)
}

// delays counts what an app's refused calls were told to wait, in the bins of 5 minutes.
type delays struct {
	bins [spikeBins + 1]delayBin
}

type delayBin struct {
	at      int64
	seconds float64
	calls   int64
}

// mostDelay is how much one refusal counts for at most: nobody loses more than the window in the window.
const mostDelay = 300.0

func retryDelayRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "retry_delay_high", Severity: Warning, Enabled: true,
			Help: "The refused calls of an app were told to wait for more than 60 seconds together within 5 minutes (retry-after).",
			Fire: claude.Some(60.0), FireIs: "seconds lost in 5 minutes", Resolve: claude.Some(30.0), Hold: 5 * time.Minute,
		},
		unit: "seconds", window: 5 * time.Minute,
		evaluate: func(r *rule, s *scene) []finding {
			var found []finding
			for k, d := range s.delays {
				sum := d.sum(s.Now)
				condition := threshold(sum.seconds, r.Fire.Or(60), r.Resolve.Or(30))
				if sum.seconds == r.Fire.Or(60) { // more than that, it says
					condition = Between
				}
				found = append(found, finding{
					of: k, condition: condition, value: claude.Some(sum.seconds),
					facts: func(a *Alert) Facts { return delayFacts(a, k, sum) },
				})
			}
			return found
		},
	}
}

// observeDelay notes what a live call was told to wait. A cap on spending is no matter of waiting.
func observeDelay(all map[delayKey]*delays, c *claude.Change, now time.Time) {
	if !c.After.RetryAfterSeconds.Known() { // as of most calls: nobody told it to wait
		return
	}
	lost := c.Tally().RetryDelaySeconds
	if lost <= 0 || c.After.Cause.Spend() {
		return
	}
	k := delayKey{c.After.Provider, c.After.Organization, c.After.App}
	d := all[k]
	if d == nil {
		if len(all) >= maxOrigins {
			return
		}
		d = &delays{}
		all[k] = d
	}
	at := c.After.Time
	if at.After(now) {
		at = now
	}
	d.add(binOf(at), min(lost, mostDelay))
}

func (d *delays) add(at int64, seconds float64) {
	b := &d.bins[at%int64(len(d.bins))]
	if at < b.at { // too old
		return
	}
	if at > b.at {
		*b = delayBin{at: at}
	}
	b.seconds += seconds
	b.calls++
}

// sum adds up the 5 minutes that end now.
func (d *delays) sum(now time.Time) delayBin {
	sum := delayBin{at: binOf(now)}
	for _, b := range d.bins {
		if b.at > sum.at-spikeBins && b.at <= sum.at {
			sum.seconds += b.seconds
			sum.calls += b.calls
		}
	}
	return sum
}

func delayFacts(a *Alert, k delayKey, sum delayBin) Facts {
	who := k.app
	if who == "" {
		who = "an unnamed app"
	}
	f := Facts{
		Title: fmt.Sprintf("%s lost %s to retries in 5 min%s", who, Amount(a.Value, "seconds"), ofOrganization(k.organization)),
		Fields: []Field{
			{"Told to wait", fmt.Sprintf("%s over %s refused calls", Amount(sum.seconds, "seconds"), grouped(sum.calls))},
			{"Peak", Amount(a.Peak, "seconds")},
		},
	}
	if a.State == Resolved {
		f.Title = fmt.Sprintf("%s lost up to %s to retries in 5 min%s", who, Amount(a.Peak, "seconds"), ofOrganization(k.organization))
		return f
	}
	f.Do = []string{
		"Run fewer of its calls at the same time: each refusal is a call that waits, and SDKs wait without saying so.",
		"Send what can wait through the Message Batches API, which has limits of its own.",
	}
	return f
}
