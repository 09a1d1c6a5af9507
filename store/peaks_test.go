package store

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// TestPeaks checks the busy minutes of a day against what was put in: the one that counts has one in a hundred minutes above it,
// apps of one pool add up, quiet days and the day that is not over are left out.
func TestPeaks(t *testing.T) {
	db := open(t) // the present is noon of 14 March
	var calls []claude.Call
	add := func(at time.Time, app string, tokens int64) {
		calls = append(calls, claude.Call{
			Time: at, RequestID: fmt.Sprint("req_", len(calls)), Provider: "anthropic", Organization: "org", App: app,
			Model: "claude-sonnet-5", Pool: "sonnet-5", Usage: usage(tokens, 1),
		})
	}
	day := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	for i := range 100 { // minute i: 2 x (i + 1) tokens by two apps
		add(day.Add(time.Duration(i)*time.Minute), "a", int64(i+1))
		add(day.Add(time.Duration(i)*time.Minute+time.Second), "b", int64(i+1))
	}
	for i := range 10 { // fewer busy minutes than count
		add(day.AddDate(0, 0, 1).Add(time.Duration(i)*time.Hour), "a", 1000)
	}
	for i := range 100 { // today
		add(noon.Add(-time.Duration(i)*time.Minute), "a", 1000)
	}
	commitCalls(t, db, calls...)
	got, err := db.Peaks(t.Context(), day.AddDate(0, 0, -30))
	if err != nil {
		t.Fatal(err)
	}
	bucket := func(l claude.Limiter) claude.Bucket {
		return claude.Bucket{Provider: "anthropic", Organization: "org", Pool: "sonnet-5", Limiter: l}
	}
	// Fourteen minutes of the day may be busier: those of 200 to 174 tokens.
	want := []Peak{
		{bucket(claude.LimiterInputTokens), day, 172},
		{bucket(claude.LimiterOutputTokens), day, 2},
		{bucket(claude.LimiterRequests), day, 2},
		{bucket(claude.LimiterTokens), day, 174},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("Peaks differ (-want +got):\n%s", diff)
	}
	if later, err := db.Peaks(t.Context(), day.Add(time.Hour)); err != nil || len(later) != 0 {
		t.Errorf("Peaks from the middle of the day = %v, %v; want none: the day is not whole", later, err)
	}
}
