package slack

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/slack/slacktest"
	"github.com/claudewatch/claudewatch/claude"
)

func charted() alerts.Alert {
	a := alert(alerts.Firing, alerts.Warning)
	for i := range 20 {
		a.Facts.Series = append(a.Facts.Series, alerts.Point{At: fired.Add(time.Duration(i) * 9 * time.Minute), Value: 0.5})
	}
	return a
}

func TestChartIsLeftOutWhereItIsRefused(t *testing.T) {
	s := slacktest.New(t)
	s.RefuseCharts()
	r := newBot(t, s)
	for range 2 {
		send(t, r, alerts.Message{Alert: charted()}, alerts.Ref{})
	}
	all := s.Messages()
	if len(all) != 2 || strings.Contains(all[0].Attachments, "data_visualization") || all[0].Color() != orange {
		t.Errorf("messages = %+v; want two with blocks and no chart", all)
	}
	if n := len(s.Requests()); n != 3 { // the second message doesn't try
		t.Errorf("%d requests; want 3", n)
	}
}

func TestDrawRefusesWhatSlackWould(t *testing.T) {
	for name, change := range map[string]func(a *alerts.Alert){
		"one point":   func(a *alerts.Alert) { a.Facts.Series = a.Facts.Series[:1] },
		"same minute": func(a *alerts.Alert) { a.Facts.Series[1].At = a.Facts.Series[0].At },
		"long unit":   func(a *alerts.Alert) { a.Facts.Unit = "" },
	} {
		a := charted()
		change(&a)
		got := draw(&alerts.Message{Alert: a})
		if name == "long unit" {
			if got == nil {
				t.Errorf("draw(%s) = nil; want a chart", name)
			}
			continue
		}
		if got != nil {
			t.Errorf("draw(%s) = %+v; want nil", name, got)
		}
	}
}

func TestEachFormThatIsRefusedGetsThroughAsText(t *testing.T) {
	for _, code := range []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_attachments"} {
		s := slacktest.New(t)
		s.Fail(slacktest.Fault{Code: code})
		send(t, newBot(t, s), alerts.Message{Alert: alert(alerts.Firing, alerts.Warning)}, alerts.Ref{})
		if all := s.Messages(); len(all) != 1 || all[0].Attachments != "[]" || all[0].Text == "" {
			t.Errorf("messages after %s = %+v; want one of plain text", code, all)
		}
	}
}

func TestFind(t *testing.T) {
	s := slacktest.New(t)
	r := newBot(t, s)
	a := alert(alerts.Firing, alerts.Warning)
	since := time.Now()
	if _, err := r.Find(t.Context(), a.Episode, since); !errors.Is(err, alerts.ErrCantTell) {
		t.Errorf("Find() without the scope = %v; want ErrCantTell", err)
	}
	s.AllowHistory()
	if ref, err := r.Find(t.Context(), a.Episode, since); err != nil || ref != (alerts.Ref{}) {
		t.Errorf("Find() of nothing = %v, %v; want no ref", ref, err)
	}
	want := send(t, r, alerts.Message{Alert: a}, alerts.Ref{})
	fresh := newBot(t, s) // knows the channel by its name only
	if ref, err := fresh.Find(t.Context(), a.Episode, since); err != nil || ref != want {
		t.Errorf("Find() = %v, %v; want %v", ref, err, want)
	}
	if ref, err := fresh.Find(t.Context(), "another", since); err != nil || ref != (alerts.Ref{}) {
		t.Errorf("Find() of another episode = %v, %v; want no ref", ref, err)
	}
	s.Outage(slacktest.Fault{Status: 503})
	if _, err := r.Find(t.Context(), a.Episode, since); err == nil || errors.Is(err, alerts.ErrCantTell) {
		t.Errorf("Find() in an outage = %v; want an error that says to wait", err)
	}
	if _, err := newWebhook(t, s).Find(t.Context(), a.Episode, since); !errors.Is(err, alerts.ErrCantTell) {
		t.Errorf("Find() by a webhook = %v; want ErrCantTell", err)
	}
}

