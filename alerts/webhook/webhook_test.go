package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/post"
	"github.com/claudewatch/claudewatch/claude"
)

var update = flag.Bool("update", false, "write the golden files anew")

var fired = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func message(state alerts.State) alerts.Message {
	a := alerts.Alert{
		Fingerprint: "0123456789abcdef", Rule: "limit_usage_high", Severity: alerts.Warning, State: state, Episode: "0123456789abcdef-1795262400",
		Revision: 1, FiredAt: fired, Value: 0.86, Peak: 0.91,
		Labels: map[string]string{"provider": "anthropic", "pool": "sonnet-5", "limiter": "input_tokens", "severity": "forged"},
		Facts: alerts.Facts{
			Title: "input tokens of sonnet-5 at 86 % of the limit", Unit: "ratio",
			Fields:    []alerts.Field{{Name: "Time to exhaustion", Value: "2 min"}, {Name: "", Value: "lost"}},
			Consumers: []claude.Consumer{{App: "checkout", Share: 0.62}}, Do: []string{"Slow checkout down first."},
		},
	}
	if state == alerts.Resolved {
		a.ResolvedAt, a.Revision, a.Facts.Do = fired.Add(23*time.Minute), 2, nil
	}
	return alerts.Message{Alert: a, Now: fired, Links: []alerts.Link{{Name: "Open", URL: "http://localhost:9429/"}}}
}

// request is what a receiver of webhooks was sent.
type request struct {
	header http.Header
	body   string
}

func server(t *testing.T, status int) (url string, got func() []request) {
	t.Helper()
	requests := make(chan request, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- request{r.Header, string(body)}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook", func() []request {
		var all []request
		for len(requests) > 0 {
			all = append(all, <-requests)
		}
		return all
	}
}

func TestPayload(t *testing.T) {
	for _, state := range []alerts.State{alerts.Firing, alerts.Resolved} {
		url, got := server(t, 200)
		r, err := New(Options{URL: post.Secret(url)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Send(t.Context(), message(state), alerts.Ref{}); err != nil {
			t.Fatal(err)
		}
		q := got()[0]
		if q.header.Get(SignatureHeader) != "" || q.header.Get("Content-Type") != "application/json" || !strings.HasPrefix(q.header.Get("Idempotency-Key"), "0123456789abcdef-1795262400-") {
			t.Errorf("headers = %v; want JSON, a key of the revision, and no signature without a secret", q.header)
		}
		var body any
		if err := json.Unmarshal([]byte(q.body), &body); err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(body, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/"+string(state)+".json", string(text)+"\n")
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// The signature is checked the way the documentation tells a receiver to.
func TestSignature(t *testing.T) {
	const secret = "canary-signing-secret"
	url, got := server(t, 200)
	r, err := New(Options{URL: post.Secret(url), Secret: secret, Now: func() time.Time { return fired }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Send(t.Context(), message(alerts.Firing), alerts.Ref{}); err != nil {
		t.Fatal(err)
	}
	q := got()[0]
	stamp, signature, ok := strings.Cut(strings.TrimPrefix(q.header.Get("Claudewatch-Signature"), "t="), ",v1=")
	if !ok || stamp != "1795262400" {
		t.Fatalf("signature header = %q; want the time and v1", q.header.Get("Claudewatch-Signature"))
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + q.body))
	if want := hex.EncodeToString(mac.Sum(nil)); signature != want {
		t.Errorf("signature = %s; want %s", signature, want)
	}
	if strings.Contains(q.body, "canary") {
		t.Errorf("body %s holds the secret", q.body)
	}
}

func TestErrors(t *testing.T) {
	for status, permanent := range map[int]bool{500: false, 404: true} {
		url, _ := server(t, status)
		r, err := New(Options{URL: post.Secret(url)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Send(t.Context(), message(alerts.Firing), alerts.Ref{})
		e, ok := errors.AsType[*alerts.SendError](err)
		if !ok || e.Permanent != permanent {
			t.Errorf("Send() under %d = %v; want permanent %v", status, err, permanent)
		}
	}
	for want, o := range map[string]Options{
		"webhook receiver webhook: no url":                          {},
		"webhook receiver hook: url is no http or https address":    {Name: "hook", URL: "canary:secret"},
		"webhook receiver webhook: url is no http or https address": {URL: "https:///canary"},
	} {
		if _, err := New(o); err == nil || err.Error() != want {
			t.Errorf("New(%+v) = %v; want %s", o, err, want)
		}
	}
}
