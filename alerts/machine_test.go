package alerts

import (
	"math/rand/v2"
	"testing"
	"time"
)

var t0 = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// at is a step of a story: what the rule finds at a time, and what becomes of the alert.
type at struct {
	after    time.Duration
	in       Input
	restart  bool
	want     State
	reason   Reason
	revision int64
}

func usage(v float64) Input {
	return Input{Condition: threshold(v, 0.8, 0.7), Value: v, Points: true, Hold: 10 * time.Minute}
}

func with(in Input, change func(*Input)) Input {
	change(&in)
	return in
}

func TestStep(t *testing.T) {
	patient := func(v float64) Input { return with(usage(v), func(in *Input) { in.For = 2 * time.Minute }) }
	blind := Input{Blind: true}
	muted := func(v float64) Input { return with(usage(v), func(in *Input) { in.Muted = true }) }
	unsettled := func(v float64) Input { return with(usage(v), func(in *Input) { in.Unsettled = true }) }
	ends := func(v float64, end time.Duration) Input {
		return with(usage(v), func(in *Input) { in.EndsAt = t0.Add(end) })
	}
	m, s, h := time.Minute, time.Second, time.Hour
	stories := map[string][]at{
		"quiet":                  {{0, usage(0.5), false, Inactive, ReasonQuiet, 0}, {m, usage(0.75), false, Inactive, ReasonQuiet, 0}},
		"one reading is enough":  {{0, usage(0.8), false, Firing, ReasonFired, 1}},
		"just below":             {{0, usage(0.799), false, Inactive, ReasonQuiet, 0}},
		"for":                    {{0, patient(0.9), false, Pending, ReasonPending, 0}, {m, patient(0.9), false, Pending, ReasonPending, 0}, {2 * m, patient(0.9), false, Firing, ReasonFired, 1}},
		"cleared before for":     {{0, patient(0.9), false, Pending, ReasonPending, 0}, {m, patient(0.75), false, Inactive, ReasonAborted, 0}},
		"dead band keeps firing": {{0, usage(0.81), false, Firing, ReasonFired, 1}, {h, usage(0.71), false, Firing, ReasonFiring, 1}},
		"hold": {
			{0, usage(0.81), false, Firing, ReasonFired, 1},
			{m, usage(0.6), false, Recovering, ReasonRecovering, 1},
			{11*m - s, usage(0.6), false, Recovering, ReasonRecovering, 1},
			{11 * m, usage(0.6), false, Resolved, ReasonResolved, 2},
			{41 * m, usage(0.6), false, Resolved, ReasonKept, 2},
			{41*m + s, usage(0.6), false, Inactive, ReasonForgotten, 0},
		},
		"relapse in the dead band starts the hold again": {
			{0, usage(0.81), false, Firing, ReasonFired, 1},
			{m, usage(0.6), false, Recovering, ReasonRecovering, 1},
			{10 * m, usage(0.75), false, Firing, ReasonRelapsed, 1},
			{11 * m, usage(0.6), false, Recovering, ReasonRecovering, 1},
			{20 * m, usage(0.6), false, Recovering, ReasonRecovering, 1},
			{21 * m, usage(0.6), false, Resolved, ReasonResolved, 2},
		},
		"relapse while firing is no message": {
			{0, usage(0.81), false, Firing, ReasonFired, 1},
			{m, usage(0.6), false, Recovering, ReasonRecovering, 1},
			{2 * m, usage(0.82), false, Firing, ReasonRelapsed, 1},
		},
		"no hold resolves at once": {
			{0, usage(0.9), false, Firing, ReasonFired, 1},
			{m, with(usage(0.5), func(in *Input) { in.Hold = 0 }), false, Resolved, ReasonResolved, 2},
		},
		"re-open": {
			{0, usage(0.9), false, Firing, ReasonFired, 1},
			{m, usage(0.5), false, Recovering, ReasonRecovering, 1},
			{11 * m, usage(0.5), false, Resolved, ReasonResolved, 2},
			{40 * m, usage(0.85), false, Firing, ReasonReopened, 3},
		},
		"re-open after for": {
			{0, patient(0.9), false, Pending, ReasonPending, 0},
			{2 * m, patient(0.9), false, Firing, ReasonFired, 1},
			{3 * m, patient(0.5), false, Recovering, ReasonRecovering, 1},
			{13 * m, patient(0.5), false, Resolved, ReasonResolved, 2},
			{20 * m, patient(0.9), false, Pending, ReasonPending, 2},
			{21 * m, patient(0.5), false, Resolved, ReasonAborted, 2},
			{30 * m, patient(0.9), false, Pending, ReasonPending, 2},
			{32 * m, patient(0.9), false, Firing, ReasonReopened, 3},
		},
		"too late to re-open": {
			{0, usage(0.9), false, Firing, ReasonFired, 1},
			{m, usage(0.5), false, Recovering, ReasonRecovering, 1},
			{11 * m, usage(0.5), false, Resolved, ReasonResolved, 2},
			{42 * m, usage(0.85), false, Firing, ReasonFired, 1},
		},
		"peak edits": {
			{0, usage(0.80), false, Firing, ReasonFired, 1},
			{30 * s, usage(0.99), false, Firing, ReasonFiring, 1}, // not a minute yet
			{m, usage(0.81), false, Firing, ReasonPeak, 2},        // told now, though it fell
			{3 * m, usage(1.03), false, Firing, ReasonFiring, 2},  // 4 points
			{4 * m, usage(1.04), false, Firing, ReasonPeak, 3},    // 5 points
		},
		"blind freezes everything": {
			{0, usage(0.9), false, Firing, ReasonFired, 1},
			{m, usage(0.5), false, Recovering, ReasonRecovering, 1},
			{2 * m, blind, false, Recovering, ReasonBlind, 1},
			{3 * h, blind, false, Recovering, ReasonBlind, 1},
			{3*h + 8*m, usage(0.5), false, Recovering, ReasonRecovering, 1},
			{3*h + 9*m, usage(0.5), false, Recovering, ReasonRecovering, 1},
			{3*h + 10*m, usage(0.5), false, Resolved, ReasonResolved, 2},
		},
		"blind while pending": {
			{0, patient(0.9), false, Pending, ReasonPending, 0},
			{m, blind, false, Pending, ReasonBlind, 0},
			{10 * m, blind, false, Pending, ReasonBlind, 0},
			{11*m - s, patient(0.9), false, Pending, ReasonPending, 0},
			{12 * m, patient(0.9), false, Firing, ReasonFired, 1},
		},
		"no resolve from new data": {
			{0, usage(0.9), false, Firing, ReasonFired, 1},
			{m, unsettled(0.1), false, Recovering, ReasonRecovering, 1},
			{20 * m, unsettled(0.1), false, Recovering, ReasonUnsettled, 1},
			{21 * m, usage(0.1), false, Resolved, ReasonResolved, 2},
		},
		"muted to the end is never heard of": {
			{0, muted(0.9), false, Firing, ReasonMuted, 0},
			{5 * m, muted(1), false, Firing, ReasonFiring, 0},
			{6 * m, usage(0.75), false, Firing, ReasonFiring, 0},
			{7 * m, usage(0.5), false, Recovering, ReasonRecovering, 0},
			{17 * m, usage(0.5), false, Resolved, ReasonResolved, 0},
		},
		"unmuted":                   {{0, muted(0.9), false, Firing, ReasonMuted, 0}, {5 * m, usage(0.9), false, Firing, ReasonUnmuted, 1}},
		"muted later":               {{0, usage(0.9), false, Firing, ReasonFired, 1}, {5 * m, muted(0.99), false, Firing, ReasonPeak, 2}},
		"known end needs no hold":   {{0, ends(0.9, h), false, Firing, ReasonFired, 1}, {h, ends(0.75, h), false, Resolved, ReasonEnded, 2}},
		"known end moves":           {{0, ends(0.9, h), false, Firing, ReasonFired, 1}, {2 * m, ends(0.9, 2*h), false, Firing, ReasonEnd, 2}},
		"known end, still bad":      {{0, ends(0.9, h), false, Firing, ReasonFired, 1}, {h, ends(0.9, h), false, Firing, ReasonFiring, 1}},
		"clock goes back":           {{0, usage(0.9), false, Firing, ReasonFired, 1}, {m, usage(0.5), false, Recovering, ReasonRecovering, 1}, {-h, usage(0.5), false, Recovering, ReasonRecovering, 1}, {11 * m, usage(0.5), false, Resolved, ReasonResolved, 2}},
		"restart while inactive":    {{0, usage(0.5), false, Inactive, ReasonQuiet, 0}, {h, usage(0.9), true, Firing, ReasonFired, 1}},
		"restart while firing":      {{0, usage(0.9), false, Firing, ReasonFired, 1}, {5 * h, usage(0.9), true, Firing, ReasonFiring, 1}},
		"restart while pending":     {{0, patient(0.9), false, Pending, ReasonPending, 0}, {30 * m, patient(0.9), true, Pending, ReasonPending, 0}, {32 * m, patient(0.9), false, Firing, ReasonFired, 1}},
		"long gap while pending":    {{0, patient(0.9), false, Pending, ReasonPending, 0}, {61 * m, patient(0.9), true, Pending, ReasonPending, 0}, {62 * m, patient(0.9), false, Pending, ReasonPending, 0}},
		"restart while recovering":  {{0, usage(0.9), false, Firing, ReasonFired, 1}, {m, usage(0.5), false, Recovering, ReasonRecovering, 1}, {6 * m, usage(0.5), false, Recovering, ReasonRecovering, 1}, {3 * h, usage(0.5), true, Recovering, ReasonRecovering, 1}, {3*h + 5*m, usage(0.5), false, Resolved, ReasonResolved, 2}},
		"restart while resolved":    {{0, usage(0.9), false, Firing, ReasonFired, 1}, {m, usage(0.5), false, Recovering, ReasonRecovering, 1}, {11 * m, usage(0.5), false, Resolved, ReasonResolved, 2}, {20 * m, usage(0.9), true, Firing, ReasonReopened, 3}},
		"restart long after":        {{0, usage(0.9), false, Firing, ReasonFired, 1}, {m, usage(0.5), false, Recovering, ReasonRecovering, 1}, {11 * m, usage(0.5), false, Resolved, ReasonResolved, 2}, {9 * h, usage(0.5), true, Inactive, ReasonForgotten, 0}},
		"value of a fired alert, 0": {{0, usage(1), false, Firing, ReasonFired, 1}, {m, with(usage(0), func(in *Input) { in.Unknown = true }), false, Recovering, ReasonRecovering, 1}},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			a := Alert{Fingerprint: "0123456789abcdef0123", State: Inactive}
			for _, step := range story {
				now := t0.Add(step.after)
				if step.restart {
					a, _ = Restart(a, now)
				}
				var r Reason
				a, r = Step(a, step.in, now)
				if a.State != step.want || r != step.reason || a.Revision != step.revision {
					t.Fatalf("after %v: Step = %v, %q, revision %d; want %v, %q, %d", step.after, a.State, r, a.Revision, step.want, step.reason, step.revision)
				}
			}
		})
	}
}

