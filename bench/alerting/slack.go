package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"
)

// slack answers as Slack's API does and notes when it was first told of each organization.
type slack struct {
	mu   sync.Mutex // protects what follows
	told map[string]time.Time
	sent int
}

// marker is the name of an organization of this benchmark.
var marker = regexp.MustCompile(`org-[a-z]+-\d+-end`)

func (s *slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	text, err := url.QueryUnescape(string(body))
	if err != nil {
		text = string(body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	for _, name := range marker.FindAllString(text, -1) {
		if _, ok := s.told[name]; !ok {
			s.told[name] = now
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // the agent may have gone
		"ok": true, "channel": "C012345678", "ts": fmt.Sprintf("%d.%06d", now.Unix(), s.sent), "user_id": "U1", "bot_id": "B1", "team_id": "T1", "messages": []any{},
	})
}

// when says when Slack was told of an organization.
func (s *slack) when(name string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.told[name]
	return t, ok
}
