package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shown is an episode as its JSON has it, its times as they stand there.
type shown struct {
	Rule, Severity string
	Labels         map[string]string
	From           time.Time
	To             *time.Time
	Peak           float64
	Muted          bool
}

// replayJSON runs replay and reads what it prints.
func replayJSON(t *testing.T, args ...string) []shown {
	t.Helper()
	out, errOut, code := command(t, append([]string{"replay", "--output", "json"}, args...)...)
	if code != exitDone {
		t.Fatalf("replay %v = %d, %s", args, code, errOut)
	}
	var all []shown
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var e shown
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		all = append(all, e)
	}
	return all
}

// busyLog is 50 minutes of calls: five with little use, two at 90 % of a limit, and then little again.
func busyLog(start time.Time) []string {
	var lines []string
	call := func(after time.Duration, remaining int) {
		at := start.Add(after).UTC()
		reset := at.Add(time.Duration(100-remaining) * 600 * time.Millisecond)
		lines = append(lines, fmt.Sprintf(`{"time":%q,"model":"claude-sonnet-5","app":"shop","status":200,"headers":{"request-id":"req_011%021d","date":%q,`+
			`"anthropic-organization-id":"org-1","anthropic-ratelimit-input-tokens-limit":"1000000","anthropic-ratelimit-input-tokens-remaining":"%d",`+
			`"anthropic-ratelimit-input-tokens-reset":%q},"usage":{"input_tokens":900,"output_tokens":50}}`,
			at.Format(time.RFC3339Nano), len(lines), at.Format("Mon, 02 Jan 2006 15:04:05 GMT"), remaining*10_000, reset.Format(time.RFC3339)))
	}
	for after := time.Duration(0); after < 50*time.Minute; after += 10 * time.Second {
		if after >= 5*time.Minute && after < 7*time.Minute {
			call(after, 10)
		} else {
			call(after, 95)
		}
	}
	return lines
}

func logOf(t *testing.T, lines []string) string {
	t.Helper()
	return saved(t, "app.log", []byte(strings.Join(lines, "\n")+"\n"))
}

var busyStart = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func TestReplayOfTheSample(t *testing.T) {
	const golden = "testdata/replay-sample.jsonl"
	out, errOut, code := command(t, "replay", "--output", "json", "../../examples/app.log")
	if code != exitDone {
		t.Fatalf("replay = %d, %s", code, errOut)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), out); diff != "" {
		t.Errorf("episodes differ (-want +got):\n%s", diff)
	}
}

func TestReplayTellsFromAndToOfAnEpisode(t *testing.T) {
	got := replayJSON(t, logOf(t, busyLog(busyStart)))
	if len(got) != 1 {
		t.Fatalf("episodes %+v; want one", got)
	}
	e := got[0]
	if e.Rule != "limit_usage_high" || e.Severity != "warning" || e.Labels["limiter"] != "input_tokens" || e.Labels["pool"] != "sonnet-5" || e.Labels["organization"] != "org-1" {
		t.Errorf("episode %+v; want high use of sonnet-5's input tokens", e)
	}
	if at := busyStart.Add(5 * time.Minute); !e.From.Equal(at) {
		t.Errorf("from %s; want the first call at 90 %%, at %s", e.From, at)
	}
	// Clear 15 s after the last such call at the latest, and then for 10 minutes.
	soonest := busyStart.Add(17 * time.Minute)
	if e.To == nil || e.To.Before(soonest) || e.To.After(soonest.Add(time.Minute)) {
		t.Errorf("to %v; want within a minute after %s", e.To, soonest)
	}
	if e.Peak < 0.89 || e.Peak > 0.92 {
		t.Errorf("peak %v; want 0.9", e.Peak)
	}
}

