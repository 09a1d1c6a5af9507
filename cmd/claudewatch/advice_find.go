package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Thresholds of the finders. The documentation states them.
const (
	promptLarge   = 4096 // tokens on average, from where caching pays
	cacheLow      = 0.2
	batchHours    = 4 // of a day, that hold nearly all of an app's calls
	batchShare    = 0.8
	batchDays     = 3
	streamedFew   = 0.05
	retriesLeast  = 20
	retriesShare  = 0.05
	usersLeast    = 5
	userTokens    = 100_000
	userShare     = 0.2
	userTimesFair = 4
)

// findCache names apps whose large prompts are hardly read from the cache.
func findCache(e *evidence) []advice {
	var out []advice
	for i := range e.models {
		row := &e.models[i]
		t, share := row.Tokens, row.CacheShare()
		prompt := t.Input + t.CacheRead + t.CacheWrite()
		low, known := share.Get()
		if row.Measured < adviceLeast || !known || low >= cacheLow || prompt/row.Measured < promptLarge {
			continue
		}
		a := advice{
			Kind: adviceCache, Subject: subject("app", row.Values[0], "model", row.Values[1]),
			What: fmt.Sprintf("%s sends %s prompts of %s tokens on average to %s, and reads %.0f %% of them from the cache.",
				sentence(nameOf("app", row.Values[0])), human(float64(row.Measured)), human(float64(prompt/row.Measured)), nameOf("model", row.Values[1]), 100*low),
			Numbers: map[string]float64{"calls": float64(row.Measured), "prompt_tokens_per_call": float64(prompt / row.Measured), "cache_share": low},
			Do:      "put what is the same in every request first and set a cache_control breakpoint behind it; cache reads cost a tenth or less of input and do not count towards the input limit.",
		}
		if t.CacheWrite() > t.CacheRead && t.CacheWrite() > prompt/4 {
			a.Numbers["cache_write_tokens"] = float64(t.CacheWrite())
			a.Do = "it writes to the cache what is hardly read again: check that the beginning of the prompt stays the same, byte for byte, and whether a time to live of one hour fits better."
		}
		if usd, ok := e.saved(row.Values[1], t.Input/2); ok {
			a.Numbers["usd_if_half_were_cached"] = usd
			a.What += fmt.Sprintf(" If half of the input came from the cache, that would save %s USD in this time.", money(usd))
		}
		out = append(out, a)
	}
	return out
}

// saved returns what reading input tokens from the cache spares, where the price is known and that is a cent at least.
func (e *evidence) saved(model string, tokens int64) (float64, bool) {
	prices, err := claude.NewPrices(ownPrices(e.cfg))
	if err != nil {
		return 0, false
	}
	p, ok := prices.Of(model, e.to)
	usd := float64(tokens) * (p.Input - p.CacheRead) / 1e6
	return usd, ok && usd >= 0.01
}

// findBatch names apps that work in a few hours of the day and wait for no stream.
func findBatch(e *evidence) []advice {
	var out []advice
	for i := range e.models {
		row := &e.models[i]
		f := e.facts[[2]string{row.Values[0], row.Values[1]}]
		if row.Calls < adviceLeast || f == nil || 2*f.streamKnown < f.calls || float64(f.streamed) > streamedFew*float64(f.streamKnown) || 2*f.batch > f.calls {
			continue
		}
		share, days := e.concentrated(row.Values[0])
		if days < batchDays || share < batchShare {
			continue
		}
		a := advice{
			Kind: adviceBatch, Subject: subject("app", row.Values[0], "model", row.Values[1]),
			What: fmt.Sprintf("%s makes %.0f %% of its calls in %d hours of the day and does not stream: %s calls to %s.",
				sentence(nameOf("app", row.Values[0])), 100*share, batchHours, human(float64(row.Calls)), nameOf("model", row.Values[1])),
			Numbers: map[string]float64{"calls": float64(row.Calls), "share_of_busiest_hours": share, "days": float64(days)},
			Do:      "if nobody waits for the answers, send them as message batches: half the price, and limits of their own.",
		}
		if usd, ok := row.CostUSD().Get(); ok && usd >= 0.01 {
			a.Numbers["usd"], a.Numbers["usd_by_batch"] = usd, usd/2
			a.What += fmt.Sprintf(" By batch, %s USD would have been %s.", money(usd), money(usd/2))
		}
		out = append(out, a)
	}
	return out
}

