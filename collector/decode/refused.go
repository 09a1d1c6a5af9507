package decode

import (
	"bytes"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// Clouds and gateways say in words of their own what the API says by an error's type.

// vertexQuota is what Vertex says of a quota, before the model whose it is. Source: Vertex AI, error code 429.
const (
	vertexQuota = "Quota exceeded for aiplatform.googleapis.com/"
	vertexModel = "anthropic-claude-"
)

// refused reads the words for a refusal of clouds and gateways. They count only where a model of Claude's is named.
func (r *record) refused(text []byte) {
	if i := bytes.Index(text, []byte(vertexQuota)); i >= 0 {
		if _, model, ok := bytes.Cut(text[i:], []byte(vertexModel)); ok {
			r.refusedAs(429)
			r.url, r.call.Provider = true, claude.ProviderVertex
			if m := r.call.Model; m == "" || strings.HasPrefix(m, vertexModel) {
				r.call.Model = "claude-" + idAt(model)
			}
		}
		return
	}
	if _, rest, ok := bytes.Cut(text, []byte("AnthropicException - ")); ok && bytes.HasPrefix(rest, []byte("Overloaded")) && r.refusal.Type == "" {
		r.refusal.Type = "overloaded_error"
		r.tookFrom("words of the line", partErrorType)
		return
	}
	if !claudeModel(r.call.Model) && !r.url || statusOfType(r.refusal.Type) != 0 {
		return
	}
	if _, rest, ok := bytes.Cut(text, []byte("An error occurred (")); ok { // as boto3 says it
		r.refusedAs(bedrockStatus[idAt(rest)])
	} else if _, rest, ok := bytes.Cut(text, []byte("litellm.")); ok && bytes.Contains(rest, []byte("Exception - ")) {
		rest = bytes.TrimPrefix(rest, []byte("exceptions."))
		r.refusedAs(litellmStatus[idAt(rest)])
	}
}

// refusedAs notes the status that a word stands for, where no better one is known.
func (r *record) refusedAs(status int) {
	if status != 0 && r.statusR < rankText {
		r.call.Status, r.statusR = status, rankText
		r.tookFrom("words of the line", partStatus)
	}
}

// litellmStatus is the status of LiteLLM's exceptions. Source: LiteLLM, exceptions.py.
var litellmStatus = map[string]int{
	"BadRequestError": 400, "ContextWindowExceededError": 400, "AuthenticationError": 401, "PermissionDeniedError": 403, "NotFoundError": 404,
	"RateLimitError": 429, "InternalServerError": 500, "ServiceUnavailableError": 503,
}

// reasons are the first words of those that HTTP has for a status, in lower case.
var reasons = map[string]string{
	"400": "bad", "401": "unauthorized", "403": "forbidden", "404": "not", "409": "conflict", "413": "request",
	"429": "too", "500": "internal", "502": "bad", "503": "service", "504": "gateway",
}

func claudeModel(id string) bool { return strings.Contains(strings.ToLower(id), "claude") }
