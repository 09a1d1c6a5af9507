package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const canary = "CANARY-5f3a"

// Whatever is done with a secret short of Reveal, it doesn't come out. An unexported field is where fmt can't call the methods.
func TestSecretIsNeverShown(t *testing.T) {
	s := NewSecret(canary)
	hidden := struct{ s Secret }{s}
	c := Default()
	c.Webhook.Token = s
	c.Receivers = []Receiver{{Slack: &Slack{Channel: "#c", Token: s, WebhookURL: s}}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s"} {
		for _, v := range []any{s, &s, hidden, &hidden, c, *c, c.Webhook, *c.Receivers[0].Slack, []Secret{s}, map[string]Secret{"k": s}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("configured", "secret", s, "config", c, "slack", c.Receivers[0].Slack)
	}
	for _, v := range []any{s, c, map[Secret]int{s: 1}} {
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(j)
	}
	y, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(y)
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	hexed := fmt.Sprintf("%x", canary)
	if got := out.String(); strings.Contains(got, canary) || strings.Contains(strings.ToLower(got), hexed) {
		t.Errorf("a secret came out:\n%s", got)
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); got != "[redacted] [redacted] [redacted] [redacted]" {
		t.Errorf("Sprintf(secret) = %q; want [redacted] four times", got)
	}
	if s.Reveal() != canary || s.IsZero() || !NewSecret("").IsZero() || NewSecret("").String() != "" {
		t.Errorf("Reveal() = %q, IsZero() = %v; want the secret, and none for none", s.Reveal(), s.IsZero())
	}
}

// Every way to put a secret into a file where it does not belong ends in an error that doesn't repeat it.
func TestErrorsHoldNoSecret(t *testing.T) {
	for _, text := range []string{
		"webhook: {token: %s}",
		"webhook: {token: [%s]}",
		"webhook: {token: {%s: 1}}",
		"webhook: {token_file: %s}",
		"webhook: {tokne: %s}",
		"webhook: %s",
		"webhook: {token: \"%s}",
		"webhook: {token: !!%s x}",
		"webhook: {token: *%s}",
		"%%YAML \"%s\"\n---\nlisten: x",
		"receivers: [{slack: %s}]",
		"receivers: [{slack: {channel: '#c', token: %s}}]",
		"receivers: [{slack: {webhook_url: 'https://hooks.slack.com/services/%s'}}]",
		"receivers: [{slack: {webhook_url_file: 'https://hooks.slack.com/services/%s'}}]",
		"receivers: [{slack: {channel: '#c', token_file: /t, api_url: 'https://u:%s@x'}}]",
		"receivers: [{slack: {channel: '#c', token_file: /t, api_url: 'https://x/?token=%s'}}]",
		"receivers: [{slack: {channel: xoxb-%s, token_file: /t}}]",
		"receivers: [{slack: {xoxb-%s: x}}]",
		"receivers: [{slack: {channel: '#c', token_file: /t, secret: %s}}]",
		"listen: xapp-%s",
		"log: {level: sk-ant-%s}",
		"sources: [{tail: 'https://u:%s@example.org/log'}]",
		"listen: localhost:1\n token: %s",
		"a: b: %s",
	} {
		c, err := parseText(fmt.Sprintf(text, canary))
		if err == nil {
			t.Errorf("Parse(%q) = %+v, nil; want an error", text, c)
			continue
		}
		for _, got := range []string{err.Error(), fmt.Sprintf("%+v %#v", Errors(err), err)} {
			if strings.Contains(got, canary) {
				t.Errorf("Parse(%q) shows the secret: %s", text, got)
			}
		}
	}
}

// A secret in a text that is shown for good reasons is hidden all the same.
func TestPrintHidesWhatLooksLikeASecret(t *testing.T) {
	c, err := parseText("sources: [{tail: x.log, app: xoxb-1-" + canary + "}]")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Contains(got, canary) || !strings.Contains(got, "app: "+redacted) {
		t.Errorf("Print() = %s; want the app hidden", got)
	}
}