func TestReopenKeepsTheEpisodeAndItsPeak(t *testing.T) {
	a, _ := Step(Alert{Fingerprint: "f"}, usage(0.97), t0)
	first := a.Episode
	a, _ = Step(a, usage(0.1), t0.Add(time.Minute))
	a, _ = Step(a, usage(0.1), t0.Add(11*time.Minute))
	a, _ = Step(a, usage(0.85), t0.Add(20*time.Minute))
	if a.Episode != first || a.Peak != 0.97 || !a.FiredAt.Equal(t0) || !a.ResolvedAt.IsZero() {
		t.Errorf("re-opened = %q peak %v fired %v resolved %v; want %q, 0.97, %v, zero", a.Episode, a.Peak, a.FiredAt, a.ResolvedAt, first, t0)
	}
	a, _ = Step(a, usage(0.1), t0.Add(21*time.Minute))
	a, _ = Step(a, usage(0.1), t0.Add(31*time.Minute))
	a, _ = Step(a, usage(0.85), t0.Add(62*time.Minute))
	if a.Episode == first || a.Peak != 0.85 {
		t.Errorf("new episode = %q, peak %v; want another than %q, 0.85", a.Episode, a.Peak, first)
	}
}

func TestFlappingDoublesTheHold(t *testing.T) {
	for fires, want := range map[int]time.Duration{1: 10, 2: 10, 3: 20, 4: 40, 5: 60, 9: 60} {
		a := Alert{Fires: make([]time.Time, fires)}
		if got := a.hold(10 * time.Minute); got != want*time.Minute {
			t.Errorf("hold(10m) after %d fires = %v; want %v", fires, got, want*time.Minute)
		}
	}
	a := Alert{Fires: make([]time.Time, 20)}
	if got := a.hold(2 * time.Hour); got != 2*time.Hour {
		t.Errorf("hold(2h) = %v; want no less than 2h", got)
	}
}

