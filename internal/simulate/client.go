package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// ask is one thing that an app wants from the API.
type ask struct {
	key, user, model string
	demand           Demand
}

// Exchange is one HTTP attempt as its app saw it: what a log can tell of it.
type Exchange struct {
	App, User string
	Model     string // as asked for
	MaxTokens int64
	Began     time.Time
	Ended     time.Time
	Status    int
	Header    http.Header
	Body      []byte
	Retry     int           // 0 for the first attempt
	Left      int           // retries that are left
	Delay     time.Duration // until the next attempt; 0 when there is none
	Lot       uint64        // a random number for what else the log says
}

// client asks as the official SDKs do: it retries what is worth it and waits as long as it is told to, else with back-off.
type client struct {
	http    *http.Client
	url     string
	retries int
	clock   Clock
}

// ask makes the attempts of one call and hands each to record. An answer that is an error is no error here.
func (c *client) ask(ctx context.Context, a ask, rng *rand.Rand, record func(*Exchange) error) error {
	for retry := 0; ; retry++ {
		x, err := c.attempt(ctx, a, retry)
		if err != nil {
			return err
		}
		x.Left, x.Lot = c.retries-retry, rng.Uint64()
		if x.Left > 0 && worthRetrying(x) {
			x.Delay = max(delay(x, rng), time.Millisecond)
		}
		if err := record(x); err != nil {
			return err
		}
		if x.Delay == 0 || !c.clock.wait(ctx, x.Delay) {
			return nil // done, given up, or the app ends
		}
	}
}

// attempt makes one HTTP request. It does not end with ctx: what the API answers is to stand in a log.
func (c *client) attempt(ctx context.Context, a ask, retry int) (*Exchange, error) {
	x := &Exchange{User: a.user, Model: a.model, MaxTokens: 4096, Retry: retry, Began: c.clock.Now()}
	req, err := c.request(context.WithoutCancel(ctx), a, x)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", a.model, err)
	}
	defer res.Body.Close() //nolint:errcheck // the body was read to its end or the error is returned
	if x.Body, err = io.ReadAll(res.Body); err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", a.model, err)
	}
	x.Ended, x.Status, x.Header = c.clock.Now(), res.StatusCode, res.Header
	return x, nil
}

func (c *client) request(ctx context.Context, a ask, x *Exchange) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{
		"model": a.model, "max_tokens": x.MaxTokens, "metadata": map[string]string{"user_id": a.user},
		"messages": []map[string]string{{"role": "user", "content": Canary}},
	})
	if err != nil {
		return nil, fmt.Errorf("write request for %s: %w", a.model, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("write request for %s: %w", a.model, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Anthropic-Version", "2023-06-01")
	req.Header.Set("X-Api-Key", a.key)
	req.Header.Set("X-Stainless-Retry-Count", strconv.Itoa(x.Retry))
	req.Header.Set(DemandHeader, a.demand.String())
	return req, nil
}

// worthRetrying is the SDKs' rule: the server's word, else 408, 409, 429 and everything from 500.
func worthRetrying(x *Exchange) bool {
	switch x.Header.Get("X-Should-Retry") {
	case "true":
		return true
	case "false":
		return false
	}
	return x.Status == 408 || x.Status == 409 || x.Status == 429 || x.Status >= 500
}

// delay is the SDKs' wait before a retry: retry-after when it is at most a minute, else 0.5 s doubling up to 8 s less up to a
// quarter.
func delay(x *Exchange, rng *rand.Rand) time.Duration {
	if s, err := strconv.ParseFloat(x.Header.Get("Retry-After"), 64); err == nil && s > 0 && s <= 60 {
		return time.Duration(s * float64(time.Second))
	}
	backOff := min(0.5*math.Pow(2, float64(x.Retry)), 8)
	return time.Duration(backOff * (1 - 0.25*rng.Float64()) * float64(time.Second))
}