func TestRemind(t *testing.T) {
	for severity, broadcast := range map[alerts.Severity]bool{alerts.Warning: false, alerts.Critical: true} {
		s := slacktest.New(t)
		r := newBot(t, s)
		m := alerts.Message{Alert: alert(alerts.Firing, severity), Now: fired.Add(4 * time.Hour)}
		ref := send(t, r, m, alerts.Ref{})
		if err := r.Remind(t.Context(), m, ref); err != nil {
			t.Fatal(err)
		}
		all := s.Messages()
		if len(all) != 2 || all[1].ThreadTS != ref.ID || all[1].Broadcast != broadcast || !strings.HasPrefix(all[1].Text, "Still firing after 4 h 0 min: ") {
			t.Errorf("messages = %+v; want a reminder in the thread, broadcast %v", all, broadcast)
		}
		if err := newWebhook(t, s).Remind(t.Context(), m, ref); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Remind() by a webhook = %v; want ErrUnsupported", err)
		}
	}
}

func TestRoll(t *testing.T) {
	s := slacktest.New(t)
	r := newBot(t, s)
	var list []alerts.Message
	for i := range 40 {
		a := alert(alerts.Firing, alerts.Warning)
		a.Facts.Title = fmt.Sprintf("alert %d <!channel> %s", i, strings.Repeat("x", 400))
		list = append(list, alerts.Message{Alert: a})
	}
	ref, err := r.SendRoll(t.Context(), list, alerts.Ref{})
	if err != nil {
		t.Fatal(err)
	}
	list[0].Alert.State, list[0].Alert.ResolvedAt = alerts.Resolved, fired.Add(time.Minute)
	if _, err := r.SendRoll(t.Context(), list, ref); err != nil {
		t.Fatal(err)
	}
	all := s.Messages()
	s.AllowHistory()
	if found, err := r.Find(t.Context(), alerts.RollKey(list[0].Alert.Episode), time.Now()); err != nil || found != ref {
		t.Errorf("Find() of the list = %v, %v; want %v", found, err, ref)
	}
	if len(all) != 1 || all[0].Edits != 1 || !strings.HasPrefix(all[0].Text, "40 more alerts, 39 of them firing") || !strings.Contains(all[0].Attachments, "and 10 more") {
		t.Errorf("messages = %+v; want one list, edited once", all)
	}
}

// A webhook can't edit its list: each time it posts what is new in it.
func TestRollByWebhook(t *testing.T) {
	s := slacktest.New(t)
	r := newWebhook(t, s)
	list := []alerts.Message{{Alert: alert(alerts.Firing, alerts.Warning)}, {Alert: alert(alerts.Firing, alerts.Warning), Told: "warning"}}
	for range 2 {
		if _, err := r.SendRoll(t.Context(), list, alerts.Ref{}); err != nil {
			t.Fatal(err)
		}
		list[0].Told = "warning"
	}
	if !r.Posts() || newBot(t, s).Posts() {
		t.Error("Posts() = false of a webhook or true of a bot; want a webhook's repeats marked, since they are seen")
	}
	if all := s.Messages(); len(all) != 1 || !strings.HasPrefix(all[0].Text, "1 more alert, 1 of them") {
		t.Errorf("messages = %+v; want one with the one that is new", all)
	}
}

func TestDigest(t *testing.T) {
	s := slacktest.New(t)
	r := newBot(t, s)
	d := alerts.Digest{
		From: fired.Add(-24 * time.Hour), To: fired, Calls: claude.Some[int64](12345), RateLimited: claude.Some[int64](12), CostUSD: claude.Some(45.2),
		Limits: []alerts.DigestLimit{{Name: "input tokens of sonnet-5", Peak: claude.Some(0.91), Limit: claude.Some[int64](2_000_000), At: fired}, {Name: "requests of opus-4.x"}},
		Apps:   []alerts.DigestApp{{App: "checkout <!here>", Calls: 12000, Tokens: 9_000_000}},
		Alerts: []alerts.Alert{alert(alerts.Resolved, alerts.Warning), alert(alerts.Firing, alerts.Critical)},
	}
	if err := r.SendDigest(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	m := s.Messages()[0]
	golden(t, "digest", []byte(m.Text+"\n"+m.Attachments))
}
