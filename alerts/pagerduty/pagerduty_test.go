package pagerduty

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/post"
)

const key = "canary-routing-key"

var fired = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func message(state alerts.State, severity alerts.Severity) alerts.Message {
	a := alerts.Alert{
		Rule: "spend_cap_reached", Severity: severity, State: state, Episode: "0123456789abcdef-1795262400", Revision: 1, FiredAt: fired,
		Labels: map[string]string{"pool": "sonnet-5", "workspace": "wrkspc_1"}, Facts: alerts.Facts{Title: strings.Repeat("界", 2000), Unit: "calls"},
	}
	if state == alerts.Resolved {
		a.ResolvedAt = fired.Add(time.Hour)
	}
	return alerts.Message{Alert: a, Now: fired, Links: []alerts.Link{{Name: "Open", URL: "http://localhost:9429/"}}}
}

func rig(t *testing.T, status int) (*Receiver, <-chan map[string]any) {
	t.Helper()
	events := make(chan map[string]any, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var e map[string]any
		if json.Unmarshal(body, &e) == nil {
			events <- e
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "refused "+key)
	}))
	t.Cleanup(s.Close)
	r, err := New(Options{RoutingKey: key, URL: post.Secret(s.URL + "/v2/enqueue")})
	if err != nil {
		t.Fatal(err)
	}
	return r, events
}

func TestOneIncidentPerEpisode(t *testing.T) {
	r, events := rig(t, http.StatusAccepted)
	var ref alerts.Ref
	for _, m := range []alerts.Message{
		message(alerts.Firing, alerts.Warning), message(alerts.Firing, alerts.Warning), // only a number changed
		message(alerts.Firing, alerts.Critical), message(alerts.Resolved, alerts.Critical), message(alerts.Firing, alerts.Critical),
	} {
		var err error
		if ref, err = r.Send(t.Context(), m, ref); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for len(events) > 0 {
		e := <-events
		severity := ""
		if p, ok := e["payload"].(map[string]any); ok {
			severity, _ = p["severity"].(string)
			if n := len([]rune(p["summary"].(string))); n > maxSummary {
				t.Errorf("summary has %d characters; want at most %d", n, maxSummary)
			}
			if p["timestamp"] != "2026-11-21T12:00:00Z" || p["source"] != "pool=sonnet-5 workspace=wrkspc_1" {
				t.Errorf("payload = %v; want the time that it fired and its labels as the source", p)
			}
		}
		if e["dedup_key"] != "0123456789abcdef-1795262400" || e["routing_key"] != key {
			t.Errorf("event = %v; want the episode as the key", e)
		}
		got = append(got, strings.TrimSpace(e["event_action"].(string)+" "+severity))
	}
	if diff := cmp.Diff([]string{"trigger warning", "trigger critical", "resolve", "trigger critical"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestNobodyIsPagedForWhatIsOver(t *testing.T) {
	r, events := rig(t, http.StatusAccepted)
	m := message(alerts.Resolved, alerts.Critical)
	m.Late = true
	if _, err := r.Send(t.Context(), m, alerts.Ref{}); err != nil || len(events) != 0 {
		t.Errorf("Send(late) = %v with %d events; want none", err, len(events))
	}
}

func TestErrors(t *testing.T) {
	for status, want := range map[int]alerts.SendError{
		400: {Permanent: true}, 429: {RetryAfter: 30 * time.Second}, 500: {}, 504: {}, // an event may always be sent again
	} {
		r, _ := rig(t, status)
		_, err := r.Send(t.Context(), message(alerts.Firing, alerts.Critical), alerts.Ref{})
		e, ok := errors.AsType[*alerts.SendError](err)
		if !ok {
			t.Fatalf("Send() under %d = %v; want a *alerts.SendError", status, err)
		}
		want.Reason = e.Reason
		if diff := cmp.Diff(want, *e); diff != "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("Send() under %d = %v (-want +got):\n%s", status, err, diff)
		}
	}
	if _, err := New(Options{}); err == nil || err.Error() != "pagerduty receiver pagerduty: no routing_key" {
		t.Errorf("New without a key = %v; want an error that says so", err)
	}
	if _, err := New(Options{RoutingKey: key, URL: "canary"}); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("New with a bad url = %v; want an error without it", err)
	}
}