func TestFlappingIsQuiet(t *testing.T) {
	// 0.9 for a minute, then 0.5 for 11: with a plain hold of 10 minutes it would fire and resolve every 12.
	a := Alert{Fingerprint: "f", State: Inactive}
	for m := range 24 * 60 {
		v := 0.5
		if m%12 == 0 {
			v = 0.9
		}
		a, _ = Step(a, usage(v), t0.Add(time.Duration(m)*time.Minute))
	}
	if a.Revision > 12 || !a.Active() {
		t.Errorf("a day of flapping: revision %d, %v; want at most 12 and still firing", a.Revision, a.State)
	}
}

// Whatever happens, a revision is never taken back within an episode, nothing unheard is resolved aloud, and edits keep their distance.
func TestStepProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		a, now := Alert{Fingerprint: "f", State: Inactive}, t0
		for range 200 {
			now = now.Add(time.Duration(rng.IntN(300)) * time.Second)
			in := usage(rng.Float64() * 1.2)
			in.Blind, in.Muted, in.Unsettled = rng.IntN(10) == 0, rng.IntN(3) == 0, rng.IntN(5) == 0
			in.For = time.Duration(rng.IntN(2)) * time.Minute
			b := a
			if rng.IntN(20) == 0 {
				a, _ = Restart(a, now)
			}
			var r Reason
			a, r = Step(a, in, now)
			switch {
			case a.Episode == b.Episode && a.Revision < b.Revision:
				t.Fatalf("revision went from %d to %d in one episode by %q", b.Revision, a.Revision, r)
			case a.Revision > b.Revision+1:
				t.Fatalf("revision went from %d to %d in one step", b.Revision, a.Revision)
			case a.State == Resolved && b.State != Resolved && b.State != Pending && (b.Revision == 0) != (a.Revision == 0):
				t.Fatalf("resolved from revision %d to %d", b.Revision, a.Revision)
			case r == ReasonPeak && now.Sub(b.RevisedAt) < time.Minute:
				t.Fatalf("edit after %v", now.Sub(b.RevisedAt))
			case in.Blind && b.Active() && !a.Active():
				t.Fatalf("ended while blind: %v by %q", a.State, r)
			}
		}
	}
}

func TestRetire(t *testing.T) {
	firing, _ := Step(Alert{Fingerprint: "f"}, usage(0.9), t0)
	a, r := Retire(firing, t0.Add(time.Minute))
	if a.State != Resolved || a.Revision != 2 || r != ReasonRuleRemoved {
		t.Errorf("Retire(firing) = %v, revision %d, %q; want resolved, 2, %q", a.State, a.Revision, r, ReasonRuleRemoved)
	}
	pending, _ := Step(Alert{Fingerprint: "f"}, with(usage(0.9), func(in *Input) { in.For = time.Hour }), t0)
	if a, _ := Retire(pending, t0); a.State != Inactive || a.Revision != 0 {
		t.Errorf("Retire(pending) = %v, revision %d; want inactive, 0", a.State, a.Revision)
	}
}
