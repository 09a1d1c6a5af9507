package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

// filled makes a database of calls.
func filled(t *testing.T, calls ...claude.Call) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cw.db")
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for i := range calls {
		if calls[i].RequestID == "" {
			calls[i].RequestID = fmt.Sprint("req_", i)
		}
		calls[i].Clean()
	}
	if _, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: calls}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// evening is when the calls of the tests are, in the night in which clocks are put back in Berlin.
var evening = time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)

// used is a call that tells its usage.
func used(at time.Time, app, model string, in, out int64, usd claude.Opt[float64]) claude.Call {
	c := claude.Call{Time: at, Provider: "anthropic", App: app, User: "u-1", Model: model, Status: 200, CostUSD: usd, DurationSeconds: claude.Some(2.5)}
	c.Usage.InputTokens, c.Usage.OutputTokens = claude.Some(in), claude.Some(out)
	c.Usage.CacheReadInputTokens = claude.Some(in)
	return c
}

func someCalls() []claude.Call {
	refused := claude.Call{
		Time: evening.Add(time.Minute), App: "shop", Model: "claude-sonnet-5", Status: 429, Cause: claude.CauseRateLimit, ErrorType: "rate_limit_error",
		RetryAfterSeconds: claude.Some(1.5),
	}
	own := used(evening, "mail", "own-model", 70, 7, claude.Opt[float64]{})
	own.DurationSeconds = claude.Opt[float64]{}
	return []claude.Call{
		used(evening, "shop", "claude-sonnet-5", 1000, 100, claude.Some(0.25)),
		used(evening.Add(4*time.Hour+30*time.Minute), "shop", "claude-sonnet-5", 2000, 200, claude.Some(0.5)), // 02:30 the first time
		used(evening.Add(5*time.Hour+30*time.Minute), "shop", "claude-sonnet-5", 4000, 400, claude.Some(1.0)), // 02:30 again
		own, refused,
	}
}

func reportOf(t *testing.T, db string, args ...string) (out, errOut string) {
	t.Helper()
	out, errOut, code := command(t, append([]string{"report", "--db", db, "--tz", "Europe/Berlin", "--since", "2026-10-20", "--until", "2026-11-01"}, args...)...)
	if code != exitDone {
		t.Fatalf("report %v = %d, %s", args, code, errOut)
	}
	return out, errOut
}

func TestReportAsJSON(t *testing.T) {
	out, errOut := reportOf(t, filled(t, someCalls()...), "--by", "app,status", "-o", "json", "--sort", "app")
	want := `[
  {"app": "mail", "status": 200, "calls": 1, "rate_limited": 0, "overloaded": 0, "retries": 0, "retry_delay_seconds": 0, "input_tokens": 70, ` +
		`"output_tokens": 7, "cache_read_tokens": 70, "cache_write_5m_tokens": 0, "cache_write_1h_tokens": 0, "cost_usd": null, "unpriced_tokens": 147, ` +
		`"p50_seconds": null, "p95_seconds": null, "p99_seconds": null},
  {"app": "shop", "status": 200, "calls": 3, "rate_limited": 0, "overloaded": 0, "retries": 0, "retry_delay_seconds": 0, "input_tokens": 7000, ` +
		`"output_tokens": 700, "cache_read_tokens": 7000, "cache_write_5m_tokens": 0, "cache_write_1h_tokens": 0, "cost_usd": 1.75, "unpriced_tokens": 0, `
	refused := `  {"app": "shop", "status": 429, "calls": 1, "rate_limited": 1, "overloaded": 0, "retries": 0, "retry_delay_seconds": 1.5, "input_tokens": null, ` +
		`"output_tokens": null, "cache_read_tokens": null, "cache_write_5m_tokens": null, "cache_write_1h_tokens": null, "cost_usd": null, "unpriced_tokens": 0, ` +
		`"p50_seconds": null, "p95_seconds": null, "p99_seconds": null}` + "\n]\n"
	if !strings.HasPrefix(out, want) || !strings.HasSuffix(out, refused) || errOut != "" {
		t.Errorf("report as JSON =\n%s\n%s\nwant it to begin with\n%s\nand to end with\n%s", out, errOut, want, refused)
	}
	var rows []map[string]any
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err)
	}
	if p, ok := rows[1]["p95_seconds"].(float64); !ok || p < 2.45 || p > 2.55 {
		t.Errorf("p95 of calls of 2.5 s = %v; want that within 2 %%", rows[1]["p95_seconds"])
	}
	if out, _ := reportOf(t, filled(t), "-o", "json"); out != "[]\n" {
		t.Errorf("report of nothing as JSON = %q; want []", out)
	}
}

