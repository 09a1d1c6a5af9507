// Package post sends what receivers send: one JSON body to one address, with timeouts, without following redirects, and with errors
// that say how to go on and hold neither the address nor a secret.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/claudewatch/claudewatch/alerts"
)

// Timings and bounds of a request.
const (
	timeout     = 10 * time.Second
	limitedWait = 30 * time.Second // after a 429 that names no time
	longestWait = time.Hour        // whatever a receiver asks for
	maxAnswer   = 4 << 10
	maxReason   = 200
	minSecret   = 6 // shorter texts are not taken out: they would tear up what is said
)

// Client posts. Its zero value is not usable: NewClient makes it.
type Client struct{ http *http.Client }

// NewClient returns a client with a timeout that follows no redirect: one would carry the body and its secrets to wherever it points.
func NewClient() *Client {
	return &Client{&http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Request is what is sent where.
type Request struct {
	URL    Secret
	Header http.Header
	Body   []byte
	// Secrets are taken out of errors, beside the address.
	Secrets []Secret
	// Idempotent says that sending it again changes nothing, so that an unknown end is no danger.
	Idempotent bool
}

// JSON posts a body. A status of 2xx is success; every other end is a *alerts.SendError.
func (c *Client) JSON(ctx context.Context, r Request) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(r.URL), bytes.NewReader(r.Body))
	if err != nil {
		return &alerts.SendError{Reason: "its address is none", Permanent: true}
	}
	maps.Copy(req.Header, r.Header)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "claudewatch")
	resp, err := c.http.Do(req)
	if err != nil {
		return r.broken(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		return nil // it was taken, whatever became of the rest of the answer
	}
	if err != nil {
		return r.broken(err)
	}
	return r.refused(resp, string(text))
}

// refused judges an answer that is no success.
func (r *Request) refused(resp *http.Response, text string) *alerts.SendError {
	e := &alerts.SendError{Reason: strings.TrimSpace(fmt.Sprintf("status %d %s", resp.StatusCode, r.scrub(text)))}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		e.RetryAfter = min(retryAfter(resp.Header.Get("Retry-After"), time.Now()), longestWait)
	case code == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		e.RetryAfter = min(retryAfter(resp.Header.Get("Retry-After"), time.Now()), longestWait)
	case code == http.StatusGatewayTimeout: // a gateway says nothing about what is behind it
		e.Maybe = !r.Idempotent
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code >= 500:
	default:
		e.Permanent = true
	}
	return e
}

// broken judges a request without an answer. One that was under way may have got through; one that never found the server has not.
func (r *Request) broken(err error) *alerts.SendError {
	cause := err
	if e, ok := errors.AsType[*url.Error](err); ok { // it names the address
		cause = e.Err
	}
	op, isOp := errors.AsType[*net.OpError](err)
	_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
	reached := !distrusted && (!isOp || op.Op != "dial")
	reason := r.scrub(cause.Error())
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "no answer in time"
	}
	return &alerts.SendError{Reason: reason, Maybe: reached && !r.Idempotent}
}

// scrub takes the address and all secrets out of a text that goes into an error, and makes it one short line.
func (r *Request) scrub(text string) string {
	hide := append([]Secret{r.URL}, r.Secrets...)
	if u, err := url.Parse(string(r.URL)); err == nil {
		hide = append(hide, Secret(u.RequestURI()), Secret(u.RawQuery), Secret(u.User.String()))
	}
	for _, s := range hide {
		if len(s) >= minSecret {
			text = strings.ReplaceAll(text, string(s), redacted)
		}
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(c rune) bool { return unicode.IsControl(c) || unicode.IsSpace(c) }), " ")
	if chars := []rune(text); len(chars) > maxReason {
		text = string(chars[:maxReason-1]) + "…"
	}
	return text
}

// retryAfter reads the header: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if s, err := strconv.Atoi(text); err == nil && s > 0 {
		return time.Duration(min(s, int(longestWait/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return limitedWait
}
