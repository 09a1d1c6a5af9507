package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Canary stands wherever a prompt or a completion would: it must never come out of an agent.
const Canary = "CANARY-COMPLETION-TEXT"

// wireUsage is the usage object as the API writes it.
type wireUsage struct {
	InputTokens   int64 `json:"input_tokens"`
	CacheCreation int64 `json:"cache_creation_input_tokens"`
	CacheRead     int64 `json:"cache_read_input_tokens"`
	Split         struct {
		Ephemeral5m int64 `json:"ephemeral_5m_input_tokens"`
		Ephemeral1h int64 `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
	OutputTokens int64  `json:"output_tokens"`
	ServiceTier  string `json:"service_tier"`
	InferenceGeo string `json:"inference_geo"`
}

// content is one block of text.
type content struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// wireMessage is the body of an answer.
type wireMessage struct {
	Model        string    `json:"model"`
	ID           string    `json:"id"`
	Type         string    `json:"type"`
	Role         string    `json:"role"`
	Content      []content `json:"content"`
	StopReason   string    `json:"stop_reason"`
	StopSequence *string   `json:"stop_sequence"`
	Usage        wireUsage `json:"usage"`
}

// wireError is the body of a refusal.
type wireError struct {
	Type  string `json:"type"`
	Error struct {
		Type    string       `json:"type"`
		Message string       `json:"message"`
		Details *wireDetails `json:"details,omitempty"`
	} `json:"error"`
	RequestID string `json:"request_id"`
}

type wireDetails struct {
	ErrorCode string `json:"error_code"`
}

func usageOf(d Demand) wireUsage {
	u := wireUsage{
		InputTokens: d.Input, CacheRead: d.CacheRead, CacheCreation: d.CacheWrite5m + d.CacheWrite1h,
		OutputTokens: d.Output, ServiceTier: "standard", InferenceGeo: "global",
	}
	u.Split.Ephemeral5m, u.Split.Ephemeral1h = d.CacheWrite5m, d.CacheWrite1h
	return u
}

// answer completes a request. The headers and the books are of the same instant.
func (a *API) answer(w http.ResponseWriter, req *request) {
	a.mu.Lock()
	now := a.clock.Now()
	a.identify(w.Header(), req, now)
	a.showLimits(w.Header(), req.pool, now, nil)
	m := wireMessage{
		Model: req.model, ID: timedID("msg_", now, a.rng), Type: "message", Role: "assistant",
		Content: []content{{"text", Canary}}, StopReason: "end_turn", Usage: usageOf(req.demand),
	}
	a.books.count(req, http.StatusOK, "")
	a.mu.Unlock()
	send(w, http.StatusOK, m)
}

// refuse answers with an error.
func (a *API) refuse(w http.ResponseWriter, req *request, no *refusal) {
	a.mu.Lock()
	now := a.clock.Now()
	h := w.Header()
	a.identify(h, req, now)
	if no.limits {
		a.showLimits(h, req.pool, now, no)
	}
	if no.wait > 0 {
		h.Set("Retry-After", strconv.FormatInt(seconds(no.wait), 10))
	}
	a.books.count(req, no.status, no.cause)
	a.mu.Unlock()
	h.Set("X-Should-Retry", strconv.FormatBool(no.status == http.StatusTooManyRequests || no.status >= 500))
	e := wireError{Type: "error", RequestID: req.id}
	e.Error.Type, e.Error.Message = no.kind, no.message
	if no.code != "" {
		e.Error.Details = &wireDetails{no.code}
	}
	send(w, no.status, e)
}

// identify sets the headers that say what is answered, whose it is and when.
func (a *API) identify(h http.Header, req *request, now time.Time) {
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("Request-Id", req.id)
	if req.known {
		h.Set("Anthropic-Organization-Id", a.organization)
		h.Set("Anthropic-Workspace-Id", req.key.Workspace)
	}
}

// showLimits sets the four families of rate-limit headers. The sum's reset is the later one: then all of it is there again.
func (a *API) showLimits(h http.Header, p claude.Pool, now time.Time, no *refusal) {
	var sumLimit, sumLeft int64
	var sumReset time.Time
	set := func(family string, limit, left int64, reset time.Time) {
		prefix := "Anthropic-Ratelimit-" + family
		h.Set(prefix+"-Limit", strconv.FormatInt(limit, 10))
		h.Set(prefix+"-Remaining", strconv.FormatInt(left, 10))
		h.Set(prefix+"-Reset", reset.UTC().Format(time.RFC3339))
	}
	a.pools[p].each(func(l claude.Limiter, b *bucket) {
		left, reset := b.remaining(now), b.reset(now, no != nil)
		if a.zero && no != nil && no.limiter == l {
			left = 0
		}
		if l == claude.LimiterRequests {
			set("Requests", b.limit, left, reset)
			return
		}
		family := map[claude.Limiter]string{claude.LimiterInputTokens: "Input-Tokens", claude.LimiterOutputTokens: "Output-Tokens"}[l]
		left = thousands(left)
		set(family, b.limit, left, reset)
		sumLimit, sumLeft, sumReset = sumLimit+b.limit, sumLeft+left, later(sumReset, reset)
	})
	set("Tokens", sumLimit, sumLeft, sumReset)
}

// reset is when the bucket is full again, in whole seconds, rounded up. A refusal gives 1970 for a bucket that is full.
func (b *bucket) reset(now time.Time, refused bool) time.Time {
	if refused && !b.full.After(now) {
		return time.Unix(0, 0)
	}
	full := later(b.full, now)
	if whole := full.Truncate(time.Second); whole.Before(full) {
		return whole.Add(time.Second)
	}
	return full
}

// thousands rounds to the nearest 1,000, as the API does with tokens.
func thousands(n int64) int64 { return (n + 500) / 1000 * 1000 }

func send(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil { // plain structs of numbers and texts always marshal
		panic(fmt.Sprintf("marshal %T: %v", body, err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // a client that is gone does not matter
}
