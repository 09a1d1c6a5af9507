package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// maxBody is the largest request that the API takes, in bytes.
const maxBody = 32 << 20

// request is what the API has read of one request.
type request struct {
	id       string
	key      Key
	known    bool // the key is valid, so the answer says whose it is
	model    string
	pool     claude.Pool
	demand   Demand
	estimate int64 // of the input tokens that the limit counts
}

// message is the part of a request's body that matters.
type message struct {
	Model     string          `json:"model"`
	MaxTokens int64           `json:"max_tokens"`
	Messages  json.RawMessage `json:"messages"`
}

// read checks a request. It always returns one, as far as it was understood, and a refusal when it is not valid.
func (a *API) read(w http.ResponseWriter, r *http.Request) (*request, *refusal) {
	a.mu.Lock()
	req := &request{id: timedID("req_", a.clock.Now(), a.rng)}
	a.mu.Unlock()
	secret := r.Header.Get("X-Api-Key")
	if secret == "" {
		secret = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if req.key, req.known = a.keys[secret]; !req.known {
		return req, &refusal{status: 401, kind: "authentication_error", message: "invalid x-api-key"}
	}
	if r.URL.Path != "/v1/messages" || r.Method != http.MethodPost {
		return req, &refusal{status: 404, kind: "not_found_error", message: "no such endpoint: POST /v1/messages is what there is"}
	}
	if r.Header.Get("Anthropic-Version") == "" {
		return req, invalid("anthropic-version: header is required")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return req, &refusal{status: 413, kind: "request_too_large", message: "the request exceeds the maximum size"}
	}
	return req, a.understand(req, body, r.Header.Get(DemandHeader))
}

func (a *API) understand(req *request, body []byte, demand string) *refusal {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return invalid("the request body is no valid JSON")
	}
	switch {
	case m.MaxTokens <= 0:
		return invalid("max_tokens: must be above 0")
	case len(m.Messages) < len(`[{}]`) || m.Messages[0] != '[':
		return invalid("messages: at least one message is required")
	}
	req.model, req.pool = fullID(m.Model), claude.ParseModel(m.Model).Pool
	if _, ok := a.pools[req.pool]; !ok {
		return &refusal{status: 404, kind: "not_found_error", message: "model: " + m.Model}
	}
	var err error
	if req.demand, err = a.measure(m, demand); err != nil {
		return invalid(err.Error())
	}
	req.demand.Output = min(req.demand.Output, m.MaxTokens)
	req.estimate = estimate(req.demand.counted(req.pool), body)
	return nil
}

// measure returns what the request says that it uses, or else about what its text would.
func (a *API) measure(m message, demand string) (Demand, error) {
	if demand != "" {
		return ParseDemand(demand)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return Demand{Input: int64(len(m.Messages))/4 + 1, Output: 1 + a.rng.Int64N(min(m.MaxTokens, 1000))}, nil
}

func invalid(message string) *refusal {
	return &refusal{status: 400, kind: "invalid_request_error", message: fmt.Sprintf("%.200s", message)}
}
