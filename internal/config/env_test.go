package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withEnv parses a file in an environment.
func withEnv(text string, env map[string]string) (*Config, error) {
	return Parse("claudewatch.yml", []byte(text), Options{Rules: testRules(), Environ: func(k string) string { return env[k] }})
}

func TestEnvironmentWinsOverFile(t *testing.T) {
	c, err := withEnv("listen: localhost:1\nlive_window: 2h\nwebhook: {token_file: /run/t}\nalerts: {limit_usage_high: {fire: 0.9, hold: 5m}}\n",
		map[string]string{
			"CLAUDEWATCH_LISTEN":                        "localhost:2",
			"CLAUDEWATCH_DATABASE_PATH":                 "/tmp/x.db",
			"CLAUDEWATCH_DATABASE_RETENTION_CALLS":      "7d",
			"CLAUDEWATCH_WEBHOOK_TOKEN":                 "t0ken\n",
			"CLAUDEWATCH_WEBHOOK_MAX_BODY":              "1MiB",
			"CLAUDEWATCH_METRICS_USERS":                 "u-1, u-2",
			"CLAUDEWATCH_ALERTS_LIMIT_USAGE_HIGH_FIRE":  "0.95",
			"CLAUDEWATCH_ALERTS_LIMIT_CHANGED_ENABLED":  "false",
			"CLAUDEWATCH_TAIL":                          "/var/log/a.log,/var/log/b*.log",
			"CLAUDEWATCH_LOG_LEVEL":                     "debug",
			"CLAUDEWATCH_ALERTS_NO_SUCH_RULE_ENABLED":   "false",
			"CLAUDEWATCH_ALERTS_LIMIT_USAGE_HIGH_OTHER": "1",
		})
	if err != nil {
		t.Fatal(err)
	}
	if c.Webhook.TokenFile != "" || c.Webhook.Token.Reveal() != "t0ken" {
		t.Errorf("webhook has file %q and token %q; want the environment's token alone", c.Webhook.TokenFile, c.Webhook.Token.Reveal())
	}
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/env.txt", b.String())
}

func TestEnvironmentIsChecked(t *testing.T) {
	_, err := withEnv("", map[string]string{
		"CLAUDEWATCH_LISTEN":                       "9429",
		"CLAUDEWATCH_LIVE_WINDOW":                  "soon",
		"CLAUDEWATCH_ALERTS_LIMIT_USAGE_HIGH_FIRE": "0",
		"CLAUDEWATCH_TAIL":                         "[",
		"CLAUDEWATCH_SLACK_TOKEN":                  "xoxb-canary",
		"CLAUDEWATCH_WEBHOOK_TOKEN":                "canary",
		"CLAUDEWATCH_WEBHOOK_TOKEN_FILE":           "/run/t",
	})
	if err == nil {
		t.Fatal("Parse() = nil; want an error")
	}
	golden(t, "testdata/env_bad.txt", err.Error()+"\n")
}

// Slack by the environment alone, over one receiver of the file, and beside several.
func TestSlackEnvironment(t *testing.T) {
	hook := "https://hooks.example.org/services/x"
	for _, tc := range []struct {
		name, file string
		env        map[string]string
		want       []Receiver
	}{
		{
			"token alone", "",
			map[string]string{"CLAUDEWATCH_SLACK_TOKEN": "t", "CLAUDEWATCH_SLACK_CHANNEL": "#c", "CLAUDEWATCH_SLACK_API_URL": "http://localhost:1/"},
			[]Receiver{{Log: &LogReceiver{}}, {Slack: &Slack{Channel: "#c", Token: NewSecret("t"), APIURL: "http://localhost:1/"}}},
		},
		{
			"webhook alone", "",
			map[string]string{"CLAUDEWATCH_SLACK_WEBHOOK_URL": hook},
			[]Receiver{{Log: &LogReceiver{}}, {Slack: &Slack{WebhookURL: NewSecret(hook)}}},
		},
		{
			"token for the file's channel", `receivers: [{slack: {channel: "#f"}}]`,
			map[string]string{"CLAUDEWATCH_SLACK_TOKEN": "t"},
			[]Receiver{{Slack: &Slack{Channel: "#f", Token: NewSecret("t")}}},
		},
		{
			"over the only one", `receivers: [{slack: {channel: "#f", token_file: /f}, severity: critical}]`,
			map[string]string{"CLAUDEWATCH_SLACK_TOKEN": "t", "CLAUDEWATCH_SLACK_CHANNEL": "#c"},
			[]Receiver{{Slack: &Slack{Channel: "#c", Token: NewSecret("t")}, Severity: []string{"critical"}}},
		},
		{
			"webhook over a token", `receivers: [{slack: {channel: "#f", token_file: /f}}]`,
			map[string]string{"CLAUDEWATCH_SLACK_WEBHOOK_URL": hook},
			[]Receiver{{Slack: &Slack{WebhookURL: NewSecret(hook)}}},
		},
		{
			"beside several", `receivers: [{slack: {channel: "#f"}}, {slack: {webhook_url_file: /f}}]`,
			map[string]string{"CLAUDEWATCH_SLACK_TOKEN": "t"},
			[]Receiver{{Slack: &Slack{Channel: "#f", Token: NewSecret("t")}}, {Slack: &Slack{WebhookURLFile: "/f"}}},
		},
		{"an address alone adds nothing", "", map[string]string{"CLAUDEWATCH_SLACK_API_URL": "http://localhost:1/"}, []Receiver{{Log: &LogReceiver{}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := withEnv(tc.file, tc.env)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.Receivers); diff != "" {
				t.Errorf("Receivers (-want +got):\n%s", diff)
			}
			if err := c.Validate(); err != nil {
				t.Errorf("Validate() = %v; want nil", err)
			}
		})
	}
}

func TestSlackEnvironmentIsChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"half":    {map[string]string{"CLAUDEWATCH_SLACK_CHANNEL": "#c"}, "neither a token nor a webhook URL"},
		"both":    {map[string]string{"CLAUDEWATCH_SLACK_TOKEN": "canary", "CLAUDEWATCH_SLACK_WEBHOOK_URL": "https://canary"}, "both a token and a webhook URL"},
		"address": {map[string]string{"CLAUDEWATCH_SLACK_WEBHOOK_URL": "canary"}, "CLAUDEWATCH_SLACK_WEBHOOK_URL: receivers[1].slack.webhook_url: the value is no address"},
		"twice": {
			map[string]string{"CLAUDEWATCH_SLACK_TOKEN": "canary", "CLAUDEWATCH_SLACK_TOKEN_FILE": "/f", "CLAUDEWATCH_SLACK_CHANNEL": "#c"},
			"both a secret and a file",
		},
	} {
		_, err := withEnv("", tc.env)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("Parse(%s) = %v; want %q and no secret", name, err, tc.want)
		}
	}
}
