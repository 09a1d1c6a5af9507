package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// The organization whose calls are made: each user has one app, each app three of the models.
const (
	apps  = 10
	users = 300
)

var models = [...]string{
	"claude-sonnet-5", "claude-haiku-4-5-20251001", "claude-opus-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5",
}

// source makes the calls of a span in the order of time: few at night, most in the early afternoon, one in a hundred refused.
type source struct {
	rnd    *rand.Rand
	at     time.Time
	prices *claude.Prices
	mean   time.Duration // between two calls
	n      int
}

func newSource(from, to time.Time, calls int) (*source, error) {
	prices, err := claude.NewPrices(nil)
	return &source{
		rnd: rand.New(rand.NewPCG(1, 2)), at: from, prices: prices, //nolint:gosec // a benchmark wants the same calls each time
		mean: to.Sub(from) / time.Duration(calls),
	}, err
}

// busy is how much there is to do at a time of day, 1 on average.
func busy(t time.Time) float64 {
	return 1 + 0.9*math.Cos(2*math.Pi*(t.Sub(t.Truncate(24*time.Hour)).Hours()-14)/24)
}

func (s *source) id() string {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var b [24]byte
	for i := range b {
		b[i] = alphabet[s.rnd.IntN(len(alphabet))]
	}
	return string(b[:])
}

func (s *source) call() claude.Call {
	s.at = s.at.Add(time.Duration(s.rnd.ExpFloat64() * float64(s.mean) / busy(s.at)))
	user := int(math.Abs(s.rnd.NormFloat64())*users/2.5) % users
	app := user % apps
	id := s.id()
	s.n++
	c := claude.Call{
		Time: s.at.Truncate(time.Millisecond), RequestID: "req_" + id, MessageID: "msg_" + id, Provider: "anthropic", Organization: "org",
		Workspace: fmt.Sprint("wrkspc_", app%3), App: fmt.Sprint("app-", app), User: fmt.Sprint("user-", user),
		Model: models[(app+[...]int{0, 0, 0, 1, 1, 2}[s.rnd.IntN(6)])%len(models)], Status: 200, Source: fmt.Sprintf("/var/log/app-%d.log", app),
		DurationSeconds: claude.Some(math.Round(1000*math.Exp(0.7*s.rnd.NormFloat64()+1)) / 1000),
	}
	c.Pool = claude.ParseModel(c.Model).Pool
	if s.rnd.IntN(100) == 0 {
		c.Status, c.ErrorType, c.Cause, c.MessageID = 429, "rate_limit_error", claude.CauseRateLimit, ""
		c.RetryAfterSeconds, c.Retry = claude.Some(float64(1+s.rnd.IntN(20))), claude.Some(s.rnd.Int64N(2))
		return c
	}
	c.Usage.InputTokens, c.Usage.OutputTokens = claude.Some(s.rnd.Int64N(4000)), claude.Some(s.rnd.Int64N(1500))
	c.Usage.CacheReadInputTokens, c.Usage.CacheCreationInputTokens = claude.Some(s.rnd.Int64N(60_000)), claude.Some(s.rnd.Int64N(2000))
	c.CostUSD = s.prices.Cost(&c)
	for i, l := range [...]claude.Limiter{"requests", "input_tokens", "output_tokens", "tokens"} {
		limit := [...]int64{4000, 2_000_000, 400_000, 2_400_000}[i]
		c.Readings = append(c.Readings, claude.Reading{
			Limiter: l, Limit: claude.Some(limit), Remaining: claude.Some(limit - s.rnd.Int64N(limit/2)/1000*1000), Reset: s.at.Add(time.Second).Truncate(time.Second),
		})
	}
	return c
}
