package alerts

import (
	"slices"
	"strconv"
	"time"
)

// Restart moves an alert over a gap in which no agent watched, from its last evaluation to now: a firing one stays firing and
// nobody is told again, the clocks of the others stand still for the gap, and a pending one is dropped when the gap is longer
// than an hour.
func Restart(a Alert, now time.Time) (Alert, Reason) {
	gap := now.Sub(a.EvaluatedAt)
	if a.State == Pending && gap > maxGap {
		// The episode before it, if any, is over by far.
		a = a.forget(now)
		a.Reason = string(ReasonStale)
		return a, ReasonStale
	}
	return a.freeze(now), ReasonRestarted
}

// Retire ends the alert of a rule that is gone, so that no receiver shows it as firing for ever.
func Retire(a Alert, now time.Time) (Alert, Reason) {
	r := ReasonRuleRemoved
	if a.State == Firing || a.State == Recovering {
		a, r = a.resolve(now, r)
	} else if a.State != Resolved {
		a = a.forget(now)
	}
	a.EvaluatedAt, a.Reason = now, string(r)
	return a, r
}

// Flapping reports that the alert fired three times or more in the last hour, which doubles its hold.
func (a *Alert) Flapping() bool { return len(a.Fires) >= flapFires }

// Active reports that the alert is firing, as far as anybody is told.
func (a *Alert) Active() bool { return a.State == Firing || a.State == Recovering }

// freeze lets no time pass for the clocks between the last evaluation and now.
func (a Alert) freeze(now time.Time) Alert {
	gap := max(0, now.Sub(a.EvaluatedAt))
	if a.EvaluatedAt.IsZero() {
		gap = 0
	}
	if a.State == Pending {
		a.ActiveAt = a.ActiveAt.Add(gap)
	}
	if a.State == Recovering {
		a.ClearSince = a.ClearSince.Add(gap)
	}
	a.EvaluatedAt = now
	return a
}

// hold doubles with each fire of the last hour from the third on, up to an hour.
func (a *Alert) hold(base time.Duration) time.Duration {
	if !a.Flapping() {
		return base
	}
	h := max(base, time.Minute)
	for range len(a.Fires) - flapFires + 1 {
		h *= 2
		if h >= maxHold {
			return max(maxHold, base)
		}
	}
	return h
}

func (a *Alert) ended(in Input, now time.Time) bool {
	end := in.EndsAt
	if end.IsZero() {
		end = a.EndsAt
	}
	return !end.IsZero() && !now.Before(end)
}

func (a Alert) measure(in Input) Alert {
	if !in.Unknown {
		a.Value = in.Value
		a.Peak = max(a.Peak, in.Value)
	}
	return a
}

func (a Alert) revise(now time.Time) Alert {
	a.Revision++
	a.RevisedAt, a.Told = now, a.Peak
	return a
}

// forget makes an alert inactive. Only what flap damping needs is left of it.
func (a Alert) forget(now time.Time) Alert {
	return Alert{
		Fingerprint: a.Fingerprint, Rule: a.Rule, Severity: a.Severity, Labels: a.Labels,
		State: Inactive, EvaluatedAt: now, Fires: a.Fires,
	}
}

// recent returns the fires of the last hour.
func recent(fires []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(fires), func(t time.Time) bool { return now.Sub(t) > flapWindow })
}

// episode names an episode. Two of one fingerprint are at least the re-open window apart.
func episode(fingerprint string, fired time.Time) string {
	return fingerprint[:min(len(fingerprint), 16)] + "-" + strconv.FormatInt(fired.Unix(), 10)
}
