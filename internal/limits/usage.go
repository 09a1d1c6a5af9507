package limits

import "github.com/claudewatch/claudewatch/claude"

// class is a kind of calls that has limiters of its own.
type class uint8

const (
	standard class = iota
	priority
	fast
	classes // how many there are
)

// column is one of the numbers that limiters count, or that tell what the use is like.
type column uint8

const (
	requests column = iota
	input
	output
	cacheRead // tokens read from the cache, whether the limiter counts them or not
)

// amounts holds a number per column.
type amounts [4]int64

func (a *amounts) sum(cols []column) int64 {
	var n int64
	for _, c := range cols {
		n += a[c]
	}
	return n
}

func (a *amounts) add(b *amounts, sign int64) {
	for i := range a {
		a[i] += sign * b[i]
	}
}

// counts returns which numbers a limiter counts; none where calls tell nothing of it, as for subscription windows.
func counts(l claude.Limiter) []column {
	switch l {
	case claude.LimiterRequests:
		return []column{requests}
	case claude.LimiterInputTokens, claude.LimiterPriorityInputTokens, claude.LimiterFastInputTokens:
		return []column{input}
	case claude.LimiterOutputTokens, claude.LimiterPriorityOutputTokens, claude.LimiterFastOutputTokens:
		return []column{output}
	case claude.LimiterTokens:
		return []column{input, output}
	default:
		return nil
	}
}

// The columns that tell what the use is like.
var (
	columnsOfRequests = []column{requests}
	columnsOfInput    = []column{input}
	columnsOfCache    = []column{cacheRead}
)

// limitersOf lists the limiters that calls of a class feed.
func limitersOf(k class) []claude.Limiter {
	switch k {
	case priority:
		return []claude.Limiter{claude.LimiterPriorityInputTokens, claude.LimiterPriorityOutputTokens}
	case fast:
		return []claude.Limiter{claude.LimiterFastInputTokens, claude.LimiterFastOutputTokens}
	default:
		return []claude.Limiter{claude.LimiterRequests, claude.LimiterInputTokens, claude.LimiterOutputTokens, claude.LimiterTokens}
	}
}

// count adds what a call of a group uses, or with sign -1 takes it away again.
func (t *Tracker) count(g *group, c *claude.Call, logged instant, sign int64) {
	if logged.second() <= 0 || c.Usage.ServiceTier == "batch" { // Batches have limits of their own that no header shows.
		return
	}
	e := entryOf(c)
	switch {
	case c.Usage.Speed == "fast": // Fast mode has its own pool of tokens; a request is a request.
		one := entry{n: amounts{requests: 1}, known: amounts{requests: 1}}
		t.add(g, standard, c, logged, &one, sign)
		e.n[requests], e.known[requests] = 0, 0
		t.add(g, fast, c, logged, &e, sign)
	case c.Usage.ServiceTier == "priority": // Priority Tier draws on the regular limits as well.
		t.add(g, standard, c, logged, &e, sign)
		e.n[requests], e.known[requests] = 0, 0
		t.add(g, priority, c, logged, &e, sign)
	default:
		t.add(g, standard, c, logged, &e, sign)
	}
}

// entry is what one call adds: the amounts, and 1 for each that is known.
type entry struct{ n, known amounts }

// entryOf returns the request and the tokens that limiters count of a call. A refused call used none.
func entryOf(c *claude.Call) entry {
	e := entry{n: amounts{requests: 1}, known: amounts{requests: 1}}
	if c.RateLimited() {
		return e
	}
	u, tokens := &c.Usage, c.Usage.Tokens()
	if u.InputTokens.Known() || tokens.CacheWrite() > 0 {
		e.n[input], e.known[input] = tokens.Counted(claude.LimiterInputTokens, c.Pool), 1
	}
	if u.CacheReadInputTokens.Known() {
		e.n[cacheRead], e.known[cacheRead] = tokens.CacheRead, 1
	}
	if u.OutputTokens.Known() {
		e.n[output], e.known[output] = tokens.Counted(claude.LimiterOutputTokens, c.Pool), 1
	}
	return e
}

func (t *Tracker) add(g *group, k class, c *claude.Call, logged instant, e *entry, sign int64) {
	if e.known == (amounts{}) {
		return
	}
	u := g.usages[k]
	if u == nil {
		if sign < 0 {
			return
		}
		u = t.addUsage(g, k)
	}
	u.seen = max(u.seen, logged)
	u.known.add(&e.known, sign)
	u.load.add(logged, &e.n, sign)
	t.names += u.consumers.add(c, logged.minute(), &e.n, sign, t.names < maxConsumers)
	if sign < 0 && u.known[requests] <= 0 && u.known[input] <= 0 && u.known[output] <= 0 {
		t.dropUsage(g, k)
	}
}

// usage is what one class of a group's calls used of late.
type usage struct {
	load      ring
	consumers roll
	known     amounts // calls whose number in the column is known; a load is only known where there were any
	seen      instant
}

// counted reports whether any of the columns ever counted.
func (u *usage) counted(cols []column) bool { return u.known.sum(cols) > 0 }
