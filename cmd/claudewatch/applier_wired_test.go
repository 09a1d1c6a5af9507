package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/internal/config"
)

// quietAgent is an agent with a database of its own that does not run.
func quietAgent(t *testing.T) *agent {
	t.Helper()
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	cfg.Database.Path = filepath.Join(t.TempDir(), "cw.db")
	a, err := newAgent(t.Context(), cfg, agentOptions{stdin: strings.NewReader(""), log: slog.New(slog.DiscardHandler), tick: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// The agent's own metrics, page and status wait for what was committed before them.
func TestAgentAnswersShowWhatWasCommittedBefore(t *testing.T) {
	a := quietAgent(t)
	a.watch.applier.put(committed{}) // which nobody applies yet
	ask := func(ctx context.Context, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		a.server.http.Handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		return w
	}
	for _, path := range []string{"/metrics", "/", statusPath} {
		impatient, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // time enough for an answer that does not wait
		if w := ask(impatient, path); w.Code == http.StatusOK && w.Body.Len() > 0 {
			t.Errorf("GET %s before the commit is applied = %d, %d bytes; want it to wait", path, w.Code, w.Body.Len())
		}
		cancel()
	}
	go a.watch.applier.Run()
	defer a.watch.applier.close()
	for _, path := range []string{"/metrics", "/", statusPath} {
		if w := ask(t.Context(), path); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("GET %s once it is applied = %d, %d bytes; want an answer", path, w.Code, w.Body.Len())
		}
	}
}