func TestReplayOfHistoryIsTheSameAsOfToday(t *testing.T) {
	want := replayJSON(t, logOf(t, busyLog(busyStart)))
	for _, start := range []time.Time{time.Date(2003, 3, 2, 8, 0, 0, 0, time.UTC), time.Now().Truncate(time.Minute).UTC()} {
		got := replayJSON(t, logOf(t, busyLog(start)))
		for i := range got {
			shift := busyStart.Sub(start)
			got[i].From = got[i].From.Add(shift)
			if got[i].To != nil {
				to := got[i].To.Add(shift)
				got[i].To = &to
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("episodes of a log of %s differ (-want +got):\n%s", start, diff)
		}
	}
}

func TestReplayOfSeveralLogsIsThatOfOne(t *testing.T) {
	lines := busyLog(busyStart)
	want := replayJSON(t, logOf(t, lines))
	var odd, even, shuffled []string
	for i, l := range lines {
		if i%2 == 0 {
			even = append(even, l)
		} else {
			odd = append(odd, l)
		}
		shuffled = append(shuffled, lines[i^1])
	}
	half := len(lines) / 2
	for name, files := range map[string][]string{
		"two apps":        {logOf(t, odd), logOf(t, even)},
		"rotated":         {logOf(t, lines[half:]), logOf(t, lines[:half])},
		"twice":           {logOf(t, lines), logOf(t, lines)},
		"overlapping":     {logOf(t, lines[:half+20]), logOf(t, lines[half-20:])},
		"out of order":    {logOf(t, shuffled)},
		"written in gzip": {saved(t, "app.log.gz", gzipOf(t, strings.Join(lines, "\n")))},
	} {
		if diff := gocmp.Diff(want, replayJSON(t, files...)); diff != "" {
			t.Errorf("%s: episodes differ (-want +got):\n%s", name, diff)
		}
	}
}

func TestReplayPassesAWrongDate(t *testing.T) {
	lines := busyLog(busyStart)
	want := replayJSON(t, logOf(t, lines))
	far := strings.ReplaceAll(lines[0], "2026-03-02T08", "2187-03-02T08")
	far = strings.ReplaceAll(far, "req_0110", "req_0119")
	wrong := append([]string{lines[0], far}, lines[1:]...)
	for name, files := range map[string][]string{
		"one log":       {logOf(t, wrong)},
		"the first":     {logOf(t, wrong[1:])},
		"one of two":    {logOf(t, wrong), logOf(t, lines)},
		"one of halves": {logOf(t, wrong[:len(wrong)/2]), logOf(t, lines[len(lines)/2-1:])},
	} {
		if diff := gocmp.Diff(want, replayJSON(t, files...)); diff != "" {
			t.Errorf("%s: episodes differ (-want +got):\n%s", name, diff)
		}
	}
}

func TestReplayKeepsAnEpisodeOpenAtTheEnd(t *testing.T) {
	got := replayJSON(t, logOf(t, busyLog(busyStart)[:40]))
	if len(got) != 1 || got[0].To != nil {
		t.Errorf("episodes %+v; want one that fires still", got)
	}
	out, _, _ := command(t, "replay", "--output", "json", logOf(t, busyLog(busyStart)[:40]))
	if !strings.Contains(out, `"to":null`) {
		t.Errorf("JSON %s; want to as null", out)
	}
}

func TestReplayUnderOtherThresholds(t *testing.T) {
	path := logOf(t, busyLog(busyStart))
	for name, c := range map[string]struct {
		config string
		want   int
	}{
		"higher":   {"alerts: {limit_usage_high: {fire: 0.95}}", 0},
		"lower":    {"alerts: {limit_usage_high: {fire: 0.04, resolve: 0.02}}", 1},
		"off":      {"alerts: {limit_usage_high: {enabled: false}}", 0},
		"limits":   {"alerts: {limit_usage_high: {fire: 0.95}}\nlimits: [{pool: sonnet-5, limiter: output_tokens, limit: 250, per: 1m}]", 2},
		"severity": {"alerts: {limit_usage_high: {severity: critical}}", 1},
	} {
		got := replayJSON(t, "--config", saved(t, "c.yaml", []byte(c.config+"\n")), path)
		if len(got) != c.want {
			t.Errorf("%s: %d episodes %+v; want %d", name, len(got), got, c.want)
		}
		if name == "limits" && !got[1].Muted {
			t.Errorf("%+v; want it muted by %s", got[1], got[0].Rule)
		}
		if name == "severity" && got[0].Severity != "critical" {
			t.Errorf("severity %s; want the configured one", got[0].Severity)
		}
	}
}
