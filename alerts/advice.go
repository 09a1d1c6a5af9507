package alerts

import (
	"fmt"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// maxAdvice is how many things to do a message names: nobody does more at once.
const maxAdvice = 2

// levelAdvice names what helps against a limiter that runs full, by what the data show: first who, then how.
func levelAdvice(l *claude.Level, top []claude.Consumer) []string {
	var do []string
	if others := l.Unattributed.Or(0); others >= 0.3 {
		do = append(do, fmt.Sprintf("Look for other keys of the organization: at least %s of this use is by none of the watched apps.", percent(others)))
	}
	if len(top) > 0 && top[0].Share >= 0.3 {
		do = append(do, fmt.Sprintf("Slow %s down first: it makes %s of this use.", ConsumerName(top[0]), percent(top[0].Share)))
	}
	if each := l.PerCall.Or(0); each >= 0.15 && l.Bucket.Limiter != claude.LimiterRequests {
		do = append(do, fmt.Sprintf("Make calls smaller: one takes %s of the limit on average, so a few at once are refused whatever the load.", percent(each)))
	}
	do = append(do, limiterAdvice(l))
	if l.Used().Or(0) >= 0.5 {
		do = append(do, "Ask for a higher limit in the Claude Console, under Limits: that is possible from 50 % use on.")
	}
	return do[:min(len(do), maxAdvice)]
}

// limiterAdvice names what uses less of what a limiter counts.
func limiterAdvice(l *claude.Level) string {
	const batches = "Send what can wait through the Message Batches API, which has limits of its own"
	switch l.Bucket.Limiter {
	case claude.LimiterRequests:
		return batches + ", and combine small requests."
	case claude.LimiterInputTokens, claude.LimiterTokens, claude.LimiterPriorityInputTokens, claude.LimiterFastInputTokens:
		share, known := l.CacheShare.Get()
		switch {
		case l.Bucket.Pool == "haiku-3.5":
			return "Shorten prompts, or send what can wait through the Message Batches API."
		case known && share >= 0.5: // most of it comes from the cache already
			return batches + "."
		case known:
			return fmt.Sprintf("Cache the parts of prompts that repeat: cache reads don't count towards this limit, and only %s of the input is read from the cache.", percent(share))
		}
		return "Cache the parts of prompts that repeat: cache reads don't count towards this limit."
	case claude.LimiterOutputTokens, claude.LimiterPriorityOutputTokens, claude.LimiterFastOutputTokens:
		return "Ask for shorter answers or a smaller thinking budget, or send what can wait through the Message Batches API."
	default:
		return "Run fewer calls at the same time."
	}
}

// ConsumerName names a consumer by what is known of it, as in "checkout (u-17, claude-sonnet-5)".
func ConsumerName(c claude.Consumer) string {
	var parts []string
	for _, s := range []string{c.App, c.User, c.Model} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	switch len(parts) {
	case 0:
		return "an unnamed app"
	case 1:
		return parts[0]
	default:
		return parts[0] + " (" + strings.Join(parts[1:], ", ") + ")"
	}
}

// refusalAdvice names what helps against refusals, by the cause that most of them have. roomy says that every watched limit is
// less than half used.
func refusalAdvice(c claude.Cause, roomy bool) []string {
	switch c {
	case claude.CauseAcceleration:
		return []string{"Ramp up gradually: use grew faster than the API lets it, whatever the limits are."}
	case claude.Cause(claude.LimiterRequests):
		return []string{"Run fewer calls at the same time and wait for retry-after: the limit of requests ran out.", "Send what can wait through the Message Batches API."}
	case claude.Cause(claude.LimiterInputTokens):
		return []string{"Wait for retry-after: the limit of input tokens ran out.", "Cache the parts of prompts that repeat: cache reads don't count towards this limit."}
	case claude.Cause(claude.LimiterOutputTokens):
		return []string{"Wait for retry-after: the limit of output tokens ran out.", "Ask for shorter answers, or run fewer calls at the same time."}
	case claude.CauseBare:
		return []string{"Look for a gateway or proxy that answers 429 by itself: these refusals have none of the API's headers."}
	default: // what is left is a limit that nobody named
	}
	if roomy {
		return []string{
			"Look elsewhere: no watched limit is half used, so others in the organization, a workspace's limit or a steep rise are likely.",
			"Wait for retry-after before each retry, with some jitter, and ramp up gradually.",
		}
	}
	return []string{"Wait for retry-after before each retry, with some jitter, and run fewer calls at the same time."}
}

// spendAdvice names what helps against a refusal that has to do with money.
func spendAdvice(c claude.Cause, end, now time.Time) []string {
	until := ""
	if !end.IsZero() {
		until = " until " + clock(end, now)
	}
	switch c {
	case claude.CauseSpendCap:
		return []string{"Stop retrying: nothing but a higher spend cap helps" + until + ".", "Ask for a higher cap in the Claude Console, under Limits."}
	case claude.CauseOwnSpendLimit:
		return []string{"Raise your own spend limit or add credit in the Claude Console: calls fail" + until + " otherwise."}
	default:
		return []string{"Stop retrying and ask whoever holds your contract: its spend limit refuses all calls" + until + "."}
	}
}
