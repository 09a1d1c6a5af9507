package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// spendKey is whom a spend limit stops, and which.
type spendKey struct {
	provider, organization, workspace string
	cause                             claude.Cause
}

func (k spendKey) labels() map[string]string {
	return labels("provider", k.provider, "organization", k.organization, "workspace", k.workspace, "cause", string(k.cause))
}

// concerns reports whether a call may be under the same limit. What the log of either did not tell can't tell them apart.
func (k spendKey) concerns(c *claude.Call) bool {
	same := func(a, b string) bool { return a == b || a == "" || b == "" }
	return same(k.provider, c.Provider) && same(k.organization, c.Organization) && same(k.workspace, c.Workspace)
}

// spend is a spend limit that refused calls, and what was seen of it.
type spend struct {
	refused int64
	last    time.Time // the newest refusal
	ends    time.Time // zero when unknown
	passed  time.Time // the newest success since
}

func spendCapRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "spend_cap_reached", Severity: Critical, Enabled: true,
			Help: "A call was refused because of a spend cap or limit; it ends when the limit does, or with the first call that passes.",
			Hold: 2 * time.Minute,
		},
		unit: "calls",
		evaluate: func(_ *rule, s *scene) []finding {
			var found []finding
			for k, sp := range s.spends {
				found = append(found, finding{
					of: k, condition: sp.condition(s.Now), value: claude.Some(float64(sp.refused)), endsAt: sp.ends,
					facts: func(a *Alert) Facts { return spendFacts(a, k, sp, s.Now) },
				})
			}
			return found
		},
	}
}

func (sp *spend) condition(now time.Time) Condition {
	switch {
	case !sp.ends.IsZero() && !now.Before(sp.ends): // it has run out
		return Clear
	case sp.passed.After(sp.last): // somebody raised it
		return Clear
	default: // it holds, however quiet it is
		return Fire
	}
}

// over reports that nothing is left to remember of a limit.
func (sp *spend) over(now time.Time) bool {
	return sp.condition(now) == Clear && now.Sub(sp.last) > ReopenWindow && now.Sub(sp.ends) > ReopenWindow
}

// observeSpend notes a live call that a spend limit refused, or that passed where one did.
func observeSpend(spends map[spendKey]*spend, c *claude.Change, now time.Time) {
	call := &c.After
	at := call.Time
	if at.After(now) {
		at = now
	}
	switch {
	case call.Cause.Spend():
		if !c.New && c.Before.Cause == call.Cause { // told before
			return
		}
		k := spendKey{call.Provider, call.Organization, call.Workspace, call.Cause}
		sp := spends[k]
		if sp == nil && len(spends) >= maxOrigins {
			return
		}
		if sp == nil || sp.over(now) {
			sp = &spend{}
			spends[k] = sp
		}
		sp.refused++
		if !at.Before(sp.last) {
			sp.last = at
		}
		if end := call.SpendEnd(); end.After(sp.ends) {
			sp.ends = end
		}
	case call.Status >= 200 && call.Status < 300 && call.ErrorType == "":
		for k, sp := range spends {
			if k.concerns(call) && at.After(sp.passed) {
				sp.passed = at
			}
		}
	}
}

// recallSpends takes up the limits that alerts of an earlier run hold.
func recallSpends(spends map[spendKey]*spend, a *Alert) {
	k := spendKey{a.Labels["provider"], a.Labels["organization"], a.Labels["workspace"], claude.Cause(a.Labels["cause"])}
	if a.Rule != spendCapRule().Name || spends[k] != nil || !a.Active() && a.State != Pending {
		return
	}
	sp := &spend{refused: int64(a.Value), last: a.FiredAt, ends: a.EndsAt}
	if a.State == Recovering { // it was seen to pass
		sp.passed = a.EvaluatedAt
	}
	spends[k] = sp
}

func spendFacts(a *Alert, k spendKey, sp *spend, now time.Time) Facts {
	what := map[claude.Cause]string{
		claude.CauseSpendCap:           "monthly spend cap",
		claude.CauseContractSpendLimit: "contract spend limit",
		claude.CauseOwnSpendLimit:      "own spend limit or credit",
	}[k.cause]
	whose := ofOrganization(k.organization)
	if k.workspace != "" {
		whose += ", workspace " + k.workspace
	}
	f := Facts{Title: what + " reached" + whose, Fields: []Field{{"Refused", grouped(sp.refused) + " calls"}}}
	if a.State == Resolved {
		f.Title = what + " no longer refuses calls" + whose
		return f
	}
	ends := "not known: when it is raised"
	if !sp.ends.IsZero() {
		ends = fmt.Sprintf("%s (in %s)", clock(sp.ends, now), Span(sp.ends.Sub(now)))
	}
	f.Fields = append(f.Fields, Field{"Ends", ends})
	f.Do = spendAdvice(k.cause, sp.ends, now)
	return f
}
