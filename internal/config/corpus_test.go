package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

var update = flag.Bool("update", false, "rewrite the expected files")

// testRules stand for the rules of a program: some with ratios, one in seconds, one without thresholds.
func testRules() []Rule {
	all := []string{"fire", "resolve", "for", "hold", "severity"}
	window := Rule{
		Name: "subscription_window_high", Keys: append([]string{"critical"}, all...),
		Fire: claude.Some(0.8), Resolve: claude.Some(0.7), Critical: claude.Some(0.95),
	}
	ratio := func(name string, fire, resolve float64) Rule {
		return Rule{Name: name, Keys: all, Fire: claude.Some(fire), Resolve: claude.Some(resolve)}
	}
	return []Rule{
		ratio("limit_usage_high", 0.8, 0.7),
		ratio("limit_exhaustion_imminent", 0.95, 0.9),
		ratio("rate_limited_spike", 0.1, 0.05),
		ratio("overloaded_spike", 0.1, 0.05),
		window,
		{Name: "retry_delay_high", Keys: all, Fire: claude.Some(60.0), Resolve: claude.Some(30.0), Max: 300},
		{Name: "limit_changed", Keys: []string{"severity"}},
	}
}

// testMetrics stand for the metrics of a program.
func testMetrics() map[string][]string {
	return map[string][]string{
		"claude_rate_limit_used_ratio": {"pool", "limiter"}, "claude_overloaded_total": {"app"}, "claude_requests_total": {"app", "status"},
	}
}

func parseText(text string) (*Config, error) {
	return Parse("claudewatch.yml", []byte(text), Options{Rules: testRules(), Metrics: testMetrics(), Environ: noEnv})
}

// golden compares with an expected file, or rewrites it under -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func corpus(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(%q) = %v, %v; want files", pattern, files, err)
	}
	return files
}

func TestBad(t *testing.T) {
	for _, path := range corpus(t, "testdata/bad/*.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(filepath.Base(path), data, Options{Rules: testRules(), Metrics: testMetrics(), Environ: noEnv})
			if err == nil {
				t.Fatalf("Parse(%s) = %+v, nil; want an error", path, c)
			}
			golden(t, strings.TrimSuffix(path, ".yml")+".txt", err.Error()+"\n")
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("Parse(%s) error is a %T; want one that holds *Error", path, err)
			}
		})
	}
}

// What is printed of a good file is the file's meaning: it reads as the same configuration.
func TestGood(t *testing.T) {
	for _, path := range corpus(t, "testdata/good/*.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			c, err := Load(path, Options{Rules: testRules()})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := c.Print(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(path, ".yml")+".txt", b.String())
			again, err := parseText(b.String())
			if err != nil {
				t.Fatalf("Parse(Print(%s)): %v", path, err)
			}
			if diff := cmp.Diff(c, again, equalConfigs()...); diff != "" {
				t.Errorf("Parse(Print(%s)) (-want +got):\n%s", path, diff)
			}
		})
	}
}

func TestErrorsHavePlaceReasonAndHint(t *testing.T) {
	_, err := parseText("listen: localhost:9429\nreceivres: []\n")
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("Parse() = %v; want an *Error", err)
	}
	want := &Error{File: "claudewatch.yml", Line: 2, Column: 1, Msg: `unknown key "receivres"`, Hint: `did you mean "receivers"?`}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("Parse() error (-want +got):\n%s", diff)
	}
}

func TestTooLargeOrTooDeep(t *testing.T) {
	for text, want := range map[string]string{
		"# " + strings.Repeat("x", maxFile):  "the file is larger than 128 kB",
		strings.Repeat("a\n", maxLines+1):    "the file has more than 10000 lines",
		strings.Repeat("[", maxFile/2):       "the file is nested too deeply",
		"a: " + strings.Repeat("- ", 50_000): "the file is nested too deeply",
		strings.Repeat("- ", maxFile/4):      "the file is nested too deeply",
	} {
		if _, err := parseText(text); err == nil || err.Error() != "claudewatch.yml: "+want {
			t.Errorf("Parse(%.9q...) = %v; want %s", text, err, want)
		}
	}
}

func TestManyEntriesAreNotDeep(t *testing.T) {
	text := "metrics: {users: []}\nsources:\n" + strings.Repeat("  - {tail: [x.log]}\n", 2000)
	_, err := parseText(text)
	list := Errors(err)
	if want := "and 1949 more errors"; len(list) != maxErrors+1 || list[maxErrors].Msg != want {
		t.Errorf("Parse(2000 times the same source) gives %d errors, %v; want %d, the last %q", len(list), list[len(list)-1], maxErrors+1, want)
	}
}

func TestMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yml")
	if _, err := Load(path, Options{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("Load(%s) = %v; want one that wraps ErrNotExist and names the file", path, err)
	}
}
