package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

func TestSampleIsWhatTheGeneratorWrites(t *testing.T) {
	out := filepath.Join(t.TempDir(), "app.log")
	if err := run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../app.log")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("examples/app.log is not what the generator writes; run go generate ./examples/...")
	}
}

// line is what the sample's lines say of calls.
type line struct {
	App, User, Model string
	Res              struct {
		StatusCode int
		Headers    map[string]string
	}
	Err json.RawMessage
}

// TestSampleShowsWhatTheAgentIsFor reads the sample as the documentation describes it.
func TestSampleShowsWhatTheAgentIsFor(t *testing.T) {
	data, err := os.ReadFile("../app.log")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	apps, users, models, causes, other, peak := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[claude.Cause]int{}, 0, 0.0
	for _, text := range lines {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("line %s: %v", text, err)
		}
		if l.Res.StatusCode == 0 {
			other++
			continue
		}
		apps[l.App], users[l.User], models[l.Model] = true, true, true
		peak = max(peak, inputFill(t, l))
		if l.Res.StatusCode != http.StatusOK {
			causes[cause(t, l)]++
		}
	}
	t.Logf("%d lines, %d other, apps %v, users %d, models %v, causes %v, peak %.2f", len(lines), other, apps, len(users), models, causes, peak)
	if n := len(lines); n < 200 || n > 600 || other < n/4 {
		t.Errorf("lines = %d, %d of them others'; want a few hundred with a quarter others'", n, other)
	}
	if len(apps) < 3 || len(users) < 5 || len(models) < 3 {
		t.Errorf("apps %v, users %v, models %v; want several of each", apps, users, models)
	}
	if peak <= 0.8 {
		t.Errorf("highest fill = %.2f; want above 0.8", peak)
	}
	for _, c := range []claude.Cause{claude.CauseAcceleration, claude.CauseSpendCap, claude.CauseOverloaded} {
		if causes[c] == 0 {
			t.Errorf("causes = %v; want %s among them", causes, c)
		}
	}
	if causes[claude.CauseRateLimit]+causes["input_tokens"] == 0 {
		t.Errorf("causes = %v; want a rate limit among them", causes)
	}
}

func headersOf(t *testing.T, l line) claude.Headers {
	t.Helper()
	var h claude.Headers
	for k, v := range l.Res.Headers {
		if err := h.Add(k, v); err != nil {
			t.Error(err)
		}
	}
	return h
}

func inputFill(t *testing.T, l line) float64 {
	t.Helper()
	for _, r := range headersOf(t, l).Readings {
		if r.Limiter == claude.LimiterInputTokens {
			return 1 - float64(r.Remaining.Or(0))/float64(r.Limit.Or(1))
		}
	}
	return 0
}

func cause(t *testing.T, l line) claude.Cause {
	t.Helper()
	no, err := claude.ParseRefusal(l.Err)
	if err != nil {
		t.Fatalf("ParseRefusal(%s): %v", l.Err, err)
	}
	h := headersOf(t, l)
	c := claude.Call{Status: l.Res.StatusCode}
	h.Apply(&c)
	c.Refuse(no, true)
	return c.Cause
}
