package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostileLine is a line as it may stand in a log by accident or on purpose.
type hostileLine struct {
	name, line, reason string // no reason: it is taken as well
}

func hostileLines() []hostileLine {
	call := strings.TrimSpace(goodCall("req_hostile"))
	with := func(old, replacement string) string { return strings.Replace(call, old, replacement, 1) }
	header := func(limit, remaining, reset string) string {
		return fmt.Sprintf(`%s,"headers":{"anthropic-ratelimit-input-tokens-limit":%q,"anthropic-ratelimit-input-tokens-remaining":%q,`+
			`"anthropic-ratelimit-input-tokens-reset":%q}}`, strings.TrimSuffix(call, "}"), limit, remaining, reset)
	}
	const soon = "2026-11-21T16:00:01Z"
	return []hostileLine{
		{"50 MB", with(`"model"`, `"prompt":"`+strings.Repeat("x", 50<<20)+`","model"`), "line too long"},
		{"a hole of NUL bytes", strings.Repeat("\x00", 4096) + call, ""},
		{"NUL in a name", with("claude-sonnet-5", "claude-son\x00net-5"), ""},
		{"invalid UTF-8", with(`"model"`, "\"app\":\"sh\xff\xfeop\xc3\",\"model\""), ""},
		{"depth 10,000", with(`"model"`, `"x":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`,"model"`), "nested too deeply"},
		{"depth 10,000 never closed", with(`"model"`, `"x":`+strings.Repeat(`{"a":`, 10_000)), "nested too deeply"},
		{"tokens below 0", with(":10", ":-10"), "value out of range"},
		{"tokens beyond int64", with(":10", ":99999999999999999999"), "value out of range"},
		{"tokens beyond float64", with(":10", ":1e400"), "value out of range"},
		{"tokens of a fraction", with(":10", ":1.5"), "value out of range"},
		{"status", with(":200", ":99999"), "value out of range"},
		{"limit below 0", header("-1", "5", soon), "value out of range"},
		{"limit beyond belief", header("9999999999999999999", "5", soon), "value out of range"},
		{"remaining above the limit", header("1000", "5000", soon), ""},
		{"reset in 1970", header("1000", "500", "1970-01-01T00:00:01Z"), ""},
		{"reset in 9999", header("1000", "500", "9999-12-31T23:59:59Z"), "value out of range"},
		{"reset of words", header("1000", "500", "tomorrow"), "value out of range"},
		{"half a line", call[:len(call)-20], "invalid json"},
		{"two brackets too many", call + "}}", ""},
	}
}

// Each line stands in a log of its own, before a good one.
func TestHostileLines(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "cw.db")
	args := []string{"--db", db}
	var want []string
	logs := map[string]hostileLine{}
	for i, h := range hostileLines() {
		path := filepath.Join(dir, fmt.Sprintf("%02d.log", i))
		line := strings.ReplaceAll(h.line, "req_hostile", fmt.Sprintf("req_hostile_%d", i))
		if err := os.WriteFile(path, []byte(line+"\n"+goodCall(fmt.Sprintf("req_good_%d", i))), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--tail", path)
		logs[path] = h
		calls := 2
		if h.reason != "" {
			calls = 1
			want = append(want, fmt.Sprintf("claudewatch_lines_rejected_total{reason=%q,source=%q} 1", h.reason, path))
		}
		want = append(want, fmt.Sprintf("claudewatch_calls_ingested_total{source=%q} %d", path, calls))
	}
	a := startAgent(t, strings.NewReader(""), args...)
	text := a.metricsWith(t, want...)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "claude_rate_limit_used_ratio") && strings.Contains(line, "} -") {
			t.Errorf("less than nothing is used: %s", line)
		}
	}
	out, _, code := command(t, "status", "--db", db, "-o", "json")
	var p picture
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != exitDone {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	if len(p.Sources) != len(logs) {
		t.Errorf("%d sources in the status; want %d", len(p.Sources), len(logs))
	}
	for _, s := range p.Sources {
		h := logs[s.Source]
		if h.reason == "" && len(s.Rejected) != 0 || h.reason != "" && (len(s.Rejected) != 1 || s.Rejected[0].Reason != h.reason || s.Rejected[0].Lines != 1) {
			t.Errorf("%s: rejected %+v; want %q", h.name, s.Rejected, h.reason)
		}
		if s.Lines != 2 {
			t.Errorf("%s: %d lines; want 2", h.name, s.Lines)
		}
	}
	if code := a.stop(); code != exitDone {
		t.Errorf("exit code = %d; want %d", code, exitDone)
	}
}
