package metrics

import "github.com/claudewatch/claudewatch/claude"

// sums adds up what the calls of one batch move, so that each counter is touched once for all of them. A few sets of labels come again
// and again: comparing the labels with those of the last ones costs less than a map does.
type sums struct {
	entries [64]sum
	touched []int // entries that have something
}

// sum is what was not counted yet of one set of labels.
type sum struct {
	key    callSet // as the calls say it
	hint   uint
	series *callSeries
	has    bool
	claude.Tally
}

// ordinary reports whether a tally moves nothing but the counters that every set of call labels has.
func ordinary(t *claude.Tally) bool {
	return t.RateLimited == 0 && t.Errors == 0 && (t.Calls == 0 || t.Status == 200)
}

// ways is how many entries a set of labels may be in. With only one, two that come in turn could push each other out at every step.
const ways = 4

// place returns where the sum of a key is or may be put.
func (s *sums) place(k *callSet) (at int, hint uint) {
	hint = hintOf(k)
	at = int(hint % uint(len(s.entries))) //nolint:gosec // less than their number
	for i := range ways {
		next := (at + i) % len(s.entries)
		e := &s.entries[next]
		if e.series == nil || e.hint == hint && e.key == *k {
			return next, hint
		}
	}
	return at, hint
}

// hintOf is a number that differs between nearly all sets that come in turn.
func hintOf(k *callSet) uint {
	h := 0
	for _, text := range [...]string{k.workspace, k.app, k.model} {
		h = h*31 + len(text)
		if n := len(text); n > 0 {
			h = ((h*31+int(text[0]))*31+int(text[n/2]))*31 + int(text[n-1])
		}
	}
	return uint(h ^ h>>11) //nolint:gosec // any number will do
}

// count counts the tally of one call, or keeps it until flush, and returns the series of its set.
func (c *calls) count(t *claude.Tally) *callSeries {
	if !ordinary(t) {
		return c.add(t)
	}
	key := callSet{t.Provider, t.Workspace, t.App, t.Model}
	i, hint := c.sums.place(&key)
	e := &c.sums.entries[i]
	if e.series == nil || e.hint != hint || e.key != key {
		c.settle(e)
		s, plain := c.find(t.TallyKey)
		if !plain { // what is folded is counted each time
			c.move(s, t)
			return s
		}
		e.key, e.hint, e.series = key, hint, s
	}
	if !e.has {
		e.has = true
		e.Status = 200
		c.sums.touched = append(c.sums.touched, i)
	}
	e.Add(*t)
	return e.series
}

// settle counts what a sum has.
func (c *calls) settle(e *sum) {
	if e.has {
		c.move(e.series, &e.Tally)
		e.has, e.Tally = false, claude.Tally{}
	}
}

// flush counts what all sums have.
func (c *calls) flush() {
	for _, i := range c.sums.touched {
		c.settle(&c.sums.entries[i])
	}
	c.sums.touched = c.sums.touched[:0]
}
