package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
)

// faults are the ways in which Slack says no, and what is to be made of each.
var faults = map[string]struct {
	fault slacktest.Fault
	want  alerts.SendError // of the bot; Reason is not compared
}{
	"rate limited":         {slacktest.Fault{Status: 429, RetryAfter: 17 * time.Second}, alerts.SendError{RetryAfter: 17 * time.Second}},
	"rate limited, vague":  {slacktest.Fault{Status: 429}, alerts.SendError{RetryAfter: 30 * time.Second}},
	"ratelimited code":     {slacktest.Fault{Code: "ratelimited"}, alerts.SendError{RetryAfter: 30 * time.Second}},
	"down":                 {slacktest.Fault{Status: 503}, alerts.SendError{}},
	"gateway timeout":      {slacktest.Fault{Status: 504}, alerts.SendError{Maybe: true}},
	"internal error":       {slacktest.Fault{Code: "internal_error"}, alerts.SendError{}},
	"fatal error":          {slacktest.Fault{Code: "fatal_error"}, alerts.SendError{}},
	"service unavailable":  {slacktest.Fault{Code: "service_unavailable"}, alerts.SendError{}},
	"some new code":        {slacktest.Fault{Code: "brand_new_code"}, alerts.SendError{}},
	"bad token":            {slacktest.Fault{Code: "invalid_auth"}, alerts.SendError{Permanent: true}},
	"account inactive":     {slacktest.Fault{Code: "account_inactive"}, alerts.SendError{Permanent: true}},
	"no such channel":      {slacktest.Fault{Code: "channel_not_found"}, alerts.SendError{Permanent: true}},
	"archived":             {slacktest.Fault{Code: "is_archived"}, alerts.SendError{Permanent: true}},
	"not in channel":       {slacktest.Fault{Code: "not_in_channel"}, alerts.SendError{Permanent: true}},
	"no service":           {slacktest.Fault{Status: 404, Code: "no_service"}, alerts.SendError{Permanent: true}},
	"message gone":         {slacktest.Fault{Code: "message_not_found"}, alerts.SendError{Gone: true}},
	"message can't change": {slacktest.Fault{Code: "cant_update_message"}, alerts.SendError{Gone: true}},
	"edit window closed":   {slacktest.Fault{Code: "edit_window_closed"}, alerts.SendError{Gone: true}},
}

func TestBotErrors(t *testing.T) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			s := slacktest.New(t)
			s.Fail(f.fault)
			_, err := newBot(t, s).Send(t.Context(), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
			checkError(t, err, f.want)
		})
	}
}

func checkError(t *testing.T, err error, want alerts.SendError) {
	t.Helper()
	got, ok := errors.AsType[*alerts.SendError](err)
	if !ok {
		t.Fatalf("Send() = %v; want a *alerts.SendError", err)
	}
	if got.Reason == "" {
		t.Errorf("Send() = %+v; want a reason", *got)
	}
	want.Reason = got.Reason
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("Send() (-want +got):\n%s", diff)
	}
	checkNoSecret(t, fmt.Sprintf("%v %+v %#v", err, err, got))
}

func checkNoSecret(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "canary") {
		t.Errorf("%q holds a secret", text)
	}
}

