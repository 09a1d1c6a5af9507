package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestReplayOfAnEmptyLog(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "no calls": "hello\nworld\n", "no times": `{"model":"claude-sonnet-5","request_id":"req_011CZAY8xaaaaaaaaaaaaaab","status":200,"usage":{"input_tokens":3,"output_tokens":1}}` + "\n"} {
		path := saved(t, "app.log", []byte(text))
		out, errOut, code := command(t, "replay", path)
		if code != exitDone || out != "No call with a time found: nothing to replay.\n" {
			t.Errorf("%s: replay = %d, %q; want 0 and that there is nothing", name, code, out)
		}
		if (name == "no times") != strings.Contains(errOut, "left out 1 call: no time of their own") {
			t.Errorf("%s: standard error %q; want undated calls counted where there are any", name, errOut)
		}
		if out, _, code := command(t, "replay", "-o", "json", path); code != exitDone || out != "" {
			t.Errorf("%s: replay as JSON = %d, %q; want 0 and no object", name, code, out)
		}
		if out, _, code := command(t, "replay", "-o", "csv", path); code != exitDone || out != "rule,severity,labels,from,to,peak,muted\n" {
			t.Errorf("%s: replay as CSV = %d, %q; want 0 and the names of the columns", name, code, out)
		}
	}
}

func TestReplayTable(t *testing.T) {
	out, _, code := command(t, "replay", logOf(t, busyLog(busyStart)[:40]))
	want := `40 calls from 2026-03-02 08:00:00 to 2026-03-02 08:06:30 UTC

RULE              SEVERITY  FROM                 TO              FOR  PEAK  WHAT
limit_usage_high  warning   2026-03-02 08:05:00  still firing  1m 30s  90 %  `
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if code != exitDone || !strings.HasPrefix(squeeze(out), squeeze(want)) {
		t.Errorf("replay = %d,\n%s\nwant it to begin with\n%s", code, out, want)
	}
	out, _, code = command(t, "replay", logOf(t, busyLog(busyStart)[:20]))
	if code != exitDone || !strings.HasSuffix(out, "\n\nNo alert would have fired.\n"+notReplayed) {
		t.Errorf("replay of a quiet log = %d, %q", code, out)
	}
}

func TestReplayCSV(t *testing.T) {
	out, _, code := command(t, "replay", "-o", "csv", logOf(t, busyLog(busyStart)[:40]))
	want := "limit_usage_high,warning,\"limiter=input_tokens,organization=org-1,pool=sonnet-5,"
	lines := strings.Split(out, "\n")
	if code != exitDone || len(lines) != 3 || !strings.HasPrefix(lines[1], want) || !strings.Contains(lines[1], ",2026-03-02T08:05:00Z,,0.9") {
		t.Errorf("replay as CSV = %d,\n%s\nwant a row that begins with %s", code, out, want)
	}
}

func TestReplayStoresNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	if _, errOut, code := command(t, "replay", "../../examples/app.log"); code != exitDone {
		t.Fatalf("replay = %d, %s", code, errOut)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("replay left %v, %v in the data directory; want nothing", left, err)
	}
}

func TestReplayGoesOnWithoutALogThatFails(t *testing.T) {
	lines := busyLog(busyStart)
	cut := gzipOf(t, strings.Join(lines, "\n"))
	for name, path := range map[string]string{"missing": t.TempDir() + "/none", "directory": t.TempDir(), "cut": saved(t, "cut.gz", cut[:len(cut)/2])} {
		out, errOut, code := command(t, "replay", "-o", "json", path, logOf(t, lines))
		if code != exitFailed || !strings.Contains(errOut, path) || strings.Count(out, `"rule":"limit_usage_high"`) != 1 {
			t.Errorf("%s: replay = %d, %q, %q; want 1, an error that names it, and the other log's episode", name, code, errOut, out)
		}
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	out, errOut := &strings.Builder{}, &strings.Builder{}
	code := run(newFuse(t.Context(), 200), []string{"replay", logOf(t, busyLog(busyStart))}, streams{nil, out, errOut})
	if code != exitFailed || out.Len() > 0 || !strings.Contains(errOut.String(), "replay: interrupted") {
		t.Errorf("replay that was broken off = %d, %q, %q; want 1 and that it was", code, out, errOut)
	}
}

func TestReplayUsage(t *testing.T) {
	if _, errOut, code := command(t, "replay"); code != exitUsage || !strings.Contains(errOut, "no file given") {
		t.Errorf("replay of nothing = %d, %q; want 2", code, errOut)
	}
	if _, errOut, code := command(t, "replay", "-o", "xml", "a"); code != exitUsage || !strings.Contains(errOut, "want table, json or csv") {
		t.Errorf("replay -o xml = %d, %q; want 2", code, errOut)
	}
}

// A spend cap fires until its month is over, however quiet the log is, and a leap over the years after it takes no time.
func TestReplayTicksThroughASilenceUntilAllIsOver(t *testing.T) {
	capped := `{"time":"2026-03-20T10:00:00Z","model":"claude-sonnet-5","request_id":"req_011CZAY8xaaaaaaaaaaaaaaa","status":429,` +
		`"error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"},"message":"spend limit"},"error_code":"enforced_spend_limit_reached"}`
	later := `{"time":"2031-05-01T10:00:00Z","model":"claude-sonnet-5","request_id":"req_011CZAY8xaaaaaaaaaaaaaab","status":200,"usage":{"input_tokens":3,"output_tokens":1}}`
	got := replayJSON(t, logOf(t, []string{capped, later}))
	end := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	if len(got) != 1 || got[0].Rule != "spend_cap_reached" || got[0].To == nil || got[0].To.Sub(end).Abs() > time.Minute {
		t.Errorf("episodes %+v; want the spend cap's until %s", got, end)
	}
}
