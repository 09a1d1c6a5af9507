package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

func TestStatusWithoutDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	out, errOut, code := command(t, "status", "--db", path)
	want := "claudewatch: status: stat " + path + ": no such file or directory\n" +
		"hint: no agent has run on this database yet; start one with claudewatch serve, or name the database with --db FILE\n"
	if code != exitFailed || out != "" || errOut != want {
		t.Errorf("exit code %d, stdout %q, stderr %q; want %d, nothing, %q", code, out, errOut, exitFailed, want)
	}
}

func TestStatusOfARunningAgent(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", db)
	empty, _, _ := command(t, "status", "--db", db)
	if text, _, _ := command(t, "status", "--db", db, "-o", "json"); !strings.Contains(text, `"buckets": []`) || !strings.Contains(text, `"sources": []`) {
		t.Errorf("status of a new database as json = %s; want empty lists", text)
	}
	for _, want := range []string{"0 calls stored", "No bucket known yet", "No alert is firing.", "No source has delivered yet."} {
		if !strings.Contains(empty, want) {
			t.Errorf("status of a new database:\n%s\nwant %q", empty, want)
		}
	}
	call := fmt.Sprintf(`{"time":%q,"request_id":"req_1","model":"claude-sonnet-5","status":200,"readings":[`+
		`{"limiter":"input_tokens","limit":1000,"remaining":750,"reset":%q}]}`, time.Now().UTC().Format(time.RFC3339Nano), time.Now().UTC().Add(time.Hour).Format(time.RFC3339))
	if code, answer := a.do(t, "POST", "/v1/calls", call+"\n"+`{"model":"claude-sonnet-5","usage":{"input_tokens":-5}}`, nil); code != 200 {
		t.Fatalf("%d %s", code, answer)
	}
	_, page := a.get(t, "/")
	table, _, code := command(t, "status", "--db", db)
	for _, text := range []string{page, table} {
		for _, want := range []string{"1 call stored", "sonnet-5", "input_tokens", "1k", "webhook: 1 line rejected: value out of range: usage.input_tokens -5: "} {
			if code != exitDone || !strings.Contains(text, want) {
				t.Errorf("exit code %d, and\n%s\nwant %q", code, text, want)
			}
		}
		narrow(t, text)
	}
	text, _, _ := command(t, "status", "--db", db, "-o", "json")
	var p picture
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Buckets) != 1 || p.Buckets[0].Limit.Or(0) != 1000 || p.Buckets[0].Remaining.Or(0) != 750 || p.Calls != 1 || !strings.Contains(text, `"alerts": []`) {
		t.Errorf("status as json = %s", text)
	}
	text, _, _ = command(t, "status", "--db", db, "-o", "csv")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][3] != "sonnet-5" || rows[1][5] != "1000" || !strings.HasPrefix(rows[1][6], "0.2") {
		t.Errorf("status as csv = %q, %v", rows, err)
	}
}

// narrow fails for a line that a terminal of 80 columns would break.
func narrow(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// The longest of everything that may come in still fits, and nothing that tells is cut.
func TestStatusFitsTheScreen(t *testing.T) {
	now := time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)
	const id = "11111111-2222-3333-4444-555555555555"
	long := claude.Bucket{
		Provider: "anthropic", Organization: id, Workspace: "wrkspc_" + id, Pool: "claude-of-a-very-long-name", Limiter: "priority_output_tokens",
	}
	most := claude.Level{
		Bucket: long, Limit: claude.Some(int64(999_949)), Fill: claude.Some(5000.0), Load2m: claude.Some(5000.0), Load10m: claude.Some(5000.0),
		Exhausted: now.Add(99*24*time.Hour + 23*time.Hour), Reset: now.Add(23*time.Hour + 59*time.Minute),
	}
	unnamed := claude.Level{Bucket: claude.Bucket{Organization: id, Workspace: "wrkspc_" + id, Limiter: claude.LimiterRequests}}
	title := strings.Repeat("input tokens of a model ", 8) + "at 98 % of the limit"
	source := "/var/log/" + strings.Repeat("deep/", 20) + "checkout.log"
	p := picture{
		Now: now, Calls: 123_456_789, Buckets: []claude.Level{most, unnamed},
		Alerts: []alerts.Alert{{Severity: alerts.Critical, FiredAt: now.Add(-25 * time.Hour), Facts: alerts.Facts{Title: title}}},
		Sources: []sourcePicture{{
			Source: source, Lines: 999_949, Calls: 999_949, Duplicates: 999_949, Last: now.Add(-99*24*time.Hour - 23*time.Hour),
			Rejected: []rejection{{"value out of range", 999_949, strings.Repeat("usage.input_tokens ", 10)}},
		}},
	}
	var b strings.Builder
	if err := showTable(&b, p); err != nil {
		t.Fatal(err)
	}
	narrow(t, b.String())
	flat := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"anthropic, organization " + id + ", workspace wrkspc_" + id, "\n?     requests", "provider ?, organization " + id, title + ", for 1d 1h",
		"deep/checkout.log", ">999% >999% >999%", "23h",
	} {
		if !strings.Contains(b.String(), want) && !strings.Contains(flat, want) {
			t.Errorf("the picture lacks %q:\n%s", want, b.String())
		}
	}
}

// A log must not steer the terminal that shows what it said.
func TestStatusShowsNoControlCharacters(t *testing.T) {
	evil := "x\x1b]0;owned\x07\u009b31m\r\n"
	level := claude.Level{Bucket: claude.Bucket{Provider: evil, Organization: evil, Workspace: evil, Pool: claude.Pool(evil), Limiter: claude.Limiter(evil)}}
	p := picture{
		Now: time.Now(), Buckets: []claude.Level{level}, Alerts: []alerts.Alert{{Facts: alerts.Facts{Title: evil}}},
		Sources: []sourcePicture{{Source: evil, Rejected: []rejection{{"invalid json", 1, evil}}}},
	}
	var b strings.Builder
	if err := showTable(&b, p); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0) }) {
		t.Errorf("control characters in %q", b.String())
	}
}
