package alerts

import "time"

// Condition is what a rule finds of one set of labels at one instant.
type Condition int

// The conditions. Between is the dead band: neither bad enough to fire nor good enough to be clear.
const (
	Between Condition = iota
	Fire
	Clear
)

// Reason names why a step went the way it went; it is kept with the alert and goes into logs.
type Reason string

// The reasons of steps.
const (
	ReasonQuiet       Reason = "quiet"                // nothing is or was wrong
	ReasonPending     Reason = "waiting out for"      // fires, for less than its For
	ReasonAborted     Reason = "cleared before for"   // pending and no longer firing: nobody hears of it
	ReasonFired       Reason = "fired"                // a new episode
	ReasonMuted       Reason = "fired muted"          // a new episode that a graver alert speaks for
	ReasonUnmuted     Reason = "unmuted"              // the graver alert is over and this one still fires
	ReasonReopened    Reason = "fired again"          // the same episode goes on
	ReasonFiring      Reason = "still firing"         // nothing new worth an edit
	ReasonPeak        Reason = "rose"                 // the peak rose enough for an edit
	ReasonEnd         Reason = "end changed"          // the known end moved
	ReasonEscalated   Reason = "became graver"        // its severity rose
	ReasonRecovering  Reason = "clear, waiting"       // clear for less than the hold
	ReasonRelapsed    Reason = "clear and back"       // not clear for the whole hold
	ReasonUnsettled   Reason = "clear, data too new"  // clear, but the agent has not watched long enough since its start
	ReasonResolved    Reason = "resolved"             // clear for the whole hold
	ReasonEnded       Reason = "its end was reached"  // resolved at the end that was known
	ReasonKept        Reason = "resolved, kept"       // in the re-open window
	ReasonForgotten   Reason = "re-open window over"  // inactive again
	ReasonBlind       Reason = "frozen while blind"   // the agent can't observe
	ReasonRestarted   Reason = "restarted"            // clocks moved by the gap
	ReasonStale       Reason = "pending before a gap" // too long ago to go on
	ReasonRuleRemoved Reason = "rule removed"         // the rule is gone or turned off
)

// Timings of the machine that no setting changes.
const (
	ReopenWindow = 30 * time.Minute // firing again within it continues the episode
	flapWindow   = time.Hour
	flapFires    = 3
	maxHold      = time.Hour
	maxGap       = time.Hour // a pending alert does not survive a longer gap
	minEdit      = time.Minute
)

// Input is what a rule found and how patient it is.
type Input struct {
	Condition Condition
	Value     float64
	Unknown   bool          // there is no value: Value and Peak stay as they are
	Points    bool          // the value is a ratio: 5 points more are worth an edit
	For       time.Duration // how long it must fire before anybody hears of it
	Hold      time.Duration // how long it must be clear to be resolved
	EndsAt    time.Time     // when the condition ends by itself; zero when unknown
	Blind     bool          // the agent can't observe
	Unsettled bool          // too little seen since the start to resolve anything
	Muted     bool          // a graver alert speaks for a new episode of this one
	Escalated bool          // its severity rose with this input: whoever hears of the graver ones must be told
}

// Step is the state machine: it returns what an alert becomes, and why. Nothing but its arguments matters.
func Step(a Alert, in Input, now time.Time) (Alert, Reason) {
	if in.Blind {
		return a.freeze(now), ReasonBlind
	}
	state, revision := a.State, a.Revision
	if now.Before(a.EvaluatedAt) { // the clock went back: no time has passed
		now = a.EvaluatedAt
	}
	a.EvaluatedAt = now
	a.Fires = recent(a.Fires, now)
	var r Reason
	switch a.State {
	case Firing:
		a, r = a.stepFiring(in, now)
	case Recovering:
		a, r = a.stepRecovering(in, now)
	case Pending:
		a, r = a.stepPending(in, now)
	case Resolved:
		a, r = a.stepResolved(in, now)
	default:
		a, r = a.stepInactive(in, now)
	}
	if in.Escalated && a.State == Firing && a.Revision > 0 && a.Revision == revision {
		a, r = a.revise(now), ReasonEscalated
	}
	if a.State != state || a.Revision != revision {
		a.Reason = string(r)
	}
	return a, r
}

func (a Alert) stepInactive(in Input, now time.Time) (Alert, Reason) {
	a.State = Inactive
	switch {
	case in.Condition != Fire: // nothing is wrong
		return a, ReasonQuiet
	case in.For > 0: // wrong, perhaps not for long
		a.State, a.ActiveAt = Pending, now
		a.Value = in.Value
		return a, ReasonPending
	default: // wrong, and the rule does not wait
		a.ActiveAt = now
		return a.fire(in, now)
	}
}

func (a Alert) stepPending(in Input, now time.Time) (Alert, Reason) {
	switch {
	case in.Condition != Fire && !a.ResolvedAt.IsZero() && now.Sub(a.ResolvedAt) < ReopenWindow: // an episode is still open to go on
		a.State, a.ActiveAt = Resolved, time.Time{}
		return a, ReasonAborted
	case in.Condition != Fire: // it was nothing: no message
		return a.forget(now), ReasonAborted
	case now.Sub(a.ActiveAt) >= in.For: // long enough
		return a.fire(in, now)
	default: // not long enough yet
		a.Value = in.Value
		return a, ReasonPending
	}
}

