package simulate

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// refusal is why a request is not answered.
type refusal struct {
	status  int
	kind    string // the error's type
	code    string // the error's code, for the few that have one
	message string
	cause   claude.Cause  // what the books call it; "" where nothing ran out
	wait    time.Duration // retry-after; 0 for none
	limits  bool          // the answer shows the buckets
	limiter claude.Limiter
}

// admit decides on a valid request and charges what is admitted: one request, and the input as estimated.
func (a *API) admit(req *request) *refusal {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, p := a.clock.Now(), a.pools[req.pool]
	switch {
	case a.capped:
		return spendCapped()
	case a.overload > 0 && a.rng.Float64() < a.overload:
		return &refusal{status: 529, kind: "overloaded_error", message: "Overloaded", cause: claude.CauseOverloaded}
	}
	// The buckets come first: a request that does not fit is no growth.
	if l, wait := p.short(now, req.estimate); wait > 0 {
		return a.limited(req, l, wait)
	}
	if wait := p.growth.wait(now, req.estimate, p.input.limit, a.ramp); wait > 0 {
		return ramped(wait)
	}
	p.requests.take(now, 1)
	p.input.take(now, req.estimate)
	p.growth.take(now, req.estimate)
	return nil
}

func spendCapped() *refusal {
	return &refusal{
		status: 429, kind: "rate_limit_error", code: "enforced_spend_limit_reached", cause: claude.CauseSpendCap,
		message: "The organization has reached its monthly spend limit.",
	}
}

func ramped(wait time.Duration) *refusal {
	return &refusal{
		status: 429, kind: "rate_limit_error", code: "ramp_limit_exceeded", cause: claude.CauseAcceleration, wait: wait, limits: true,
		message: "Use has grown too sharply. Increase it gradually.",
	}
}

func (a *API) limited(req *request, l claude.Limiter, wait time.Duration) *refusal {
	var limit int64
	a.pools[req.pool].each(func(m claude.Limiter, b *bucket) {
		if m == l {
			limit = b.limit
		}
	})
	return &refusal{
		status: 429, kind: "rate_limit_error", cause: claude.Cause(l), wait: wait, limits: true, limiter: l,
		message: fmt.Sprintf("This request would exceed the organization's rate limit of %s %s per minute (org: %s, model: %s).",
			grouped(limit), strings.ReplaceAll(string(l), "_", " "), a.organization, req.model),
	}
}

// seconds rounds a wait up: a retry after it must pass.
func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }

// grouped writes 400000 as 400,000.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
