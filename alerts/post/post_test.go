package post

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
)

const canary = "canary-secret-key"

func send(t *testing.T, ctx context.Context, c *Client, url string) *alerts.SendError { //nolint:revive // the context is the subject
	t.Helper()
	err := c.JSON(ctx, Request{
		URL: Secret(url), Body: []byte(`{}`), Secrets: []Secret{canary},
		Header: http.Header{"Authorization": {"Bearer " + canary}},
	})
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*alerts.SendError](err)
	if !ok || e.Reason == "" {
		t.Fatalf("JSON() = %#v; want a *alerts.SendError with a reason", err)
	}
	if text := fmt.Sprintf("%v %+v %#v", err, err, *e); strings.Contains(text, "canary") {
		t.Errorf("JSON() = %s; want no secret in it", text)
	}
	return e
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header string
		want   *alerts.SendError // Reason is not compared
	}{
		"ok":                   {200, "", nil},
		"accepted":             {202, "", nil},
		"bad request":          {400, "", &alerts.SendError{Permanent: true}},
		"unauthorized":         {401, "", &alerts.SendError{Permanent: true}},
		"gone":                 {410, "", &alerts.SendError{Permanent: true}},
		"redirect":             {307, "", &alerts.SendError{Permanent: true}},
		"timeout":              {408, "", &alerts.SendError{}},
		"limited":              {429, "17", &alerts.SendError{RetryAfter: 17 * time.Second}},
		"limited, vaguely":     {429, "", &alerts.SendError{RetryAfter: limitedWait}},
		"limited, nonsense":    {429, "-5", &alerts.SendError{RetryAfter: limitedWait}},
		"limited, for ever":    {429, "99999999999", &alerts.SendError{RetryAfter: longestWait}},
		"error":                {500, "", &alerts.SendError{}},
		"unavailable":          {503, "", &alerts.SendError{}},
		"unavailable, a while": {503, "9", &alerts.SendError{RetryAfter: 9 * time.Second}},
		"gateway timeout":      {504, "", &alerts.SendError{Maybe: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				if c.status == 307 {
					w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
				}
				w.WriteHeader(c.status)
				_, _ = fmt.Fprintf(w, "no %s at %s:\n\x1b[31m%s", canary, r.URL, strings.Repeat("long ", 1000))
			}))
			t.Cleanup(s.Close)
			got := send(t, t.Context(), NewClient(), s.URL+"/hook/canary-path?key=canary-query")
			if got != nil && c.want != nil {
				if n := len([]rune(got.Reason)); n > 230 || strings.ContainsAny(got.Reason, "\n\x1b") {
					t.Errorf("reason = %q; want one short line", got.Reason)
				}
				c.want.Reason = got.Reason
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("JSON() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client goes away
		<-r.Context().Done()
	}))
	t.Cleanup(hanging.Close)
	distrusted := httptest.NewTLSServer(http.NotFoundHandler())
	distrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	t.Cleanup(distrusted.Close)
	for name, c := range map[string]struct {
		url   string
		maybe bool
	}{
		"down":       {down.URL + "/canary", false},
		"hanging":    {hanging.URL + "/canary", true},
		"distrusted": {distrusted.URL + "/canary", false},
		"no address": {"http://canary\x7f/", false},
	} {
		t.Run(name, func(t *testing.T) {
			wait := 30 * time.Second // a bound for a hang: the answer comes at once
			if name == "hanging" {
				wait = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			if got := send(t, ctx, NewClient(), c.url); got == nil || got.Maybe != c.maybe {
				t.Errorf("JSON() = %+v; want an error with Maybe %v", got, c.maybe)
			}
		})
	}
}

func TestRetryAfterAsDate(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute, "Sat, 21 Nov 2026 11:00:00 GMT": limitedWait, "12": 12 * time.Second, "soon": limitedWait,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("retryAfter(%q) = %s; want %s", text, got, want)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	r := Request{URL: "http://h/canary", Secrets: []Secret{canary}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "url", r.URL, "all", r.Secrets)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "url", r.URL, "all", r.Secrets)
	asJSON, err := json.Marshal(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", r, r, r, r.URL, r.URL, r.URL), log.String(), string(asJSON)} {
		if strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
			t.Errorf("%s shows a secret", text)
		}
	}
}

// talkative is a transport whose errors tell more than they should.
type talkative struct{ text string }

func (x talkative) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s %s with %s", x.text, r.URL, r.Header.Get("Authorization"))
}

func FuzzNoSecretInErrors(f *testing.F) {
	f.Add("proxy refused", "/services/canary")
	f.Add("", "?key=canary&x=%zz")
	f.Fuzz(func(t *testing.T, text, path string) {
		c := &Client{&http.Client{Transport: talkative{text}}}
		err := c.JSON(t.Context(), Request{
			URL: "http://h.example/" + canary + Secret(path), Body: []byte("{}"), Secrets: []Secret{canary},
			Header: http.Header{"Authorization": {"Bearer " + canary}},
		})
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("JSON(%q) = %v; want an error without the secret", path, err)
		}
	})
}