// concentrated returns which part of an app's calls falls into its busiest hours of the day, and on how many days it called.
func (e *evidence) concentrated(app string) (share float64, days int) {
	var byHour [24]int64
	sum, seen := int64(0), map[string]bool{}
	for i := range e.hours {
		row := &e.hours[i]
		at, err := time.Parse(time.RFC3339, row.Values[1])
		if row.Values[0] != app || err != nil {
			continue
		}
		byHour[at.Hour()] += row.Calls
		sum += row.Calls
		seen[at.Format(time.DateOnly)] = true
	}
	most := int64(0)
	for h := range byHour { // hours in a row, over midnight too
		n := int64(0)
		for i := range batchHours {
			n += byHour[(h+i)%24]
		}
		most = max(most, n)
	}
	return float64(most) / float64(max(1, sum)), len(seen)
}

// findRetries names apps whose retries take requests and time.
func findRetries(e *evidence) []advice {
	var out []advice
	for i := range e.apps {
		row := &e.apps[i]
		share := float64(row.Retries) / float64(max(1, row.Calls))
		if row.Calls < adviceLeast || row.Retries < retriesLeast || share < retriesShare {
			continue
		}
		out = append(out, advice{
			Kind: adviceRetries, Subject: subject("app", row.Values[0]),
			What: fmt.Sprintf("%s spends %.0f %% of its %s requests on retries; %s were refused with 429 and %s with 529, and told to wait %s in all.",
				sentence(nameOf("app", row.Values[0])), 100*share, human(float64(row.Calls)), human(float64(row.RateLimited)), human(float64(row.Overloaded)), span(row.RetryDelay)),
			Numbers: map[string]float64{
				"calls": float64(row.Calls), "retries": float64(row.Retries), "retry_share": share, "rate_limited": float64(row.RateLimited),
				"overloaded": float64(row.Overloaded), "retry_delay_seconds": row.RetryDelay.Seconds(),
			},
			Do: "wait for retry-after before trying again, and let fewer requests run at a time: refused requests count towards the limit of requests.",
		})
	}
	return out
}

// findUsers names users who take several times what each would have if all had the same.
func findUsers(e *evidence) []advice {
	all, n := int64(0), 0
	used := func(t claude.Tokens) int64 { return t.Input + t.Output + t.CacheWrite() }
	for i := range e.users {
		if row := &e.users[i]; row.Values[0] != "" {
			n++
			all += used(row.Tokens)
		}
	}
	if n < usersLeast || all < userTokens {
		return nil
	}
	var out []advice
	for i := range e.users {
		row := &e.users[i]
		share := float64(used(row.Tokens)) / float64(all)
		if row.Values[0] == "" || share < userShare || share < userTimesFair/float64(n) {
			continue
		}
		out = append(out, advice{
			Kind: adviceUser, Subject: subject("user", row.Values[0]),
			What: fmt.Sprintf("%s used %.0f %% of the tokens of %d users: %s of %s, in %s calls.", sentence(nameOf("user", row.Values[0])), 100*share, n,
				human(float64(used(row.Tokens))), human(float64(all)), human(float64(row.Calls))),
			Numbers: map[string]float64{"tokens": float64(used(row.Tokens)), "share": share, "users": float64(n), "calls": float64(row.Calls)},
			Do:      "look at what the user does, and set a budget if the others need the limit: budgets: [{name: users, user: \"*\", tokens: ..., per: hour}].",
		})
	}
	slices.SortStableFunc(out, func(a, b advice) int { return cmp.Compare(b.Numbers["share"], a.Numbers["share"]) })
	return out
}

// subject makes a map of names and values in turn; what is unknown is left out.
func subject(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m[pairs[i]] = pairs[i+1]
		}
	}
	return m
}

// sentence begins with a capital.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// largest returns the key with the largest value, the first of equals.
func largest(m map[string]int64) string {
	best := ""
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i == 0 || m[k] > m[best] {
			best = k
		}
	}
	return best
}
