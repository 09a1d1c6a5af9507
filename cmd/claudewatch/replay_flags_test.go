package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func ofRule(all []shown, rule string) (found []shown) {
	for _, e := range all {
		if e.Rule == rule {
			found = append(found, e)
		}
	}
	return found
}

func TestReplayTriesOtherSettings(t *testing.T) {
	log := logOf(t, busyLog(busyStart)) // 90 % full in minutes 5 to 7
	for _, c := range []struct {
		set  []string
		want int
	}{
		{nil, 1},
		{[]string{"--set", "limit_usage_high.fire=0.95"}, 0},
		{[]string{"--set", "limit_usage_high.enabled=false"}, 0},
		{[]string{"--set", "limit_usage_high.fire=0.85", "--set", "limit_usage_high.for=10m"}, 0},
		{[]string{"--set", "limit_usage_high.fire=0.85", "--set", "limit_usage_high.resolve=0.5"}, 1},
		{[]string{"--set", "upgrade_due.enabled=false"}, 1},
	} {
		if got := ofRule(replayJSON(t, append(c.set, log)...), "limit_usage_high"); len(got) != c.want {
			t.Errorf("replay %v = %+v; want %d episodes", c.set, got, c.want)
		}
	}
}

func TestReplayRefusesSettingsThatThereAreNot(t *testing.T) {
	for set, want := range map[string]string{
		"limit_usage_high":                   `--set "limit_usage_high": want RULE.KEY=VALUE`,
		"limit_usage_hi.fire=1":              "there is no rule limit_usage_hi: want one of ",
		"limit_usage_high.fires=1":           "limit_usage_high has no fires: want one of enabled, fire, for, hold, resolve, severity",
		"limit_usage_high.fire=much":         "--set limit_usage_high.fire=much: alerts.limit_usage_high.fire: ",
		"limit_usage_high.fire=0.5":          "alerts.limit_usage_high",
		"limit_usage_high.severity=terrible": "alerts.limit_usage_high.severity",
	} {
		out, errOut, code := command(t, "replay", "--set", set, logOf(t, busyLog(busyStart)[:3]))
		if code == exitDone || out != "" || !strings.Contains(errOut, want) || strings.Contains(errOut, "CLAUDEWATCH_") {
			t.Errorf("replay --set %s = %d, %q, %q; want it refused with %q", set, code, out, errOut, want)
		}
	}
}

func TestReplayOfASpan(t *testing.T) {
	log := logOf(t, busyLog(busyStart))
	out, errOut, code := command(t, "replay", "--since", "2026-03-02T08:10", "--until", "2026-03-02T08:20:00Z", log)
	if code != exitDone || !strings.HasPrefix(out, "60 calls from 2026-03-02 08:10:00 to 2026-03-02 08:19:50 UTC\n\nNo alert would have fired.\n") {
		t.Errorf("replay of ten minutes = %d, %q; want 60 calls and no alert", code, out)
	}
	if !strings.Contains(errOut, "left out 240 calls: outside of --since and --until") {
		t.Errorf("standard error %q; want the calls that were left out", errOut)
	}
	if !strings.Contains(out, "Not replayed: source_absent, agent_blind and upgrade_due.") {
		t.Errorf("replay = %q; want the rules that can't be replayed", out)
	}
	for _, args := range [][]string{{"--since", "soon"}, {"--since", "2026-03-03", "--until", "2026-03-02"}} {
		if _, _, code := command(t, append([]string{"replay", log}, args...)...); code != exitUsage {
			t.Errorf("replay %v = %d; want %d", args, code, exitUsage)
		}
	}
}

// A rule of the user's own is judged by the metrics that an agent would have shown.
func TestReplayJudgesRulesOfTheUsersOwn(t *testing.T) {
	config := saved(t, "claudewatch.yml", []byte(`
rules:
  - {name: shop is busy, metric: claude_rate_limit_fill_ratio, labels: {limiter: input_tokens}, above: 0.85, hold: 1m}
  - {name: many calls, metric: claude_requests_total, labels: {app: shop, status: "200"}, above: 100}
`))
	all := replayJSON(t, "--config", config, logOf(t, busyLog(busyStart)))
	if many := ofRule(all, "many calls"); len(many) != 1 || many[0].Peak < 290 {
		t.Errorf("episodes by a counter = %+v; want one with a peak of nearly 300 calls", many)
	}
	got := ofRule(all, "shop is busy")
	if len(got) != 1 || got[0].Peak < 0.85 || got[0].From.Sub(busyStart.Add(5*time.Minute)) > 30*time.Second || got[0].To == nil {
		t.Errorf("episodes = %+v; want one from about 08:05 that is over", got)
	}
}

// What a call costs is what the prices say, as in the store; a model that nobody prices is told.
func TestReplayPricesCalls(t *testing.T) {
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf(`{"time":%q,"request_id":"req_%d","app":"shop","model":"in-house","status":200,"usage":{"input_tokens":100000,"output_tokens":0}}`,
			busyStart.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), i))
	}
	log := logOf(t, lines)
	if got := ofRule(replayJSON(t, log), "model_unpriced"); len(got) != 1 {
		t.Errorf("episodes of a model without a price = %+v; want one", got)
	}
	config := saved(t, "claudewatch.yml", []byte(`
prices: [{model: in-house, input: 10, output: 10}]
budgets: [{name: shop, app: shop, usd: 20, per: day}]
`))
	all := replayJSON(t, "--config", config, log)
	if got := ofRule(all, "model_unpriced"); len(got) != 0 {
		t.Errorf("episodes of a priced model = %+v; want none", got)
	}
	got := ofRule(all, "budget_high") // a dollar a minute: 80 % after 16 minutes
	if len(got) != 1 || got[0].From.Before(busyStart.Add(14*time.Minute)) || got[0].From.After(busyStart.Add(18*time.Minute)) {
		t.Errorf("episodes of the budget = %+v; want one from about 08:16", got)
	}
}
