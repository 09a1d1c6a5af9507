package slack

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
	"github.com/claudewatch/claudewatch/claude"
)

var update = flag.Bool("update", false, "write the golden files anew")

var fired = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const canary = "xoxb-1-canary-token"

func alert(state alerts.State, severity alerts.Severity) alerts.Alert {
	a := alerts.Alert{
		Fingerprint: "0123456789abcdef", Rule: "limit_usage_high", Severity: severity, State: state, Episode: "0123456789abcdef-1795262400", Revision: 1,
		Labels:  map[string]string{"provider": "anthropic", "organization": "org-1", "pool": "sonnet-5", "limiter": "input_tokens"},
		FiredAt: fired, Value: 0.86, Peak: 0.91,
		Facts: alerts.Facts{
			Title: "input tokens of sonnet-5 at 86 % of the limit", Unit: "ratio",
			Fields:    []alerts.Field{{Name: "Now", Value: "86 %"}, {Name: "Peak", Value: "91 %"}, {Name: "Limit", Value: "2,000,000 a minute"}},
			Consumers: []claude.Consumer{{App: "checkout", User: "u-17", Model: "claude-sonnet-5", Share: 0.62}, {App: "search", Share: 0.2}},
			Do:        []string{"Cache the parts of prompts that repeat: cache reads don't count towards this limit."},
		},
	}
	if state == alerts.Resolved {
		a.ResolvedAt, a.Revision = fired.Add(23*time.Minute), 2
		a.Facts.Title = "input tokens of sonnet-5 were at 91 % of the limit"
		a.Facts.Do = nil
	}
	return a
}

