package alerts

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// remembered is what rules remember from one tick to the next. All of it can be lost: the store's minutes and alerts make it again.
type remembered struct {
	refused    map[origin]*spike // calls refused with 429
	overloaded map[origin]*spike // calls refused because the service was overloaded
	spends     map[spendKey]*spend
	delays     map[delayKey]*delays
	unpriced   map[string]*unpriced // by model
	changed    limitBook
	budgets    budgetBook
	custom     customBook
	met        met
}

// met is whose call came last, and the spikes of its organization: calls of one come in rows. Each tick forgets it, since spikes go.
type met struct {
	origin
	refused, overloaded *spike
}

func newMemories() remembered {
	return remembered{
		refused: map[origin]*spike{}, overloaded: map[origin]*spike{}, spends: map[spendKey]*spend{},
		delays: map[delayKey]*delays{}, unpriced: map[string]*unpriced{}, changed: limitBook{},
	}
}

// note takes a live change.
func (m *remembered) note(c *claude.Change, now time.Time) {
	if o := (origin{c.After.Provider, c.After.Organization}); m.met.origin != o {
		m.met = met{origin: o}
	}
	observeSpike(m.refused, &m.met.refused, c, now, (*claude.Call).RateLimited)
	observeSpike(m.overloaded, &m.met.overloaded, c, now, (*claude.Call).Overloaded)
	observeSpend(m.spends, c, now)
	observeDelay(m.delays, c, now)
	observeUnpriced(m.unpriced, c, now)
}

// age forgets what is over.
func (m *remembered) age(now time.Time) {
	m.met = met{} // spikes may have gone
	for k, sp := range m.spends {
		if sp.over(now) {
			delete(m.spends, k)
		}
	}
	for k, d := range m.delays {
		if d.sum(now).seconds <= 0 {
			delete(m.delays, k)
		}
	}
	for model, u := range m.unpriced {
		if now.Sub(u.last) > unpricedWindow {
			delete(m.unpriced, model)
		}
	}
}
