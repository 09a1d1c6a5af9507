package alerts

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// tick is one evaluation: the alerts as they were, and what becomes of them.
type tick struct {
	*Engine
	view    View
	unknown bool // there is nothing to judge the rule by that is being judged
}

// desk is what ticks work with, one after the other, so that a quiet one leaves nothing to the garbage collector.
type desk struct {
	next       []kept              // those that were stepped in this tick
	at         map[string]int      // of a fingerprint in next
	of         map[string][]string // the fingerprints of the alerts of each rule, those of this tick included
	listed     bool                // of is so, apart from this tick's
	found      []judged
	identities identities
}

// judged is a finding with what its alert goes by.
type judged struct {
	identity
	finding
}

// tick steps every alert once. It changes nothing but the windows, which only age. What it returns is valid until the next one.
func (e *Engine) tick(v View) ([]kept, []Changed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list()
	e.next = e.next[:0]
	clear(e.at)
	t := &tick{Engine: e, view: v}
	t.age()
	s := &scene{
		View: v, observing: e.observing, minHistory: e.minHistory, remembered: &e.remembered, consumers: e.consumers, forecasts: e.forecasts, of: e.of,
	}
	for i := range e.rules {
		if r := &e.rules[i]; r.Enabled {
			t.judge(r, s)
		}
	}
	t.retire()
	return e.next, t.changes()
}

// list lists the alerts of each rule anew where some have come or gone.
func (e *Engine) list() {
	if e.listed {
		return
	}
	for rule, fps := range e.of {
		e.of[rule] = fps[:0]
	}
	for fp, k := range e.alerts {
		e.of[k.Rule] = append(e.of[k.Rule], fp)
	}
	e.listed = true
}

// age lets the windows grow old. A firing spike is no baseline.
func (t *tick) age() {
	t.ageSpikes(rateLimitedSpike, t.refused)
	t.ageSpikes(overloadedSpike, t.overloaded)
	t.remembered.age(t.view.Now)
	t.changed.note(t.view.Levels, t.view.Now)
}

func (t *tick) ageSpikes(rule string, spikes map[origin]*spike) {
	for o, w := range spikes {
		a := t.alerts[t.identities.get(rule, o).fingerprint]
		w.age(t.view.Now, a.Active() || t.view.Blind != "")
		if w.idle() && w.baseline.calls < 0.5 {
			delete(spikes, o)
		}
	}
}

// judge steps the alerts of one rule: those that it found something of, and those of which nothing is to be found any more.
func (t *tick) judge(r *rule, s *scene) {
	t.found = t.found[:0]
	t.unknown = t.view.Blind != "" && !r.sighted || r.ready != nil && !r.ready(s)
	if !t.unknown || r.ready == nil {
		for _, f := range r.evaluate(r, s) {
			if f.condition == Fire || s.has(r) { // else there is no alert, and none begins
				t.found = append(t.found, judged{t.identities.of(r.Name, &f), f})
			}
		}
	}
	byFingerprint := func(a, b judged) int { return strings.Compare(a.fingerprint, b.fingerprint) }
	slices.SortStableFunc(t.found, byFingerprint)
	found := t.found
	for _, fp := range t.of[r.Name] {
		gone := judged{identity: identity{fingerprint: fp}, finding: finding{condition: Clear}}
		if _, ok := slices.BinarySearchFunc(found, gone, byFingerprint); !ok {
			gone.identity.labels = t.alerts[fp].Labels
			t.found = append(t.found, gone)
		}
	}
	slices.SortStableFunc(t.found, byFingerprint)
	for i := range t.found {
		if i+1 == len(t.found) || t.found[i].fingerprint != t.found[i+1].fingerprint { // of two the later one counts
			t.step(r, &t.found[i])
		}
	}
	clear(t.found)
}

func (t *tick) step(r *rule, f *judged) {
	fp, labels := f.fingerprint, f.identity.labels
	k, known := t.alerts[fp]
	if !known {
		if f.condition != Fire || t.unknown {
			return
		}
		k.Alert = Alert{Fingerprint: fp, Rule: r.Name, Labels: labels, State: Inactive}
		t.of[r.Name] = append(t.of[r.Name], fp)
		t.listed = false
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
	if f.facts != nil && !in.Blind && k.telling() && t.worthSaving(before, &k) {
		k.Facts = f.facts(&k.Alert)
		k.Facts.Unit = r.unit
		k.tellFlapping(r.Hold)
	}
	if k.State == Resolved {
		k.Facts.Do = nil
	}
	t.put(k)
}

func (t *tick) put(k kept) {
	t.at[k.Fingerprint] = len(t.next)
	t.next = append(t.next, k)
}

// present returns an alert as it is after this tick, or after the last where this one has not come to it.
func (t *tick) present(fingerprint string) *Alert {
	if i, ok := t.at[fingerprint]; ok {
		return &t.next[i].Alert
	}
	k := t.alerts[fingerprint]
	return &k.Alert
}

// telling reports a state whose facts change: not while it only waits to be over, or to go on after it was.
func (a *Alert) telling() bool {
	return a.State == Firing || a.State == Resolved || a.State == Pending && a.Episode == ""
}

func (t *tick) input(r *rule, f *judged) Input {
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
	in.Muted = slices.ContainsFunc(r.mutedBy, func(m mute) bool { return t.speaks(m, f.identity.labels) })
	return in
}

// speaks reports whether an alert that mutes others fires.
func (t *tick) speaks(m mute, labels map[string]string) bool {
	return slices.ContainsFunc(t.of[m.rule], func(fp string) bool { return m.covers(t.present(fp), labels) })
}

func (m *mute) covers(a *Alert, labels map[string]string) bool {
	return a.Rule == m.rule && a.Active() && !slices.ContainsFunc(m.labels, func(l string) bool { return a.Labels[l] != labels[l] })
}

// retire ends the alerts of rules that are gone or turned off.
func (t *tick) retire() {
	for name, fps := range t.of {
		if len(fps) == 0 || slices.ContainsFunc(t.rules, func(r rule) bool { return r.Name == name && r.Enabled }) {
			continue
		}
		for _, fp := range fps {
			k := t.alerts[fp]
			k.Alert, _ = Retire(k.Alert, t.view.Now)
			if k.State == Resolved && t.view.Now.Sub(k.ResolvedAt) > ReopenWindow {
				k.Alert = k.forget(t.view.Now)
				k.Fires = nil
			}
			t.put(k)
		}
	}
}

// changes returns what must be saved, by fingerprint, and marks it as saved now.
func (t *tick) changes() []Changed {
	var changed []Changed
	for i := range t.next {
		after := &t.next[i]
		if !t.worthSaving(t.alerts[after.Fingerprint].Alert, after) {
			continue
		}
		after.saved = t.view.Now
		c := Changed{Alert: after.Alert}
		if after.Revision > 0 {
			c.Receivers = t.routed(&after.Alert)
		}
		changed = append(changed, c)
	}
	slices.SortFunc(changed, func(a, b Changed) int { return strings.Compare(a.Alert.Fingerprint, b.Alert.Fingerprint) })
	return changed
}

// worthSaving reports whether an alert changed in more than its value, or has not been saved for a while.
func (t *tick) worthSaving(before Alert, after *kept) bool {
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
