package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
)

// Bounds of the interface.
const (
	maxAPIBody     = 64 << 10
	defaultHistory = 7 * 24 * time.Hour
	maxHistory     = 1000
)

// alertsAPI is the HTTP interface to alerts and silences. It shows to everybody who reaches the port, as the page does, and changes
// something only for who brings a token.
type alertsAPI struct {
	episodes func(ctx context.Context, from, to time.Time, most int) ([]alerts.Alert, error)
	current  func(ctx context.Context) ([]alerts.Alert, error)
	silences *alerts.Silences
	test     func(ctx context.Context) []testResult
	changed  func()   // when a silence has changed what is delivered
	tokens   []string // any of them will do; the first may be "" for none configured
	now      func() time.Time
}

// listedAlert is an alert as the interface and the command show it.
type listedAlert struct {
	alerts.Alert
	SilencedBy string `json:"silenced_by,omitempty"` // the id of a silence
}

// newSilence is what a request for a silence holds.
type newSilence struct {
	Matchers []string  `json:"matchers"` // as in "rule=limit_usage_high"
	StartsAt time.Time `json:"starts_at,omitzero"`
	EndsAt   time.Time `json:"ends_at,omitzero"`
	Duration string    `json:"duration,omitempty"` // as in "2h"; in the place of ends_at
	Author   string    `json:"author"`
	Comment  string    `json:"comment"`
}

// handler returns the interface below /api/v1/alerts.
func (a *alertsAPI) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/alerts", a.list)
	mux.HandleFunc("GET /api/v1/alerts/history", a.history)
	mux.HandleFunc("GET /api/v1/alerts/silences", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"silences": a.silences.List()})
	})
	mux.HandleFunc("POST /api/v1/alerts/silences", a.guarded(a.silence))
	mux.HandleFunc("DELETE /api/v1/alerts/silences/{id}", a.guarded(a.unsilence))
	mux.HandleFunc("POST /api/v1/alerts/test", a.guarded(func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, map[string]any{"results": a.test(r.Context())})
	}))
	return mux
}

// guarded wants a token. A browser sends no such header by itself, so a page that somebody happens to have open can't use it either.
func (a *alertsAPI) guarded(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case ok && a.knows(given):
			h(w, r)
		case a.tokens[0] == "":
			refuse(w, http.StatusForbidden, errors.New("read-only: set api.token_file or CLAUDEWATCH_API_TOKEN to change something over HTTP"))
		default:
			w.Header().Set("WWW-Authenticate", `Bearer realm="claudewatch"`)
			refuse(w, http.StatusUnauthorized, errors.New("the request brings no valid token"))
		}
	}
}

// knows compares hashes, so that neither the time nor the length tells anything of a token.
func (a *alertsAPI) knows(given string) bool {
	hash := sha256.Sum256([]byte(given))
	found := 0
	for _, t := range a.tokens {
		want := sha256.Sum256([]byte(t))
		if t != "" {
			found |= subtle.ConstantTimeCompare(hash[:], want[:])
		}
	}
	return found == 1
}

func (a *alertsAPI) list(w http.ResponseWriter, r *http.Request) {
	all, err := a.current(r.Context())
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"now": a.now().UTC(), "alerts": listAlerts(all, a.silences, a.now())})
}

// listAlerts returns the alerts that fire, with the silence that mutes each.
func listAlerts(all []alerts.Alert, silences *alerts.Silences, now time.Time) []listedAlert {
	out := []listedAlert{}
	for i := range all {
		if !all[i].Active() {
			continue
		}
		s, _ := silences.By(&all[i], now)
		out = append(out, listedAlert{all[i], s.ID})
	}
	return out
}

func (a *alertsAPI) history(w http.ResponseWriter, r *http.Request) {
	since, most, err := historyQuery(r.URL.Query().Get("since"), r.URL.Query().Get("limit"), a.now())
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	all, err := a.episodes(r.Context(), since, a.now().Add(time.Minute), most)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	reply(w, http.StatusOK, map[string]any{"since": since.UTC(), "alerts": list(all)})
}

// historyQuery reads how far back to look, a duration or a time, and how many episodes to show.
func historyQuery(since, limit string, now time.Time) (from time.Time, most int, err error) {
	from, most = now.Add(-defaultHistory), 100
	if since != "" {
		at, timeErr := time.Parse(time.RFC3339, since)
		d, durationErr := config.ParseDuration(since)
		switch {
		case timeErr == nil:
			from = at
		case durationErr == nil && d > 0:
			from = now.Add(-time.Duration(d))
		default:
			return from, most, fmt.Errorf("since %q: write 24h, 7d or 2026-11-21T09:00:00Z", clip(since, 40))
		}
	}
	if limit != "" {
		if most, err = strconv.Atoi(limit); err != nil || most < 1 || most > maxHistory {
			return from, most, fmt.Errorf("limit %q: want 1 to %d", clip(limit, 40), maxHistory)
		}
	}
	return from, most, nil
}

func (a *alertsAPI) silence(w http.ResponseWriter, r *http.Request) {
	var n newSilence
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAPIBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		refuse(w, http.StatusBadRequest, errors.New("the body is no silence: want JSON with matchers, duration or ends_at, author and comment"))
		return
	}
	s, err := n.silence(a.now())
	if err == nil {
		s, err = a.silences.Add(r.Context(), s)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	a.changed()
	reply(w, http.StatusCreated, s)
}

// silence makes of a request what the silences take.
func (n *newSilence) silence(now time.Time) (alerts.Silence, error) {
	s := alerts.Silence{StartsAt: n.StartsAt, EndsAt: n.EndsAt, Author: n.Author, Comment: n.Comment}
	if s.StartsAt.IsZero() {
		s.StartsAt = now
	}
	for _, text := range n.Matchers {
		m, err := alerts.ParseMatcher(text)
		if err != nil {
			return s, err
		}
		s.Matchers = append(s.Matchers, m)
	}
	if n.Duration == "" {
		return s, nil
	}
	d, err := config.ParseDuration(n.Duration)
	if err != nil || d <= 0 || !n.EndsAt.IsZero() {
		return s, fmt.Errorf("duration %q: write 30m, 2h or 1d, and no ends_at beside it", clip(n.Duration, 40))
	}
	s.EndsAt = s.StartsAt.Add(time.Duration(d))
	return s, nil
}

func (a *alertsAPI) unsilence(w http.ResponseWriter, r *http.Request) {
	s, err := a.silences.End(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, alerts.ErrNoSilence):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, err)
	default:
		a.changed()
		reply(w, http.StatusOK, s)
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

func refuse(w http.ResponseWriter, status int, err error) {
	reply(w, status, map[string]string{"error": err.Error()})
}
