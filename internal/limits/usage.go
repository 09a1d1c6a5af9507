package limits

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// class is a kind of calls that has limiters of its own.
type class uint8

const (
	standard class = iota
	priority
	fast
)

// callers is a group of calls that feed the same buckets: what they say of themselves, "" where they don't.
type callers struct {
	provider, organization, workspace string
	pool                              claude.Pool
	class                             class
}

func (k callers) bucket(l claude.Limiter) claude.Bucket {
	return claude.Bucket{Provider: k.provider, Organization: k.organization, Workspace: k.workspace, Pool: k.pool, Limiter: l}
}

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

func (a amounts) sum(cols []column) int64 {
	var n int64
	for _, c := range cols {
		n += a[c]
	}
	return n
}

func (a *amounts) add(b amounts, sign int64) {
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

// count adds what a call uses to its callers, or with sign -1 takes it away again.
func (t *Tracker) count(c *claude.Call, sign int64) {
	if c.Time.Unix() <= 0 || c.Usage.ServiceTier == "batch" { // Batches have limits of their own that no header shows.
		return
	}
	n, known := tokensOf(c)
	one, all := amounts{requests: 1}, amounts{1, n[input], n[output], n[cacheRead]}
	requestKnown, allKnown := amounts{requests: 1}, amounts{1, known[input], known[output], known[cacheRead]}
	switch {
	case c.Usage.Speed == "fast": // Fast mode has its own pool of tokens; a request is a request.
		t.add(c, standard, entry{one, requestKnown}, sign)
		t.add(c, fast, entry{n, known}, sign)
	case c.Usage.ServiceTier == "priority": // Priority Tier draws on the regular limits as well.
		t.add(c, standard, entry{all, allKnown}, sign)
		t.add(c, priority, entry{n, known}, sign)
	default:
		t.add(c, standard, entry{all, allKnown}, sign)
	}
}

// tokensOf returns the tokens that limiters count of a call, and 1 where they are known. A refused call used none.
func tokensOf(c *claude.Call) (n, known amounts) {
	if c.RateLimited() {
		return n, known
	}
	u, tokens := &c.Usage, c.Usage.Tokens()
	if u.InputTokens.Known() || tokens.CacheWrite() > 0 {
		n[input], known[input] = tokens.Counted(claude.LimiterInputTokens, c.Pool), 1
	}
	if u.CacheReadInputTokens.Known() {
		n[cacheRead], known[cacheRead] = tokens.CacheRead, 1
	}
	if u.OutputTokens.Known() {
		n[output], known[output] = tokens.Counted(claude.LimiterOutputTokens, c.Pool), 1
	}
	return n, known
}

// entry is what one call adds: the amounts, and 1 for each that is known.
type entry struct{ n, known amounts }

func (t *Tracker) add(c *claude.Call, k class, e entry, sign int64) {
	if e.known == (amounts{}) {
		return
	}
	key := callers{c.Provider, c.Organization, c.Workspace, c.Pool, k}
	u := t.callers[key]
	if u == nil {
		if sign < 0 {
			return
		}
		u = &usage{}
		t.callers[key] = u
		if len(t.callers) > t.maxBuckets {
			t.stats.Evicted += evict(t.callers, key)
		}
	}
	if c.Time.After(u.seen) {
		u.seen = c.Time
	}
	u.known.add(e.known, sign)
	u.load.add(c.Time, e.n, sign)
	t.names += u.consumers.add(c, e.n, sign, t.names < maxConsumers)
	if u.known[requests] <= 0 && u.known[input] <= 0 && u.known[output] <= 0 {
		delete(t.callers, key)
	}
}

// usage is what one group of callers used of late.
type usage struct {
	load      ring
	consumers roll
	known     amounts // calls whose number in the column is known; a load is only known where there were any
	seen      time.Time
}

func (u *usage) lastSeen() time.Time { return u.seen }

func (u *usage) expire(now time.Time) int { return u.consumers.expire(now) }

// counted reports whether any of the columns ever counted.
func (u *usage) counted(cols []column) bool { return u.known.sum(cols) > 0 }
