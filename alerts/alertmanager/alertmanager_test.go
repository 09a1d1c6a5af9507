package alertmanager

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/post"
)

var fired = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func message(state alerts.State, episode string) alerts.Message {
	a := alerts.Alert{
		Rule: "limit_usage_high", Severity: alerts.Warning, State: state, Episode: episode, Revision: 3, FiredAt: fired, Value: 0.9,
		Labels: map[string]string{"pool": "sonnet-5"}, Facts: alerts.Facts{Title: "input tokens at 90 %", Unit: "ratio"},
	}
	if state == alerts.Resolved {
		a.ResolvedAt = fired.Add(20 * time.Minute)
	}
	return alerts.Message{Alert: a, Now: fired.Add(10 * time.Minute), Links: []alerts.Link{{Name: "Open", URL: "http://localhost:9429/"}}}
}

// am is a small Alertmanager.
type am struct {
	*httptest.Server
	status atomic.Int64

	mu   sync.Mutex // protects what follows
	path string
	auth string
	got  []postable
}

func newAM(t *testing.T) *am {
	t.Helper()
	a := &am{}
	a.status.Store(200)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var list []postable
		a.mu.Lock()
		defer a.mu.Unlock()
		if json.NewDecoder(r.Body).Decode(&list) == nil && a.status.Load() == 200 {
			a.path, a.auth, a.got = r.URL.Path, r.Header.Get("Authorization"), append(a.got, list...)
		}
		w.WriteHeader(int(a.status.Load()))
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *am) taken() []postable {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.got
}

func TestEveryoneIsTold(t *testing.T) {
	one, two := newAM(t), newAM(t)
	r, err := New(Options{URLs: []post.Secret{post.Secret(one.URL), post.Secret(two.URL + "/prefix/")}, Token: "canary-token"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Send(t.Context(), message(alerts.Firing, "e1"), alerts.Ref{}); err != nil {
		t.Fatal(err)
	}
	want := []postable{{
		StartsAt: fired, EndsAt: fired.Add(13 * time.Minute), GeneratorURL: "http://localhost:9429/",
		Labels:      map[string]string{"alertname": "limit_usage_high", "severity": "warning", "pool": "sonnet-5"},
		Annotations: map[string]string{"summary": "input tokens at 90 %", "value": "90 %", "peak": "0 %", "episode": "e1", "revision": "3"},
	}}
	for i, a := range []*am{one, two} {
		if diff := cmp.Diff(want, a.taken()); diff != "" {
			t.Errorf("alertmanager %d (-want +got):\n%s", i, diff)
		}
	}
	if one.path != "/api/v2/alerts" || two.path != "/prefix/api/v2/alerts" || one.auth != "Bearer canary-token" {
		t.Errorf("paths %s, %s with %q; want the API's with the token", one.path, two.path, one.auth)
	}
}

func TestRefresh(t *testing.T) {
	a := newAM(t)
	r, err := New(Options{URLs: []post.Secret{post.Secret(a.URL)}})
	if err != nil {
		t.Fatal(err)
	}
	var all []alerts.Message
	for range batch + 1 {
		all = append(all, message(alerts.Firing, "e"))
	}
	all = append(all, message(alerts.Resolved, "over"))
	if err := r.Refresh(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	got := a.taken()
	if len(got) != batch+2 || !got[batch+1].EndsAt.Equal(fired.Add(20*time.Minute)) || !got[0].StartsAt.Equal(fired) {
		t.Errorf("%d alerts, the last %+v; want %d, the last ended when it was resolved", len(got), got[len(got)-1], batch+2)
	}
	if every, linger := r.Refreshes(); every != 30*time.Second || linger != 15*time.Minute {
		t.Errorf("Refreshes() = %s, %s; want 30s and 15m", every, linger)
	}
}

// An alert that is over before a second has passed still ends after it began: Alertmanager refuses it otherwise.
func TestEndIsAfterStart(t *testing.T) {
	m := message(alerts.Resolved, "e")
	m.Alert.ResolvedAt = m.Alert.FiredAt
	if p := newPostable(&m); !p.EndsAt.After(p.StartsAt) {
		t.Errorf("newPostable() ends at %s, begins at %s; want an end after it", p.EndsAt, p.StartsAt)
	}
}

func TestOneOfSeveralIsEnough(t *testing.T) {
	up, down := newAM(t), newAM(t)
	var log bytes.Buffer
	r, err := New(Options{
		URLs: []post.Secret{post.Secret(up.URL), post.Secret(strings.Replace(down.URL, "://", "://canary:canary-password@", 1))}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func() error {
		_, err := r.Send(t.Context(), message(alerts.Firing, "e"), alerts.Ref{})
		return err
	}
	down.status.Store(500)
	for range 3 {
		if err := send(); err != nil {
			t.Errorf("Send() = %v; want nil while one takes it", err)
		}
	}
	down.status.Store(200)
	if err := send(); err != nil {
		t.Error(err)
	}
	text := log.String()
	if strings.Count(text, "does not take alerts") != 1 || strings.Count(text, "takes alerts again") != 1 || strings.Contains(text, "canary") {
		t.Errorf("log = %s; want one line when it goes and one when it is back, without its password", text)
	}
	up.status.Store(400)
	down.status.Store(503)
	e, ok := errors.AsType[*alerts.SendError](send())
	if !ok || e.Permanent {
		t.Errorf("Send() = %v; want another try while one of them may take it", e)
	}
	down.status.Store(400)
	if e, ok := errors.AsType[*alerts.SendError](send()); !ok || !e.Permanent {
		t.Errorf("Send() = %v; want it given up when all refuse it", e)
	}
}

func TestNew(t *testing.T) {
	for want, o := range map[string]Options{
		"alertmanager receiver alertmanager: no url":                  {},
		"alertmanager receiver am: url 1 is no http or https address": {Name: "am", URLs: []post.Secret{"canary:9093"}},
	} {
		if _, err := New(o); err == nil || err.Error() != want {
			t.Errorf("New(%+v) = %v; want %s", o, err, want)
		}
	}
}