func TestWebhookErrors(t *testing.T) {
	for name, c := range map[string]struct {
		fault slacktest.Fault
		want  alerts.SendError
	}{
		"rate limited":        {slacktest.Fault{Status: 429, RetryAfter: 3 * time.Second}, alerts.SendError{RetryAfter: 3 * time.Second}},
		"rate limited, vague": {slacktest.Fault{Status: 429}, alerts.SendError{RetryAfter: 30 * time.Second}},
		"down":                {slacktest.Fault{Status: 500, Code: "oh no"}, alerts.SendError{}},
		"no service":          {slacktest.Fault{Status: 404, Code: "no_service"}, alerts.SendError{Permanent: true}},
		"archived":            {slacktest.Fault{Status: 410, Code: "channel_is_archived"}, alerts.SendError{Permanent: true}},
		"forbidden":           {slacktest.Fault{Status: 403, Code: "what"}, alerts.SendError{Permanent: true}},
		"redirected":          {slacktest.Fault{Status: 302, Code: ""}, alerts.SendError{Permanent: true}},
		"200, but not ok":     {slacktest.Fault{Status: 200, Code: "hmm"}, alerts.SendError{}},
		"200, and nothing":    {slacktest.Fault{Status: 200}, alerts.SendError{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := slacktest.New(t)
			s.Fail(c.fault)
			_, err := newWebhook(t, s).Send(t.Context(), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
			checkError(t, err, c.want)
		})
	}
}

// A redirect would carry the token or the message to wherever it points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := slacktest.New(t)
	redirect := httptest.NewServer(http.RedirectHandler(elsewhere.APIURL()+"chat.postMessage", http.StatusTemporaryRedirect))
	t.Cleanup(redirect.Close)
	for _, o := range []Options{{Token: canary, Channel: "c", APIURL: redirect.URL}, {WebhookURL: Secret(redirect.URL), AllowCustomHost: true}} {
		r, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Send(t.Context(), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
		checkError(t, err, alerts.SendError{Permanent: true})
	}
	if got := elsewhere.Requests(); len(got) != 0 {
		t.Errorf("%d requests followed a redirect; want none", len(got))
	}
}

func TestWebhookTellsTwice(t *testing.T) {
	s := slacktest.New(t)
	r := newWebhook(t, s)
	ref := send(t, r, alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
	ref = send(t, r, alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, ref) // the peak rose: no news worth a message
	ref = send(t, r, alerts.Message{Alert: alert(alerts.Resolved, alerts.Warning)}, ref)
	send(t, r, alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, ref) // again
	var colours []string
	for _, m := range s.Messages() {
		colours = append(colours, m.Color())
	}
	if want := []string{orange, green, orange}; !cmp.Equal(colours, want) {
		t.Errorf("colours = %v; want %v", colours, want)
	}
}

// Neither an unreachable nor a silent server makes an error with a secret in it.
func TestNetworkErrors(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	hanging := slacktest.New(t)
	hanging.Outage(slacktest.Fault{Hang: true, Taken: true})
	quick := &http.Client{Timeout: 50 * time.Millisecond}
	for name, c := range map[string]struct {
		options Options
		maybe   bool
	}{
		"bot, down":        {Options{Token: canary, Channel: "c", APIURL: down.URL + "/canary/"}, false},
		"bot, hanging":     {Options{Token: canary, Channel: "c", APIURL: hanging.APIURL(), HTTPClient: quick}, true},
		"webhook, down":    {Options{WebhookURL: Secret(down.URL + "/services/canary"), AllowCustomHost: true}, false},
		"webhook, hanging": {Options{WebhookURL: Secret(hanging.WebhookURL()), AllowCustomHost: true, HTTPClient: quick}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := New(c.options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Send(t.Context(), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
			checkError(t, err, alerts.SendError{Maybe: c.maybe})
		})
	}
}

// broken is a transport whose errors tell more than they should.
type broken struct{}

func (broken) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("proxy refused %s with %s", r.URL, canary)
}

func TestTalkativeTransport(t *testing.T) {
	client := &http.Client{Transport: broken{}}
	for _, o := range []Options{
		{Token: canary, Channel: "c", HTTPClient: client},
		{WebhookURL: "https://hooks.slack.com/services/T0/B0/canary", HTTPClient: client},
	} {
		r, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Send(t.Context(), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
		checkError(t, err, alerts.SendError{Maybe: true})
	}
}

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "slack receiver slack: neither token nor webhook_url is set"},
		{Options{Token: canary}, "slack receiver slack: token is set but no channel"},
		{Options{Token: canary, WebhookURL: "https://hooks.slack.com/services/canary"}, "slack receiver slack: both token and webhook_url are set: choose one"},
		{Options{Token: canary, Channel: "c", APIURL: "canary"}, "slack receiver slack: api_url is no http or https address"},
		{Options{WebhookURL: "canary:secret"}, "slack receiver slack: webhook_url is no http or https address"},
		{Options{WebhookURL: "https://\x7f/canary"}, "slack receiver slack: webhook_url is no http or https address"},
		{Options{Name: "ops", WebhookURL: "https://example.org/canary"}, "slack receiver ops: webhook_url points at https://example.org, not at https://hooks.slack.com: allow_custom_host permits it"},
		{Options{WebhookURL: "http://hooks.slack.com/services/canary"}, "slack receiver slack: webhook_url points at http://hooks.slack.com, not at https://hooks.slack.com: allow_custom_host permits it"},
	} {
		_, err := New(c.o)
		if err == nil || err.Error() != c.want {
			t.Errorf("New(%v) = %v; want %q", c.o, err, c.want)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	o := Options{Token: canary, WebhookURL: "https://hooks.slack.com/services/canary"}
	asJSON, err := json.Marshal(o.Token)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", o.Token, "both", []Secret{o.Token})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", o.Token, "both", []Secret{o.Token})
	for _, text := range []string{
		fmt.Sprint(o.Token), fmt.Sprintf("%s %q %x %X %d %v %+v %#v", o.Token, o.Token, o.Token, o.Token, o.Token, o, o, o), string(asJSON), log.String(),
	} {
		checkNoSecret(t, text)
		checkNoSecret(t, strings.ReplaceAll(text, fmt.Sprintf("%x", canary), "canary"))
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("post https://hooks.slack.com/services/T0/B0/x: EOF", "xoxb-1")
	f.Add("token xoxp-99-abc refused", "s")
	f.Add("000000xoxa-000000 0000000", ".")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := scrub(text+canary+" https://hooks.slack.com/services/T/B/canary "+secret, Secret(secret))
		if strings.Contains(got, canary) || strings.Contains(got, "services/T/B/canary") {
			t.Errorf("scrub(%q) = %q; want no secret", text, got)
		}
		if n := len([]rune(got)); n > 200 {
			t.Errorf("scrub(%q) has %d characters; want at most 200", text, n)
		}
	})
}
