package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// source makes ordinary calls: both ids, usage, four readings, 500 users, about four calls a second.
type source struct {
	rnd     *rand.Rand
	ordered bool // whether ids go up with time, as the API's do today
	n       int
}

func (s *source) id() string {
	if s.ordered {
		return fmt.Sprintf("011C%020d", s.n)
	}
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var b strings.Builder
	for range 24 {
		b.WriteByte(alphabet[s.rnd.IntN(len(alphabet))])
	}
	return b.String()
}

func (s *source) call(start time.Time) claude.Call {
	id, user, at := s.id(), s.rnd.IntN(500), start.Add(time.Duration(s.n)*260*time.Millisecond)
	s.n++
	c := claude.Call{
		Time: at, RequestID: "req_" + id, MessageID: "msg_" + id, Provider: "anthropic", Organization: "org", Workspace: "wrkspc_1",
		App: fmt.Sprint("app", user%4), User: fmt.Sprint("user", user), Model: fmt.Sprint("claude-sonnet-", user%3), Status: 200,
		DurationSeconds: claude.Some(float64(s.rnd.IntN(20_000)) / 1000), CostUSD: claude.Some(float64(s.rnd.IntN(100_000)) / 1e6),
		Source: "/var/log/app.log",
	}
	c.Usage.InputTokens, c.Usage.OutputTokens = claude.Some(s.rnd.Int64N(5000)), claude.Some(s.rnd.Int64N(2000))
	c.Usage.CacheReadInputTokens = claude.Some(s.rnd.Int64N(90_000))
	for i, l := range []claude.Limiter{"requests", "input_tokens", "output_tokens", "tokens"} {
		limit := []int64{4000, 2_000_000, 400_000, 2_400_000}[i]
		c.Readings = append(c.Readings, claude.Reading{
			Limiter: l, Limit: claude.Some(limit), Remaining: claude.Some(limit - s.rnd.Int64N(limit/2)/1000*1000),
			Reset: at.Add(time.Second).Truncate(time.Second),
		})
	}
	return c
}