func newBot(t *testing.T, s *slacktest.Server) *Receiver {
	t.Helper()
	r, err := New(Options{Token: canary, Channel: "#claude", APIURL: s.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newWebhook(t *testing.T, s *slacktest.Server) *Receiver {
	t.Helper()
	r, err := New(Options{WebhookURL: Secret(s.WebhookURL()), AllowCustomHost: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func send(t *testing.T, r *Receiver, m alerts.Message, prev alerts.Ref) alerts.Ref {
	t.Helper()
	ref, err := r.Send(t.Context(), m, prev)
	if err != nil {
		t.Fatalf("Send(%s, %v) = %v", m.Alert.State, prev, err)
	}
	return ref
}

func TestPayloads(t *testing.T) {
	hostile := alert(alerts.Firing, alerts.Critical)
	hostile.Facts.Title = "<!channel> *bold* & <https://evil.example|click> \x1b[31m\u202e of the limit"
	hostile.Facts.Consumers = []claude.Consumer{{App: "<!here>", Share: 1}}
	hostile.Facts.Fields = []alerts.Field{{Name: "Empty", Value: ""}, {Name: "", Value: ""}}
	hostile.Labels = map[string]string{"workspace": "<@U123> `x`"}
	flapping := alert(alerts.Firing, alerts.Info)
	flapping.Fires = make([]time.Time, 4)
	huge := alert(alerts.Firing, alerts.Warning)
	huge.Facts.Title = strings.Repeat("界", 5000)
	for range 20 {
		huge.Facts.Fields = append(huge.Facts.Fields, alerts.Field{Name: strings.Repeat("n", 500), Value: strings.Repeat("v", 5000)})
		huge.Facts.Do = append(huge.Facts.Do, strings.Repeat("d", 1000))
	}
	charted := alert(alerts.Firing, alerts.Warning)
	for i := range 24 {
		charted.Facts.Series = append(charted.Facts.Series, alerts.Point{At: fired.Add(time.Duration(i-24) * 9 * time.Minute), Value: 0.3 + float64(i)/40})
	}
	charted.Facts.Unattributed = claude.Some(0.1)
	counted := alert(alerts.Resolved, alerts.Critical)
	counted.Facts.Refused = claude.Some[int64](1432)
	for name, m := range map[string]alerts.Message{
		"chart":   {Alert: charted},
		"counted": {Alert: counted},
		"firing": {Alert: alert(alerts.Firing, alerts.Warning), Links: []alerts.Link{
			{Name: "Open claudewatch", URL: "http://localhost:9429/"},
			{Name: "Open dashboard", URL: "https://grafana.example.org/d/claude"},
			{Name: "Not an address", URL: "javascript:alert(1)"},
		}},
		"critical": {Alert: alert(alerts.Firing, alerts.Critical)},
		"resolved": {Alert: alert(alerts.Resolved, alerts.Warning)},
		"late":     {Alert: alert(alerts.Resolved, alerts.Warning), Late: true},
		"repeat":   {Alert: alert(alerts.Firing, alerts.Warning), MaybeSent: true},
		"flapping": {Alert: flapping},
		"hostile":  {Alert: hostile},
		"huge":     {Alert: huge},
	} {
		t.Run(name, func(t *testing.T) {
			s := slacktest.New(t)
			send(t, newBot(t, s), m, alerts.Ref{})
			form := s.Requests()[0].Form
			got, err := json.MarshalIndent(map[string]any{
				"channel": form.Get("channel"), "text": form.Get("text"), "mrkdwn": form.Get("mrkdwn"),
				"attachments": json.RawMessage(form.Get("attachments")), "metadata": json.RawMessage(form.Get("metadata")),
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, got)
			if n := len([]rune(form.Get("attachments"))); n > 10_500 {
				t.Errorf("%d characters of blocks; want no more than Slack takes for sure", n)
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".json")
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestOneMessagePerEpisode(t *testing.T) {
	s := slacktest.New(t)
	r := newBot(t, s)
	ref := send(t, r, alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
	if ref.Channel != slacktest.Channel || ref.ID == "" {
		t.Fatalf("ref = %+v; want Slack's channel id and ts", ref)
	}
	ref = send(t, r, alerts.Message{Alert: alert(alerts.Firing, alerts.Critical)}, ref)
	send(t, r, alerts.Message{Alert: alert(alerts.Resolved, alerts.Warning)}, ref)
	all := s.Messages()
	if len(all) != 2 || all[0].Edits != 2 || all[0].Color() != green || !strings.HasPrefix(all[0].Text, "Resolved after 23 min: ") || all[1].ThreadTS != ref.ID {
		t.Errorf("messages = %+v; want one, edited twice, green, with a line in its thread", all)
	}
}

func TestThreadLines(t *testing.T) {
	again := alert(alerts.Firing, alerts.Critical)
	again.Reason = string(alerts.ReasonReopened)
	for name, c := range map[string]struct {
		alert     alerts.Alert
		told      string
		fresh     bool
		line      string
		broadcast bool
	}{
		"over":           {alert: alert(alerts.Resolved, alerts.Warning), told: "warning", line: "Resolved after 23 min: "},
		"over, fresh":    {alert: alert(alerts.Resolved, alerts.Critical), fresh: true},
		"over, told":     {alert: alert(alerts.Resolved, alerts.Critical), told: "resolved"},
		"edit":           {alert: alert(alerts.Firing, alerts.Critical), told: "critical"},
		"back, critical": {alert: again, told: "resolved", line: "Firing again: ", broadcast: true},
		"back":           {alert: alert(alerts.Firing, alerts.Warning), told: "resolved", line: "Firing again: "},
		"graver":         {alert: alert(alerts.Firing, alerts.Critical), told: "warning", line: "Now critical: ", broadcast: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := slacktest.New(t)
			r := newBot(t, s)
			var ref alerts.Ref
			if !c.fresh {
				ref = send(t, r, alerts.Message{Alert: alert(alerts.Firing, c.alert.Severity)}, alerts.Ref{})
			}
			send(t, r, alerts.Message{Alert: c.alert, Told: c.told}, ref)
			all := s.Messages()
			if c.line == "" {
				if len(all) != 1 {
					t.Errorf("messages = %+v; want no thread line", all)
				}
				return
			}
			if len(all) != 2 || all[1].ThreadTS != ref.ID || !strings.HasPrefix(all[1].Text, c.line) || all[1].Broadcast != c.broadcast {
				t.Errorf("messages = %+v; want a line %q in the thread, broadcast %v", all, c.line, c.broadcast)
			}
		})
	}
}

func TestBlocksRefusedFallsBackToText(t *testing.T) {
	s := slacktest.New(t)
	s.Fail(slacktest.Fault{Code: "invalid_blocks"})
	send(t, newBot(t, s), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
	all := s.Messages()
	if len(all) != 1 || all[0].Attachments != "[]" || all[0].Text == "" {
		t.Errorf("messages = %+v; want one of plain text", all)
	}
}

func TestCheck(t *testing.T) {
	s := slacktest.New(t)
	r := newBot(t, s)
	if err := r.Check(t.Context()); err != nil {
		t.Errorf("Check() = %v; want nil", err)
	}
	s.Fail(slacktest.Fault{Code: "invalid_auth"})
	if err := r.Check(t.Context()); err == nil || err.Error() != "slack: invalid_auth" {
		t.Errorf("Check() = %v; want slack: invalid_auth", err)
	}
}

// outbox holds one due delivery, as the agent's store would.
type outbox struct{ due alerts.Due }

func (o *outbox) DueDeliveries(context.Context, time.Time) ([]alerts.Due, error) {
	if o.due.Delivery.Delivered >= o.due.Delivery.Desired {
		return nil, nil
	}
	return []alerts.Due{o.due}, nil
}

func (*outbox) StandingDeliveries(context.Context, time.Time) ([]alerts.Due, error) { return nil, nil }

func (o *outbox) SaveDelivery(_ context.Context, d alerts.Delivery) error {
	o.due.Delivery = d
	return nil
}

func (*outbox) Divert(context.Context, alerts.Delivery, string) error { return nil }

// A message that somebody deleted is posted anew when the alert is resolved, through the real client and the real deliverer.
func TestDeletedMessage(t *testing.T) {
	s := slacktest.New(t)
	r := newBot(t, s)
	ref := send(t, r, alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
	s.Delete(ref.ID)
	o := &outbox{due: alerts.Due{
		Alert:    alert(alerts.Resolved, alerts.Warning),
		Delivery: alerts.Delivery{Episode: "e", Receiver: "slack", Desired: 2, Delivered: 1, Ref: ref},
	}}
	ctx, cancel := context.WithCancel(t.Context())
	d, err := alerts.NewDeliverer(alerts.DelivererOptions{
		Store: o, Receivers: []alerts.Receiver{r}, OnResult: func(string, string, time.Time) { cancel() },
		Now: func() time.Time { return fired.Add(time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Run(ctx); err != nil {
		t.Fatal(err)
	}
	all := s.Messages()
	if len(all) != 1 || all[0].TS == ref.ID || all[0].Color() != green {
		t.Errorf("messages = %+v; want a new green one", all)
	}
}
