package decode

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

var update = flag.Bool("update", false, "write the golden files")

// canary stands in the test logs wherever a prompt, a completion or a secret would.
const canary = "CANARY"

var testNow = time.Date(2026, 11, 17, 16, 30, 0, 0, time.UTC)

func newDecoder(t testing.TB, o Options) *Decoder {
	t.Helper()
	o.Now = func() time.Time { return testNow }
	d, err := New(o)
	if err != nil {
		t.Fatalf("New(%+v) = %v; want no error", o, err)
	}
	d.rescues = false
	return d
}

// decodeAll returns the calls of a log as File emits them.
func decodeAll(t testing.TB, log []byte, o Options) ([]claude.Call, Summary) {
	t.Helper()
	var calls []claude.Call
	s, err := File(context.Background(), bytes.NewReader(log), newDecoder(t, o), func(c []claude.Call) error {
		calls = append(calls, c...)
		return nil
	})
	if err != nil {
		t.Fatalf("File() = %v; want no error", err)
	}
	return calls, s
}

// testLogs returns all logs there are, the variants by the file's and their own name.
func testLogs(t testing.TB) map[string][]byte {
	t.Helper()
	logs := wholeLogs(t)
	for path, variants := range variantsOf(t) {
		for _, v := range variants {
			logs[path+": "+v.name] = v.log
		}
	}
	return logs
}

// wholeLogs returns the logs that have a golden file of their own.
func wholeLogs(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.log")
	if err != nil || len(paths) == 0 {
		t.Fatalf("Glob(testdata/*.log) = %v, %v; want logs", paths, err)
	}
	logs := map[string][]byte{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		logs[p] = data
	}
	return logs
}

func render(t testing.TB, calls []claude.Call, s Summary) string {
	t.Helper()
	var out strings.Builder
	for _, c := range calls {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("Marshal(%+v) = %v; want no error", c, err)
		}
		fmt.Fprintf(&out, "%s\n", line)
	}
	fmt.Fprintf(&out, "lines %d calls %d\nskipped %v\nrejected %v\nsamples %v\n", s.Lines, s.Calls, s.Skipped, s.Rejected, s.Samples)
	return out.String()
}

