package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
)

// green is the colour of a message whose alert is over.
const green = "#12b76a"

// slackRig is an agent that alerts to a fake Slack, with a hold of a second so that alerts resolve within a test.
type slackRig struct {
	slack *slacktest.Server
	env   []string
	args  []string
}

func newSlackRig(t *testing.T) *slackRig {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "claudewatch.yml")
	text := `alerts:
  limit_usage_high: {resolve: 0.75, hold: 1s}
  limit_exhaustion_imminent: {enabled: false}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := slacktest.New(t)
	return &slackRig{
		slack: s,
		env: []string{
			"CLAUDEWATCH_SLACK_TOKEN=xoxb-canary-token", "CLAUDEWATCH_SLACK_CHANNEL=#claude", "CLAUDEWATCH_SLACK_API_URL=" + s.APIURL(),
		},
		args: []string{"--config", file, "--db", filepath.Join(dir, "cw.db")},
	}
}

// reading posts a call whose headers say that a bucket is used to the given part.
func reading(t *testing.T, a *agent, used float64) {
	t.Helper()
	now := time.Now().UTC()
	const limit = 1_000_000
	text := fmt.Sprintf(`{"time":%q,"request_id":"req_%d","model":"claude-sonnet-5","status":200,"headers":{
"anthropic-ratelimit-input-tokens-limit":"%d","anthropic-ratelimit-input-tokens-remaining":"%d","anthropic-ratelimit-input-tokens-reset":%q}}`,
		now.Format(time.RFC3339Nano), now.UnixNano(), limit, int(limit*(1-used)),
		now.Add(time.Duration(used*float64(time.Minute))+time.Second).Truncate(time.Second).Format(time.RFC3339))
	if _, err := post(a.url+"/v1/calls", "application/json", text); err != nil {
		t.Fatal(err)
	}
}

func (r *slackRig) wait(t *testing.T, what string, ok func(m []slacktest.Message) bool) []slacktest.Message {
	t.Helper()
	var got []slacktest.Message
	eventually(t, what, func() error {
		if got = r.slack.Messages(); !ok(got) {
			return fmt.Errorf("%d messages: %+v", len(got), got)
		}
		return nil
	})
	return got
}

// settled waits until an alert is firing or not, and nothing is left to deliver or, under an outage, something is.
func settled(t *testing.T, a *agent, firing, pending float64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%v firing, %v pending", firing, pending), func() error {
		text, err := get(a.url + "/metrics")
		if err != nil {
			return err
		}
		f, _ := metric(text, "claude_alerts_firing", `rule="limit_usage_high"`)
		p, _ := metric(text, "claudewatch_notifications_pending", `receiver="slack"`)
		if f != firing || p != pending {
			return fmt.Errorf("%v firing, %v pending", f, p)
		}
		return nil
	})
}

func TestSlackOneMessageThroughRestartAndResolve(t *testing.T) {
	r := newSlackRig(t)
	a := start(t, r.env, r.args...)
	sent := time.Now()
	reading(t, a, 0.98)
	first := r.wait(t, "the message", func(m []slacktest.Message) bool { return len(m) == 1 })
	t.Logf("reading at 98 %% to message at Slack: %s", first[0].PostedAt.Sub(sent).Round(time.Millisecond))
	settled(t, a, 1, 0)
	a.kill()
	a = start(t, r.env, r.args...)
	settled(t, a, 1, 0)
	over := r.wait(t, "the message to turn green", func(m []slacktest.Message) bool { return len(m) > 0 && m[0].Color() == green })
	settled(t, a, 0, 0)
	if top := roots(over); top != 1 || over[0].Edits == 0 {
		t.Errorf("%d messages, the first edited %d times; want one, edited: %+v", top, over[0].Edits, over)
	}
}

// roots counts the messages that are no replies.
func roots(messages []slacktest.Message) int {
	n := 0
	for _, m := range messages {
		if m.ThreadTS == "" {
			n++
		}
	}
	return n
}

func TestSlackOutageAcrossFireAndResolveIsOneMessage(t *testing.T) {
	r := newSlackRig(t)
	r.slack.Outage(slacktest.Fault{Status: 503})
	a := start(t, r.env, r.args...)
	reading(t, a, 0.85)
	settled(t, a, 1, 1)
	settled(t, a, 0, 1)
	r.slack.Recover()
	r.wait(t, "the message after the outage", func(m []slacktest.Message) bool { return len(m) > 0 })
	settled(t, a, 0, 0)
	if got := r.slack.Messages(); roots(got) != 1 || got[0].Color() == "#d92d20" || got[0].Color() == "#f79009" {
		t.Errorf("messages after the outage: %+v; want one that says it is over", got)
	}
}

func TestSlackRetryAfterIsObeyed(t *testing.T) {
	r := newSlackRig(t)
	a := start(t, r.env, r.args...)
	eventually(t, "the agent to have asked whether the token works", func() error {
		if len(r.slack.Requests()) == 0 {
			return errors.New("it has not asked")
		}
		return nil
	})
	r.slack.Fail(slacktest.Fault{Status: 429, RetryAfter: 2 * time.Second})
	reading(t, a, 0.95)
	r.wait(t, "the message", func(m []slacktest.Message) bool { return len(m) == 1 })
	var posts []time.Time
	for _, q := range r.slack.Requests() {
		if q.Path == "/api/chat.postMessage" {
			posts = append(posts, q.At)
		}
	}
	if len(posts) != 2 || posts[1].Sub(posts[0]) < 2*time.Second {
		t.Errorf("posts at %v; want two, at least 2 s apart", posts)
	}
}

func TestSlackMendedTokenIsTriedAgainAfterRestart(t *testing.T) {
	r := newSlackRig(t)
	r.slack.Outage(slacktest.Fault{Code: "invalid_auth"})
	a := start(t, r.env, r.args...)
	reading(t, a, 0.99)
	eventually(t, "the message to be given up", func() error {
		text, err := get(a.url + "/metrics")
		if err != nil {
			return err
		}
		if n, _ := metric(text, "claudewatch_notifications_total", `receiver="slack"`, `result="failed"`); n == 0 {
			return errors.New("no failed notification")
		}
		return nil
	})
	a.stop(t)
	r.slack.Recover()
	start(t, r.env, r.args...)
	r.wait(t, "the message with the mended token", func(m []slacktest.Message) bool { return len(m) == 1 })
}