// A day of 25 hours is one day, and the hour that is there twice is two.
func TestReportByLocalTime(t *testing.T) {
	db := filled(t, someCalls()...)
	days, _ := reportOf(t, db, "--by", "day", "-o", "csv")
	if !strings.Contains(days, "\n2026-10-24,3,") || !strings.Contains(days, "\n2026-10-25,2,") {
		t.Errorf("days in Berlin:\n%s\nwant 3 calls on 2026-10-24 and 2 on 2026-10-25", days)
	}
	hours, _ := reportOf(t, db, "--by", "hour")
	for _, want := range []string{"2026-10-24 22:00 ", "2026-10-25 02:00 CEST ", "2026-10-25 02:00 CET "} {
		if !strings.Contains(hours, "\n"+want) {
			t.Errorf("hours in Berlin:\n%s\nwant a row %q", hours, want)
		}
	}
	if strings.Index(hours, "02:00 CEST") > strings.Index(hours, "02:00 CET") {
		t.Errorf("hours in Berlin are not in the order of time:\n%s", hours)
	}
}

func TestReportTable(t *testing.T) {
	db := filled(t, someCalls()...)
	out, _ := reportOf(t, db, "--by", "app")
	squeezed := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"2026-10-20 00:00 to 2026-11-01 00:00 CET 5 calls", "APP CALLS 429 INPUT OUTPUT CACHE USD P95 SHARE",
		"shop 4 1 7k 700 50 % 1.75 2.5s ███░ 80% mail 1 0 70 7 50 % ? ? █░░░ 20% total 5 1 7.1k 707 50 % 1.75 2.5s",
		"USD leaves out 147 tokens without a known price",
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("report by app:\n%s\nwant %q", out, want)
		}
	}
	narrow(t, out)
	out, _ = reportOf(t, db, "--by", "app", "--top", "1")
	if !strings.Contains(strings.Join(strings.Fields(out), " "), "1 more 1 0 70 7 50 % ? ?") || strings.Contains(out, "mail") {
		t.Errorf("report --top 1:\n%s\nwant the rest in one row", out)
	}
	out, _ = reportOf(t, db, "--by", "app", "--wide", "--sort", "-calls")
	for _, want := range []string{"WRITE 1H", "P50", "UNPRICED", "RETRIES"} {
		if !strings.Contains(out, want) {
			t.Errorf("report --wide lacks %s:\n%s", want, out)
		}
	}
	if strings.Index(out, "mail") > strings.Index(out, "shop") {
		t.Errorf("report --sort -calls does not begin with the fewest:\n%s", out)
	}
	if out, _ = reportOf(t, db, "--where", "app=nobody"); !strings.Contains(out, "No call is stored of that.") {
		t.Errorf("report of nothing:\n%s", out)
	}
}

// Long names leave room for the numbers that matter.
func TestReportFitsTheScreen(t *testing.T) {
	c := used(evening, strings.Repeat("app", 30), "claude-of-a-very-long-name-20260101", 999_949, 99_949, claude.Some(123456.78))
	c.Workspace, c.User = "wrkspc_11111111222233334444555555555555", strings.Repeat("u", 60)
	db := filled(t, c)
	for _, by := range []string{"app", "model,app", "day,model,app", "hour,user", "model,app,user", "user", ""} {
		out, _ := reportOf(t, db, "--by", by)
		narrow(t, out)
		if !strings.Contains(out, "USD") || !strings.Contains(out, "CALLS") || !strings.Contains(out, "123k") {
			t.Errorf("report by %s lacks calls or USD:\n%s", by, out)
		}
	}
}

