package alerts

import (
	"fmt"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// levelAdvice names what helps against a limiter that runs full: first who, then how.
func levelAdvice(l *claude.Level, top []claude.Consumer) []string {
	var do []string
	if len(top) > 0 && top[0].Share >= 0.3 {
		do = append(do, fmt.Sprintf("Slow %s down first: it makes %s of this use.", ConsumerName(top[0]), percent(top[0].Share)))
	}
	switch l.Bucket.Limiter {
	case claude.LimiterRequests:
		return append(do, "Send what can wait through the Message Batches API, which has limits of its own, and combine small requests.")
	case claude.LimiterInputTokens, claude.LimiterTokens, claude.LimiterPriorityInputTokens, claude.LimiterFastInputTokens:
		if l.Bucket.Pool == "haiku-3.5" {
			return append(do, "Shorten prompts, or send what can wait through the Message Batches API.")
		}
		return append(do, "Cache the parts of prompts that repeat: cache reads don't count towards this limit.")
	case claude.LimiterOutputTokens, claude.LimiterPriorityOutputTokens, claude.LimiterFastOutputTokens:
		return append(do, "Ask for shorter answers or a smaller thinking budget, or send what can wait through the Message Batches API.")
	default:
		return append(do, "Run fewer calls at the same time.")
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

// refusalAdvice names what helps against refusals, by the cause that most of them have.
func refusalAdvice(c claude.Cause) []string {
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
	default:
		return []string{"Wait for retry-after before each retry, with some jitter, and run fewer calls at the same time."}
	}
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
