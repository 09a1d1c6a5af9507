package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Apply takes one live change at time now; the caller leaves history out. A known call that says more adds only the difference,
// and what it said before under another bucket, app or time is taken away there. At a start, apply the stored calls of the
// last 10 minutes as new ones, so that the windows are whole.
func (t *Tracker) Apply(ch claude.Change, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.apply(&ch, at(now))
}

// ApplyAll takes the changes of a batch at time now, those that are live and say anything new, and reports whether there were any.
func (t *Tracker) ApplyAll(changes []claude.Change, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	moved, n := false, at(now)
	for i := range changes {
		if ch := &changes[i]; ch.Live && !ch.Same() {
			t.apply(ch, n)
			moved = true
		}
	}
	return moved
}

func (t *Tracker) apply(ch *claude.Change, now instant) {
	c := &ch.After
	logged := at(c.Time)
	if logged.second() <= 0 {
		return
	}
	if logged > now.add(future) {
		t.stats.Disbelieved++
		return
	}
	server := at(c.ServerTime)
	t.skew.note(c, server, logged, now)
	if ch.New {
		t.delays.note(c, server, logged)
	}
	g := t.group(whoOf(c))
	t.busy = g
	if len(c.Readings) > 0 {
		t.readAll(g, c, whenTaken(c, logged, now), logged)
	}
	t.count(g, c, logged, 1)
	if !ch.New {
		t.takeBack(ch.Before)
	}
	t.busy = nil
	t.tidy(g) // The call may have told nothing, or all of it was taken back.
}

// readAll takes the readings of a call. Those of subscription windows are not of its pool.
func (t *Tracker) readAll(g *group, c *claude.Call, m moment, logged instant) {
	for i := range c.Readings {
		r := &c.Readings[i]
		if !tells(r) {
			continue
		}
		of := g
		if r.Limiter.Unified() {
			of = t.group(windowsOf(g.who))
		}
		t.read(of, r, i, m, logged)
	}
}

// windowsOf returns who has the subscription windows, which span all pools.
func windowsOf(w who) who {
	w.pool = ""
	return w
}

// read takes one reading. It is the hint-th of its call.
func (t *Tracker) read(of *group, r *claude.Reading, hint int, m moment, logged instant) {
	g := of.gauge(r.Limiter, hint)
	if g == nil {
		g = t.addGauge(of, r.Limiter)
	}
	g.seen = max(g.seen, logged)
	g.calls++
	if g.unified {
		g.noteWindow(r, m)
	} else if !g.note(r, m) {
		t.stats.Disbelieved++
	}
}

// takeBack removes what a call counted as it was before it was merged. A bucket that only misattributed calls spoke of goes.
func (t *Tracker) takeBack(c *claude.Call) {
	w := whoOf(c)
	g := t.find(&w)
	if g != nil {
		t.count(g, c, at(c.Time), -1)
	}
	for i := range c.Readings {
		r, of := &c.Readings[i], g
		if r.Limiter.Unified() {
			all := windowsOf(w)
			of = t.find(&all)
		}
		if of == nil || !tells(r) {
			continue
		}
		if have := of.gauge(r.Limiter, i); have != nil {
			if have.calls--; have.calls <= 0 {
				t.dropGauge(of, have)
			}
		}
	}
}

// Restore takes the readings that a store kept, for the start. Those from the future of now are left out.
func (t *Tracker) Restore(obs []claude.Observation, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range obs {
		o := &obs[i]
		logged := at(o.At)
		switch {
		case logged > at(now).add(future):
			t.stats.Disbelieved++
		case logged > 0 && tells(&o.Reading):
			b, r, c := &o.Bucket, o.Reading, claude.Call{ServerTime: o.Server}
			r.Limiter = b.Limiter
			t.read(t.group(who{b.Provider, b.Organization, b.Workspace, b.Pool}), &r, 0, whenTaken(&c, logged, at(now)), logged)
		}
	}
}

// tells reports whether a reading says anything: a bucket of which nothing is known is none.
func tells(r *claude.Reading) bool {
	return r.Limit.Known() || r.Remaining.Known() || r.Utilization.Known() || !r.Reset.IsZero() || r.Exhausted()
}
