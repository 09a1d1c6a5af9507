package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Add counts what the calls of a minute used together, spread evenly over the part of it that is not after now. It is for many calls
// at once, of which it knows less than Apply does of each: neither readings nor what was used by Priority Tier or in fast mode.
func (t *Tracker) Add(u *claude.Use, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := claude.Call{Provider: u.Provider, Organization: u.Organization, Workspace: u.Workspace, App: u.App, Model: u.Model, Pool: u.Pool}
	from := at(u.Minute)
	slots := min(int64(time.Minute/slotWidth), int64(at(now).sub(from)/slotWidth)+1)
	if u.Calls <= 0 || slots <= 0 || from.second() <= 0 {
		return
	}
	all := amounts{
		requests: u.Calls, input: u.Tokens.Counted(claude.LimiterInputTokens, u.Pool),
		output: u.Tokens.Counted(claude.LimiterOutputTokens, u.Pool), cacheRead: u.Tokens.CacheRead,
	}
	g := t.group(whoOf(&c))
	use := g.usages[standard]
	if use == nil {
		use = t.addUsage(g, standard)
	}
	use.seen = max(use.seen, from)
	use.known.add(&amounts{u.Calls, u.Measured, u.Measured, u.Measured}, 1)
	t.names += use.consumers.add(&c, from.minute(), &all, 1, t.names < maxConsumers)
	for i := range slots {
		var n amounts
		for col := range all {
			n[col] = portion(all[col], i, slots)
		}
		use.load.add(from.add(time.Duration(i)*slotWidth), &n, 1)
	}
}

// portion is the i-th of n nearly equal parts of a whole.
func portion(whole, i, n int64) int64 { return whole*(i+1)/n - whole*i/n }

// Look takes the readings of a call whose use is counted otherwise, with Add.
func (t *Tracker) Look(c *claude.Call, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	logged, server, n := at(c.Time), at(c.ServerTime), at(now)
	if len(c.Readings) == 0 || logged.second() <= 0 || logged > n.add(future) {
		return
	}
	t.skew.note(c, server, logged, n)
	t.delays.note(c, server, logged)
	g := t.group(whoOf(c))
	t.busy = g
	t.readAll(g, c, whenTaken(c, logged, n), logged)
	t.busy = nil
	t.tidy(g)
}