func (a Alert) stepFiring(in Input, now time.Time) (Alert, Reason) {
	a = a.measure(in)
	switch {
	case in.Condition != Fire && a.ended(in, now): // it ended when it was said to end: there is nothing to wait for
		return a.resolve(now, ReasonEnded)
	case in.Condition == Clear: // begin to count
		a.State, a.ClearSince = Recovering, now
		return a.recover(in, now)
	case a.Revision == 0 && !in.Muted && in.Condition == Fire: // nobody spoke for it to the end
		return a.revise(now), ReasonUnmuted
	case a.Revision == 0: // muted, or in the dead band: still nothing to say
		return a, ReasonFiring
	default: // go on, and tell what is worth telling
		return a.edit(in, now)
	}
}

func (a Alert) stepRecovering(in Input, now time.Time) (Alert, Reason) {
	a = a.measure(in)
	switch {
	case in.Condition != Fire && a.ended(in, now): // as above
		return a.resolve(now, ReasonEnded)
	case in.Condition == Clear: // go on counting
		return a.recover(in, now)
	case in.Condition == Fire && now.Sub(a.ClearSince) >= in.Hold: // only the doubled hold kept it from firing anew: it still flaps
		a.Fires = append(a.Fires, now)
		a.State, a.ClearSince = Firing, time.Time{}
		return a, ReasonRelapsed
	default: // it fires, or is in the dead band: never clear for the whole hold, no message
		a.State, a.ClearSince = Firing, time.Time{}
		return a, ReasonRelapsed
	}
}

// recover resolves an alert that has been clear for the hold.
func (a Alert) recover(in Input, now time.Time) (Alert, Reason) {
	switch {
	case now.Sub(a.ClearSince) < a.hold(in.Hold): // not yet
		return a, ReasonRecovering
	case in.Unsettled: // long enough, but the quiet may be the agent's own
		return a, ReasonUnsettled
	default:
		return a.resolve(now, ReasonResolved)
	}
}

func (a Alert) stepResolved(in Input, now time.Time) (Alert, Reason) {
	over := now.Sub(a.ResolvedAt) > ReopenWindow
	switch {
	case in.Condition == Fire && over: // too late to be the same episode
		return a.forget(now).stepInactive(in, now)
	case in.Condition == Fire && in.For > 0: // perhaps the same episode
		a.State, a.ActiveAt = Pending, now
		return a, ReasonPending
	case in.Condition == Fire: // the same episode
		a.ActiveAt = now
		return a.fire(in, now)
	case over: // nothing goes on any more
		return a.forget(now), ReasonForgotten
	default: // wait whether it comes back
		return a, ReasonKept
	}
}

// fire begins an episode or re-opens the last one.
func (a Alert) fire(in Input, now time.Time) (Alert, Reason) {
	reopened := a.Episode != "" && now.Sub(a.ResolvedAt) <= ReopenWindow+in.For
	a.State, a.ClearSince, a.EndsAt = Firing, time.Time{}, in.EndsAt
	a.Fires = append(recent(a.Fires, now), now)
	if reopened {
		a.ResolvedAt = time.Time{}
		a = a.measure(in)
		if a.Revision == 0 && in.Muted { // nobody has heard of the episode, and nobody needs to
			return a, ReasonMuted
		}
		return a.revise(now), ReasonReopened
	}
	a.FiredAt, a.ResolvedAt, a.Revision, a.Peak, a.Told = now, time.Time{}, 0, 0, 0
	a.Episode = episode(a.Fingerprint, now)
	a = a.measure(in)
	if in.Muted { // a revision of 0 is what nobody was told of
		return a, ReasonMuted
	}
	return a.revise(now), ReasonFired
}

// resolve ends an episode. One that nobody heard of ends unheard.
func (a Alert) resolve(now time.Time, r Reason) (Alert, Reason) {
	a.State, a.ResolvedAt, a.ClearSince, a.ActiveAt = Resolved, now, time.Time{}, time.Time{}
	if a.Revision > 0 {
		a = a.revise(now)
	}
	return a, r
}

// edit raises the revision when the peak or the known end changed enough, at most once a minute.
func (a Alert) edit(in Input, now time.Time) (Alert, Reason) {
	if now.Sub(a.RevisedAt) < minEdit {
		return a, ReasonFiring
	}
	rose := a.Peak - a.Told
	switch {
	case in.Points && rose >= 0.05-1e-9, a.Told > 0 && rose >= 0.2*a.Told: // 5 points or a fifth more
		return a.revise(now), ReasonPeak
	case !in.EndsAt.IsZero() && !in.EndsAt.Equal(a.EndsAt): // another end is news
		a.EndsAt = in.EndsAt
		return a.revise(now), ReasonEnd
	default:
		return a, ReasonFiring
	}
}
