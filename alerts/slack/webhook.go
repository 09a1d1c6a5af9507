package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// webhook posts to an incoming webhook. It can't edit: the ref remembers what the channel was last told. The client library is not
// used for it, as its errors hold the address.
type webhook struct {
	client *http.Client
	url    Secret
}

// payload is the body of a webhook's request.
type payload struct {
	Text        string             `json:"text"`
	Markdown    bool               `json:"mrkdwn"`
	UnfurlLinks bool               `json:"unfurl_links"`
	UnfurlMedia bool               `json:"unfurl_media"`
	Attachments []slack.Attachment `json:"attachments,omitempty"`
}

func (w *webhook) send(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	told := "firing"
	if m.Alert.State == alerts.Resolved {
		told = "resolved"
	}
	ref := alerts.Ref{Channel: "webhook", ID: told}
	if prev == ref { // each change of a number would be one message more
		return ref, nil
	}
	if err := w.say(ctx, headline(m), attachment(m, false)); err != nil {
		return alerts.Ref{}, err
	}
	return ref, nil
}

// say posts a text with an attachment, and without it where Slack finds something wrong with that.
func (w *webhook) say(ctx context.Context, text string, a slack.Attachment) error {
	p := payload{Text: escape(text), Attachments: []slack.Attachment{a}}
	err := w.post(ctx, p)
	if err != nil && (strings.HasPrefix(err.Reason, "invalid_") || strings.HasSuffix(err.Reason, "_too_long")) {
		p.Attachments = nil
		err = w.post(ctx, p)
	}
	if err != nil {
		return fmt.Errorf("slack webhook: %w", err)
	}
	return nil
}

// post sends one message. Anything but "ok" is an error, under status 200 too.
func (w *webhook) post(ctx context.Context, p payload) *alerts.SendError {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	body, err := json.Marshal(p)
	if err != nil {
		return &alerts.SendError{Reason: "message not encoded", Permanent: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(w.url), bytes.NewReader(body))
	if err != nil {
		return &alerts.SendError{Reason: "webhook_url is no address", Permanent: true}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := w.client.Do(req)
	if err != nil {
		return networkError(err, w.url)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 256))
	if err != nil {
		return networkError(err, w.url)
	}
	return w.judge(resp, strings.TrimSpace(string(text)))
}

// judge reads the reply: "ok", or an error code as plain text.
func (w *webhook) judge(resp *http.Response, text string) *alerts.SendError {
	switch {
	case resp.StatusCode == http.StatusOK && text == "ok":
		return nil
	case resp.StatusCode == http.StatusTooManyRequests:
		s, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return limited(time.Duration(s) * time.Second)
	}
	if e := codeError(text, scrub(text, w.url)); e.Permanent || e.RetryAfter > 0 {
		return e
	}
	if resp.StatusCode == http.StatusOK {
		return &alerts.SendError{Reason: fmt.Sprintf("answered %q instead of ok", scrub(text, w.url))}
	}
	return statusError(resp.StatusCode, scrub(text, w.url))
}
