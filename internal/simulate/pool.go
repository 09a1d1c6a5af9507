package simulate

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Limits are what one pool may use per minute.
type Limits struct {
	Requests     int64
	InputTokens  int64 // cache reads don't count
	OutputTokens int64
}

// pool is the buckets of one set of models. The API's mutex guards it.
type pool struct {
	requests, input, output bucket
	growth                  growth
}

func newPool(l Limits) *pool {
	return &pool{requests: bucket{limit: l.Requests}, input: bucket{limit: l.InputTokens}, output: bucket{limit: l.OutputTokens}}
}

// each calls f for the buckets in the order of the API's headers.
func (p *pool) each(f func(claude.Limiter, *bucket)) {
	f(claude.LimiterInputTokens, &p.input)
	f(claude.LimiterOutputTokens, &p.output)
	f(claude.LimiterRequests, &p.requests)
}

// short returns the limiter that keeps a request with this much input waiting longest, and how long; 0 when none does. Output
// that has not been produced yet can't be counted: one token must be left.
func (p *pool) short(now time.Time, input int64) (limiter claude.Limiter, wait time.Duration) {
	costs := map[claude.Limiter]int64{claude.LimiterInputTokens: input, claude.LimiterOutputTokens: 1, claude.LimiterRequests: 1}
	p.each(func(l claude.Limiter, b *bucket) {
		if w := b.wait(now, costs[l]); w > wait {
			limiter, wait = l, w
		}
	})
	return limiter, wait
}

// dated maps the aliases of models whose real ids carry a date; newer ids have none.
var dated = map[string]string{
	"claude-opus-4-5":   "claude-opus-4-5-20251101",
	"claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
	"claude-haiku-4-5":  "claude-haiku-4-5-20251001",
}

// fullID is the id that the API answers with.
func fullID(model string) string {
	if id, ok := dated[model]; ok {
		return id
	}
	return model
}

// pace is how fast a class of models answers.
type pace struct {
	first     time.Duration // to the first token
	perSecond float64       // output tokens
}

func paceOf(p claude.Pool) pace {
	switch p {
	case "haiku-5.5", "haiku-4.5", "haiku-3.5":
		return pace{350 * time.Millisecond, 160}
	case "sonnet-5.5", "sonnet-5", "sonnet-4.x":
		return pace{650 * time.Millisecond, 85}
	default:
		return pace{1100 * time.Millisecond, 55}
	}
}
