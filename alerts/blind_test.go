package alerts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// A broken store makes the agent blind and keeps it from saving that it is: it is told out of band once, and saved when it can be.
func TestBlindWithABrokenStore(t *testing.T) {
	s := newMemory()
	var told []Alert
	e := newEngine(t, s, func(o *EngineOptions) {
		o.Unsaved = func(_ context.Context, a Alert) { told = append(told, a) }
	})
	s.breaks(true)
	for i := range 12 { // three minutes
		err := e.Evaluate(t.Context(), View{Now: t0.Add(time.Duration(i) * 15 * time.Second), Blind: "disk I/O error"})
		if i > 0 && !errors.Is(err, errBroken) && err != nil {
			t.Fatalf("Evaluate() = %v; want %v", err, errBroken)
		}
	}
	if len(told) != 1 || told[0].Rule != "agent_blind" || told[0].FiredAt.Sub(t0) != time.Minute || !strings.Contains(told[0].Facts.Fields[0].Value, "disk I/O error") {
		t.Fatalf("told out of band = %+v; want agent_blind, once, after a minute, with the reason", told)
	}
	if got := firingRules(e); !slices.Equal(got, []string{"agent_blind"}) {
		t.Errorf("firing = %v; want agent_blind", got)
	}
	s.breaks(false)
	evaluate(t, e, t0.Add(4*time.Minute))
	if got := s.delivery("slack"); got.Desired == 0 {
		t.Errorf("delivery after the store works again = %+v; want the episode to be told", got)
	}
	evaluate(t, e, t0.Add(6*time.Minute))
	if got := firingRules(e); got != nil {
		t.Errorf("firing two minutes later = %v; want none", got)
	}
}

func TestUnreadableSourceFreezesNothing(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	fault := []Fault{{Source: "/var/log/app.log", Why: "permission denied"}}
	for _, d := range []time.Duration{0, time.Minute} {
		if err := e.Evaluate(t.Context(), View{Now: t0.Add(d), Faults: fault}); err != nil {
			t.Fatal(err)
		}
	}
	evaluate(t, e, t0.Add(time.Minute), level(0.9))
	if got := firingRules(e); !slices.Equal(got, []string{"agent_blind", "limit_usage_high"}) {
		t.Errorf("firing = %v; want the fault, and the limits watched as ever", got)
	}
}

// Nothing that happens while the agent is blind begins or ends an alert of another rule.
func TestBlindBeginsNothing(t *testing.T) {
	e := newEngine(t, newMemory(), nil)
	if err := e.Evaluate(t.Context(), View{Now: t0, Blind: "disk full", Levels: nil}); err != nil {
		t.Fatal(err)
	}
	v := View{Now: t0.Add(time.Second), Blind: "disk full"}
	v.Levels = append(v.Levels, level(0.99))
	if err := e.Evaluate(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	if got := firingRules(e); got != nil {
		t.Errorf("firing while blind = %v; want none yet", got)
	}
}
