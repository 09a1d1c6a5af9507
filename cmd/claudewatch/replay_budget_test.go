package main

import (
	"fmt"
	"testing"
	"time"
)

// A replay judges budgets from the log alone, and each period anew.
func TestReplayJudgesBudgets(t *testing.T) {
	var lines []string
	for i := range 180 { // three hours at 50 tokens a minute, and twice that in the second
		tokens := 50
		if i >= 60 && i < 120 {
			tokens = 100
		}
		at := busyStart.Add(time.Duration(i) * time.Minute)
		lines = append(lines, fmt.Sprintf(`{"time":%q,"request_id":"req_%d","model":"claude-sonnet-5","user":"u-%d","status":200,"usage":{"input_tokens":%d,"output_tokens":0,"cache_read_input_tokens":9000}}`,
			at.Format(time.RFC3339), i, i%2, tokens))
	}
	config := saved(t, "claudewatch.yml", []byte("budgets: [{name: free, user: \"*\", tokens: 3000, per: hour}]\n"))
	var got []shown
	for _, e := range replayJSON(t, "--config", config, logOf(t, lines)) {
		if e.Rule == "budget_high" {
			got = append(got, e)
		}
	}
	if len(got) != 2 {
		t.Fatalf("episodes = %+v; want one of each user, in the second hour", got)
	}
	for _, e := range got {
		end := busyStart.Add(2 * time.Hour)
		if e.From.Before(busyStart.Add(105*time.Minute)) || e.From.After(end) || e.To == nil || e.To.Before(end) || e.To.Sub(end) > time.Minute || e.Severity != "critical" {
			t.Errorf("episode = %+v; want it from about 09:47, 80 %% of 3,000, to the end of the hour, and critical at the end", e)
		}
	}
}