// What a log says can neither steer a terminal nor be carried out by a spreadsheet.
func TestReportOfHostileText(t *testing.T) {
	var calls []claude.Call
	for _, app := range []string{"=1+1", "+1", "-1", "@x", "a,\"b", "\u009b31mred"} {
		calls = append(calls, used(evening, app, "m", 1, 1, claude.Opt[float64]{}))
	}
	db := filled(t, calls...)
	out, _ := reportOf(t, db, "--by", "app", "-o", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 7 || strings.Count(out, "\r\n") != 7 {
		t.Fatalf("report as CSV = %q, %v; want 7 lines", out, err)
	}
	for _, row := range rows[1:] {
		if strings.ContainsAny(row[0][:1], "=+-@") {
			t.Errorf("CSV has a cell %q, which a spreadsheet carries out", row[0])
		}
	}
	out, _ = reportOf(t, db, "--by", "app")
	if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0) }) {
		t.Errorf("control characters in %q", out)
	}
}

func TestReportConditions(t *testing.T) {
	db := filled(t, someCalls()...)
	for where, want := range map[string]string{
		"app=shop,status=200":        `"calls": 3`,
		"app!=shop":                  `"calls": 1`,
		"model=~claude-(sonnet|x).*": `"calls": 4`,
		"model=~claude":              ``,
		"model!~own.{1,9}":           `"calls": 4`,
		"user=":                      `"calls": 1`,
		"APP = mail":                 `"calls": 1`,
	} {
		out, _ := reportOf(t, db, "--where", where, "--by", "", "-o", "json")
		if want == "" && out != "[]\n" || !strings.Contains(out, want) {
			t.Errorf("report --where %s = %s; want %s", where, out, want)
		}
	}
}

func TestReportRefusesWhatItCantRead(t *testing.T) {
	db := filled(t, someCalls()...)
	for _, c := range []struct{ args, want string }{
		{"--by modl", "claudewatch: --by \"modl\": no such dimension\nhint: did you mean \"model\"?\n"},
		{"--by app,app", "claudewatch: --by app,app: app stands there twice\n"},
		{"--where shop", "claudewatch: --where \"shop\": no condition\nhint: write app=shop, app!=shop, model=~claude-sonnet.* or model!~.*haiku.*\n"},
		{"--where ap=shop", "claudewatch: --where \"ap\": no such dimension\nhint: did you mean \"app\"?\n"},
		{"--where day=2026-11-01", "claudewatch: --where day: a time is no condition\nhint: --since and --until choose the time\n"},
		{"--where app=~(", "claudewatch: --where app: \"(\" is no regular expression\n"},
		{"--since lately", "claudewatch: --since \"lately\": neither a length of time nor a time\nhint: write 24h, 7d, today, yesterday, 2026-11-01, 2026-11-01T09:00 or 2026-11-01T09:00:00Z\n"},
		{"--since 2026-11-02 --until 2026-11-01", "claudewatch: --since 2026-11-02: is not before 2026-11-01 00:00\n"},
		{"--sort cost", "claudewatch: --sort \"cost\": no such column\n"},
		{"--sort app", "claudewatch: --sort \"app\": no such column\n"},
		{"--tz Berlin", "claudewatch: --tz \"Berlin\": no such time zone\nhint: write UTC, Local or a name as in Europe/Berlin\n"},
		{"--top -1", "claudewatch: --top -1: below 0\n"},
		{"-o xml", "claudewatch: --output \"xml\": want table, json or csv\n"},
		{"--advice --by app", "claudewatch: --advice goes without --by\n"},
	} {
		out, errOut, code := command(t, append([]string{"report", "--db", db}, strings.Fields(c.args)...)...)
		if code != exitUsage || out != "" || !strings.HasPrefix(errOut, c.want) {
			t.Errorf("report %s = %d, %q, %q; want %d and %q", c.args, code, out, errOut, exitUsage, c.want)
		}
	}
}

// It reads beside the agent that writes.
func TestReportBesideARunningAgent(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", db)
	call := fmt.Sprintf(`{"time":%q,"request_id":"req_1","app":"shop","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":5,"output_tokens":1}}`,
		time.Now().UTC().Add(-time.Minute).Format(time.RFC3339Nano))
	if code, answer := a.do(t, "POST", "/v1/calls", call, nil); code != 200 {
		t.Fatalf("%d %s", code, answer)
	}
	out, errOut, code := command(t, "report", "--db", db, "--by", "user,app", "-o", "csv")
	if code != exitDone || !strings.Contains(out, ",shop,1,0,0,0,0,5,1,") {
		t.Errorf("report = %d, %q, %q; want the call", code, out, errOut)
	}
}
