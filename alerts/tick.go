package alerts

import (
	"cmp"
	"math"
	"slices"
)

// tick is one evaluation: the alerts as they were, and what becomes of them.
type tick struct {
	*Engine
	view    View
	next    map[string]kept // those that were stepped
	unknown bool            // there is nothing to judge the rule by that is being judged
}

// tick steps every alert once. It changes nothing but the windows, which only age.
func (e *Engine) tick(v View) (map[string]kept, []Changed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := &tick{Engine: e, view: v, next: map[string]kept{}}
	t.age()
	s := &scene{View: v, observing: e.observing, minHistory: e.minHistory, remembered: &e.remembered, consumers: e.consumers, forecasts: e.forecasts}
	for i := range e.rules {
		if r := &e.rules[i]; r.Enabled {
			t.judge(r, s)
		}
	}
	t.retire()
	return t.next, t.changes()
}

// age lets the windows grow old. A firing spike is no baseline.
func (t *tick) age() {
	t.ageSpikes(rateLimitedRule().Name, t.refused)
	t.ageSpikes(overloadedRule().Name, t.overloaded)
	t.remembered.age(t.view.Now)
	t.changed.note(t.view.Levels, t.view.Now)
}

func (t *tick) ageSpikes(rule string, spikes map[origin]*spike) {
	for o, w := range spikes {
		a := t.alerts[Fingerprint(rule, o.labels())]
		w.age(t.view.Now, a.Active() || t.view.Blind != "")
		if w.idle() && w.baseline.calls < 0.5 {
			delete(spikes, o)
		}
	}
}

// judge steps the alerts of one rule: those that it found something of, and those of which nothing is to be found any more.
func (t *tick) judge(r *rule, s *scene) {
	found := map[string]finding{}
	t.unknown = t.view.Blind != "" && !r.sighted || r.ready != nil && !r.ready(s)
	if !t.unknown || r.ready == nil {
		for _, f := range r.evaluate(r, s) {
			found[Fingerprint(r.Name, f.labels)] = f
		}
	}
	for fp, k := range t.alerts {
		if _, ok := found[fp]; !ok && k.Rule == r.Name {
			found[fp] = finding{labels: k.Labels, condition: Clear}
		}
	}
	for _, fp := range sortedKeys(found) {
		t.step(r, fp, found[fp])
	}
}

func (t *tick) step(r *rule, fp string, f finding) {
	k, known := t.alerts[fp]
	if !known {
		if f.condition != Fire || t.unknown {
			return
		}
		k.Alert = Alert{Fingerprint: fp, Rule: r.Name, Labels: f.labels, State: Inactive}
	}
	before := k.Alert
	if t.loaded[fp] {
		k.Alert, _ = Restart(k.Alert, t.view.Now)
	}
	in := t.input(r, f)
	severity := cmp.Or(f.severity, r.Severity)
	in.Escalated = k.Active() && severity.rank() > k.Severity.rank()
	if !k.Active() && f.condition == Fire || in.Escalated || f.severity == "" && f.facts != nil { // an episode stays as grave as it was
		k.Severity = severity
	}
	k.Alert, _ = Step(k.Alert, in, t.view.Now)
	if k.State == Inactive && before.State == Inactive && known && len(k.Fires) == len(before.Fires) { // it is only remembered
		return
	}
	if f.facts != nil && !in.Blind && k.telling() && t.worthSaving(before, k) {
		k.Facts = f.facts(&k.Alert)
		k.Facts.Unit = r.unit
		k.tellFlapping(r.Hold)
	}
	if k.State == Resolved {
		k.Facts.Do = nil
	}
	t.next[fp] = k
}

// telling reports a state whose facts change: not while it only waits to be over, or to go on after it was.
func (a *Alert) telling() bool {
	return a.State == Firing || a.State == Resolved || a.State == Pending && a.Episode == ""
}

func (t *tick) input(r *rule, f finding) Input {
	settle := min(r.window, r.Hold)
	in := Input{
		Condition: f.condition, For: r.For, Hold: r.Hold, EndsAt: f.endsAt, Points: r.unit == "ratio",
		Blind: t.unknown,
	}
	unsettled := t.view.Now.Sub(t.started) < settle
	// Nothing found so shortly after a start may only mean that nothing was read yet.
	in.Unsettled = unsettled
	if unsettled && f.facts == nil {
		in.Blind = true
	}
	value, ok := f.value.Get()
	if !ok || math.IsNaN(value) || math.IsInf(value, 0) { // what can't be stored can't be a value
		value, ok = 0, false
	}
	in.Value, in.Unknown = value, !ok
	in.Muted = slices.ContainsFunc(r.mutedBy, func(m mute) bool { return t.speaks(m, f.labels) })
	return in
}

// speaks reports whether an alert that mutes others fires after this tick, or after the last where this one has not come to it.
func (t *tick) speaks(m mute, labels map[string]string) bool {
	for fp, k := range t.alerts {
		if next, ok := t.next[fp]; ok {
			k = next
		}
		if m.covers(&k.Alert, labels) {
			return true
		}
	}
	for _, k := range t.next {
		if m.covers(&k.Alert, labels) {
			return true
		}
	}
	return false
}

func (m *mute) covers(a *Alert, labels map[string]string) bool {
	return a.Rule == m.rule && a.Active() && !slices.ContainsFunc(m.labels, func(l string) bool { return a.Labels[l] != labels[l] })
}

// retire ends the alerts of rules that are gone or turned off.
func (t *tick) retire() {
	enabled := map[string]bool{}
	for _, r := range t.rules {
		enabled[r.Name] = r.Enabled
	}
	for fp, k := range t.alerts {
		if enabled[k.Rule] {
			continue
		}
		k.Alert, _ = Retire(k.Alert, t.view.Now)
		if k.State == Resolved && t.view.Now.Sub(k.ResolvedAt) > ReopenWindow {
			k.Alert = k.forget(t.view.Now)
			k.Fires = nil
		}
		t.next[fp] = k
	}
}

// changes returns what must be saved, and marks it as saved now.
func (t *tick) changes() []Changed {
	var changed []Changed
	for _, fp := range sortedKeys(t.next) {
		before, after := t.alerts[fp], t.next[fp]
		if !t.worthSaving(before.Alert, after) {
			continue
		}
		after.saved = t.view.Now
		t.next[fp] = after
		c := Changed{Alert: after.Alert}
		if after.Revision > 0 {
			c.Receivers = t.routed(&after.Alert)
		}
		changed = append(changed, c)
	}
	return changed
}

// worthSaving reports whether an alert changed in more than its value, or has not been saved for a while.
func (t *tick) worthSaving(before Alert, after kept) bool {
	b, a := &before, &after.Alert
	switch {
	case before.Fingerprint != "" && after.unsaved:
		return true
	case b.State != a.State || b.Revision != a.Revision || b.Episode != a.Episode || b.Severity != a.Severity:
		return true
	case a.State == Inactive || a.State == Resolved: // nothing moves
		return false
	default:
		return t.view.Now.Sub(after.saved).Abs() >= saveEvery
	}
}
