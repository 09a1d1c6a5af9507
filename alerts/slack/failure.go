package slack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// limitedWait is how long to wait after a 429 that names no time.
const limitedWait = 30 * time.Second

// gone are the errors of an edit whose message can't be edited any more. Source: Slack API, chat.update.
var gone = []string{"message_not_found", "cant_update_message", "edit_window_closed"}

// permanent are the errors that only a person can mend; all others are worth another try. Source: Slack API, chat.postMessage and
// incoming webhooks.
var permanent = []string{
	"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission",
	"org_login_required", "ekm_access_denied", "access_denied", "not_allowed_token_type", "restricted_action", "two_factor_setup_required",
	"channel_not_found", "is_archived", "channel_is_archived", "not_in_channel", "action_prohibited", "posting_to_general_channel_denied",
	"no_service", "no_team", "team_disabled", "user_not_found", "invalid_token", "no_active_hooks",
	"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_payload", "no_text", "msg_too_long", "invalid_arguments",
	"invalid_attachments", "too_many_attachments", "metadata_too_large",
}

// explain turns an error of the API's client into one that says how to go on and holds no secret.
func (b *bot) explain(err error) error {
	return fmt.Errorf("slack: %w", b.sendError(err))
}

func (b *bot) sendError(err error) *alerts.SendError {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return limited(e.RetryAfter)
	}
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return statusError(e.Code, "")
	}
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		text := e.Err
		if e.Needed != "" {
			text += ", needs " + e.Needed
		}
		return codeError(e.Err, scrub(text, b.token))
	}
	return networkError(err, b.token)
}

func limited(after time.Duration) *alerts.SendError {
	if after <= 0 {
		after = limitedWait
	}
	return &alerts.SendError{Reason: "rate limited", RetryAfter: after}
}

// codeError judges one of Slack's error codes.
func codeError(code, text string) *alerts.SendError {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return limited(0)
	default:
		return &alerts.SendError{Reason: text, Gone: slices.Contains(gone, code), Permanent: slices.Contains(permanent, code)}
	}
}

// statusError judges an HTTP status whose body said nothing better.
func statusError(status int, text string) *alerts.SendError {
	e := &alerts.SendError{Reason: strings.TrimSpace(fmt.Sprintf("status %d %s", status, text))}
	switch {
	case status == http.StatusTooManyRequests:
		return limited(0)
	case status == http.StatusRequestTimeout || status >= 500: // a gateway's 504 says nothing about what is behind it
		e.Maybe = status == http.StatusGatewayTimeout
	default:
		e.Permanent = true
	}
	return e
}

// networkError drops the address from an error, which for a webhook is the secret. A request that was under way may have got
// through; one that never found the server has not.
func networkError(err error, secrets ...Secret) *alerts.SendError {
	cause := err
	if e, ok := errors.AsType[*url.Error](err); ok {
		cause = e.Err
	}
	op, ok := errors.AsType[*net.OpError](err)
	_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
	dialled := !distrusted && (!ok || op.Op != "dial")
	text := scrub(cause.Error(), secrets...)
	if errors.Is(err, context.DeadlineExceeded) {
		text = "no answer in time"
	}
	return &alerts.SendError{Reason: text, Maybe: dialled}
}
