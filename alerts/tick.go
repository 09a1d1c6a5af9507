package alerts

import "math"

// tick is one evaluation: the alerts as they were, and what becomes of them.
type tick struct {
	*Engine
	view View
	next map[string]kept // those that were stepped
}

// tick steps every alert once. It changes nothing but the windows, which only age.
func (e *Engine) tick(v View) (map[string]kept, []Changed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := &tick{Engine: e, view: v, next: map[string]kept{}}
	t.age()
	s := &scene{
		View: v, observing: e.observing, minHistory: e.minHistory,
		refused: e.refused, spends: e.spends, consumers: e.consumers,
	}
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
	rule := rateLimitedRule().Name
	for o, w := range t.refused {
		a := t.alerts[Fingerprint(rule, o.labels())]
		w.age(t.view.Now, a.Active() || t.view.Blind != "")
		if w.idle() && w.baseline.calls < 0.5 {
			delete(t.refused, o)
		}
	}
	for k, sp := range t.spends {
		if sp.over(t.view.Now) {
			delete(t.spends, k)
		}
	}
}

// judge steps the alerts of one rule: those that it found something of, and those of which nothing is to be found any more.
func (t *tick) judge(r *rule, s *scene) {
	found := map[string]finding{}
	for _, f := range r.evaluate(r, s) {
		found[Fingerprint(r.Name, f.labels)] = f
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
		if f.condition != Fire || t.view.Blind != "" {
			return
		}
		k.Alert = Alert{Fingerprint: fp, Rule: r.Name, Labels: f.labels, State: Inactive}
	}
	before := k.Alert
	if t.loaded[fp] {
		k.Alert, _ = Restart(k.Alert, t.view.Now)
	}
	in := t.input(r, f)
	k.Severity = r.Severity
	k.Alert, _ = Step(k.Alert, in, t.view.Now)
	if k.State == Inactive && before.State == Inactive && known && len(k.Fires) == len(before.Fires) { // it is only remembered
		return
	}
	if f.facts != nil && !in.Blind && k.telling() && t.worthSaving(before, k) {
		k.Facts = f.facts(&k.Alert)
		k.Facts.Unit = r.unit
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
		Blind: t.view.Blind != "",
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
	if r.mutedBy != "" {
		in.Muted = t.active(Fingerprint(r.mutedBy, f.labels))
	}
	return in
}

// active reports whether an alert fires after this tick, or after the last where this one has not come to it.
func (t *tick) active(fp string) bool {
	if k, ok := t.next[fp]; ok {
		return k.Active()
	}
	k := t.alerts[fp]
	return k.Active()
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
			c.Receivers = t.routed(after.Severity)
		}
		changed = append(changed, c)
	}
	return changed
}

// worthSaving reports whether an alert changed in more than its value, or has not been saved for a while.
func (t *tick) worthSaving(before Alert, after kept) bool {
	b, a := &before, &after.Alert
	switch {
	case b.State != a.State || b.Revision != a.Revision || b.Episode != a.Episode || b.Severity != a.Severity:
		return true
	case a.State == Inactive || a.State == Resolved: // nothing moves
		return false
	default:
		return t.view.Now.Sub(after.saved).Abs() >= saveEvery
	}
}