func TestGolden(t *testing.T) {
	for path, log := range wholeLogs(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			calls, s := decodeAll(t, log, Options{Source: "test"})
			got := render(t, Merge(calls), s)
			if strings.Contains(got, canary) {
				t.Errorf("decode %s lets private text out:\n%s", path, got)
			}
			golden := path + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("decode %s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// TestBadLines holds each line of bad.log to the fate that it must have.
func TestBadLines(t *testing.T) {
	want := []string{
		"usage.input_tokens -1", "usage.input_tokens 1.5", "usage.output_tokens 1e+30", "usage.output_tokens: no number",
		"anthropic-ratelimit-requests-remaining", "status 999", "duration -3", "retry -1", "readings.remaining -5", "readings: no array",
		"readings", "byte", "byte", "byte", "64 levels", "call", "call", "byte", "", "", "", "",
	}
	lines := bytes.Split(bytes.TrimSpace(testLogs(t)["testdata/bad.log"]), []byte{'\n'})
	if len(lines) != len(want) {
		t.Fatalf("bad.log has %d lines; want %d", len(lines), len(want))
	}
	for i, line := range lines {
		o := newDecoder(t, Options{}).Decode(collector.Line{Text: line}, testNow)
		switch {
		case want[i] == "call" && len(o.Calls) != 1, want[i] != "call" && len(o.Calls) != 0:
			t.Errorf("Decode(%.80s) = %d calls; want fate %q", line, len(o.Calls), want[i])
		case want[i] == "" && o.Skipped == "":
			t.Errorf("Decode(%.80s) = %+v; want it skipped", line, o)
		case want[i] != "" && want[i] != "call" && (o.Rejected == "" || !strings.Contains(o.Detail, want[i])):
			t.Errorf("Decode(%.80s) = rejected %q, %q; want %q", line, o.Rejected, o.Detail, want[i])
		}
	}
}

func TestOptions(t *testing.T) {
	o := Options{
		App: "shop", Workspace: "production", Source: "/var/log/*.log",
		Fields: map[string]string{"user": "ctx.tenant.id", "app": "service"},
	}
	line := `{"model":"claude-opus-5","usage":{"input_tokens":1,"output_tokens":2},"status":200,"request_id":"req_1","ctx":{"x":[1],"tenant":{"id":17}}}`
	calls, _ := decodeAll(t, []byte(line), o)
	if len(calls) != 1 {
		t.Fatalf("File(%s) = %d calls; want 1", line, len(calls))
	}
	c := calls[0]
	if c.User != "17" || c.App != "shop" || c.Workspace != "production" || c.Source != "/var/log/*.log" || !c.Undated || !c.Time.Equal(testNow) {
		t.Errorf("File(%s) = %+v; want the options' fields and user 17", line, c)
	}
	calls, _ = decodeAll(t, []byte("INFO "+line[:len(line)-1]+`,"service":"pay","ctx.tenant":{"id":"z"}}`), o)
	if len(calls) != 1 || calls[0].App != "pay" || calls[0].User != "z" {
		t.Errorf("File(service) = %+v; want app pay and user z", calls)
	}
	for _, bad := range []Options{{Fields: map[string]string{"colour": "x"}}, {Fields: map[string]string{"user": " "}}, {MaxLine: -1}} {
		if _, err := New(bad); err == nil {
			t.Errorf("New(%+v) = no error; want one", bad)
		}
	}
}

// markless reports a call that its log knew by its surroundings, which a record of its own does not hold: a bare status on another
// provider's address, an error of the API's shape without any id, a failure of which nothing is said.
func markless(c claude.Call) bool {
	bare := c.Provider == claude.ProviderVertex || c.Provider == claude.ProviderFoundry || c.Provider == "" && c.Cause == ""
	return bare && c.Model == "" && c.RequestID == "" && c.MessageID == "" || c.Status == 0 && c.ErrorType == "" && !c.Usage.Known() && len(c.Readings) == 0
}

func TestNativeRoundTrip(t *testing.T) {
	n := 0
	for path, log := range testLogs(t) {
		calls, _ := decodeAll(t, log, Options{Source: "test"})
		for _, want := range calls {
			if markless(want) {
				continue
			}
			n++
			line, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := decodeAll(t, line, Options{Source: "test"})
			if len(got) != 1 {
				t.Errorf("%s: decode %s = %d calls; want 1", path, line, len(got))
				continue
			}
			want.Undated, want.Sidechain = false, false // a record holds neither
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Errorf("%s: decode %s (-want +got):\n%s", path, line, diff)
			}
		}
	}
	if n < 40 {
		t.Errorf("%d calls went there and back; want 40 and more", n)
	}
}

func TestLongLines(t *testing.T) {
	call := `{"model":"claude-opus-5","status":200,"request_id":"req_1"}`
	log := call + "\n" + strings.Repeat("x", 3*readBuffer) + "\n" + call + "\n" + strings.Repeat("y", 5000)
	calls, s := decodeAll(t, []byte(log), Options{MaxLine: 4096})
	if len(calls) != 2 || s.Lines != 4 || s.Rejected[RejectedLength] != 2 {
		t.Errorf("File() = %d calls, %+v; want 2 calls of 4 lines, 2 too long", len(calls), s)
	}
	in := lineReader{r: bufio.NewReaderSize(strings.NewReader(log), 4096), max: 5000}
	for err := error(nil); err == nil; {
		var line collector.Line
		if line, err = in.next(); len(line.Text) > 5000 || cap(in.carry) > 16384 {
			t.Errorf("next() = %d bytes, buffer of %d; want at most 5000 and a small buffer", len(line.Text), cap(in.carry))
		}
	}
	long := `{"model":"claude-opus-5","status":200,"pad":"` + strings.Repeat("z", 2*readBuffer) + `"}`
	if calls, s = decodeAll(t, []byte(long), Options{}); len(calls) != 1 {
		t.Errorf("File(%d bytes) = %d calls, %+v; want 1", len(long), len(calls), s)
	}
}

// TestPrivate puts the canary where private text stands and looks for it in everything that comes out.
func TestPrivate(t *testing.T) {
	for _, line := range []string{
		`{"model":"claude-opus-5","status":200,"headers":{"authorization":"Bearer CANARY","x-api-key":"CANARY","cookie":["CANARY"],"request-id":"req_1"}}`,
		`{"model":"claude-opus-5","messages":[{"role":"user","content":"CANARY {\"usage\":{\"input_tokens\":7}}"}],"usage":{"input_tokens":1,"output_tokens":2}}`,
		`{"model":"claude-opus-5","status":200,"usage":{"input_tokens":"CANARY-CANARY"}}`,
		`{"model":"claude-opus-5","status":200,"readings":[{"limiter":"requests","limit":"CANARY"}]}`,
		`{"type":"error","error":{"type":"rate_limit_error","message":"CANARY"},"request_id":"req_2"}`,
		`claude {"CANARY":1,"model":"claude-opus-5" CANARY`,
	} {
		calls, s := decodeAll(t, []byte(line), Options{})
		if out := render(t, calls, s); strings.Contains(out, canary) {
			t.Errorf("decode %s lets private text out: %s", line, out)
		}
	}
}

// TestMisleading holds that what stands in a conversation is not taken for what stands around it.
func TestMisleading(t *testing.T) {
	line := `{"content":[{"type":"tool_use","input":{"status":529,"request_id":"req_01Wrong","usage":{"input_tokens":7}}}],"status":200,` +
		`"tools":[{"model":"gpt-5"}],"messages":{"headers":{"anthropic-ratelimit-requests-limit":"1"}},"model":"claude-opus-5",` +
		`"usage":{"input_tokens":1,"iterations":[{"input_tokens":9}]},"prompt":"{\"request_id\":\"req_01Wrong\"}"}`
	calls, s := decodeAll(t, []byte(line), Options{})
	want := claude.Call{Time: testNow, Undated: true, Status: 200, Model: "claude-opus-5", Pool: "opus-5", Usage: claude.Usage{InputTokens: claude.Some[int64](1)}}
	want.Usage.Iterations = `[{"input_tokens":9}]`
	if diff := cmp.Diff([]claude.Call{want}, calls); diff != "" {
		t.Errorf("File(%s) (-want +got), %+v:\n%s", line, s, diff)
	}
}

func FuzzDecode(f *testing.F) {
	for _, log := range testLogs(f) {
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		calls, s := decodeAll(t, line, Options{Fields: map[string]string{"user": "a.b"}})
		for i := range calls {
			if err := calls[i].Validate(); err != nil {
				t.Errorf("Decode(%q) = call with %v; want a valid one", line, err)
			}
		}
		inner := bytes.ContainsRune(line, '\\') // JSON in a string may be broken while the line is not
		if s.Lines == 1 && !inner && json.Valid(line) && bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) && s.Rejected[RejectedJSON] > 0 {
			t.Errorf("Decode(%q) = %v; want no fault in valid JSON", line, s.Samples)
		}
		if rest, ok := bytes.CutPrefix(line, []byte("{")); ok {
			private := append([]byte(`{"messages":[{"role":"user","content":"SECRET-Q7"}],"authorization":"SECRET-Q7",`), rest...)
			if calls, s = decodeAll(t, private, Options{}); strings.Contains(render(t, calls, s), "SECRET-Q7") {
				t.Errorf("Decode(%q) lets private text out", private)
			}
		}
	})
}
