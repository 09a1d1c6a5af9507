package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claudewatch/claudewatch/claude"
)

// equalConfigs compares what configurations say, not where it came from.
func equalConfigs() []cmp.Option {
	return []cmp.Option{cmpopts.IgnoreUnexported(Config{}, WebhookReceiver{}), cmpopts.EquateEmpty()}
}

// noEnv is an environment in which nothing is set.
func noEnv(string) string { return "" }

func TestNoFileEmptyFileAndDefault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claudewatch.yml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"", path} {
		c, err := Load(p, Options{Rules: testRules(), Environ: noEnv})
		if err != nil {
			t.Fatalf("Load(%q): %v", p, err)
		}
		if diff := cmp.Diff(Default(), c, equalConfigs()...); diff != "" {
			t.Errorf("Load(%q) (-default +got):\n%s", p, diff)
		}
		if w := c.Warnings(); len(w) != 0 {
			t.Errorf("Load(%q).Warnings() = %q; want none", p, w)
		}
	}
}

func TestDefaultIsTheContract(t *testing.T) {
	c := Default()
	if c.Listen != "localhost:9429" || c.LiveWindow != Duration(time.Hour) {
		t.Errorf("Default() listens on %s with live_window %s; want localhost:9429 and 1h", c.Listen, c.LiveWindow)
	}
	if r := c.Database.Retention; r.Calls.String() != "30d" || r.Minutes.String() != "90d" {
		t.Errorf("Default() keeps calls %s and minutes %s; want 30d and 90d", r.Calls, r.Minutes)
	}
	if len(c.Receivers) != 1 || c.Receivers[0].Log == nil {
		t.Errorf("Default() tells %+v; want the log", c.Receivers)
	}
}

func TestListEntriesHaveDefaults(t *testing.T) {
	c, err := parseText("sources: [{tail: a.log}]\nlimits: [{pool: p, limiter: requests, limit: 60}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Sources[0].ReadFrom; got != Beginning {
		t.Errorf("read_from = %q; want %q", got, Beginning)
	}
	if got := c.Limits[0]; got.Per != Duration(time.Minute) || got.PerMinute() != 60 {
		t.Errorf("limit is %d per %s, %d a minute; want 60 per 1m", got.Limit, got.Per, got.PerMinute())
	}
}

func TestPerMinute(t *testing.T) {
	for _, tc := range []struct {
		limit int64
		per   time.Duration
		want  int64
	}{{2_000_000, time.Minute, 2_000_000}, {3600, time.Hour, 60}, {1, time.Second, 60}} {
		l := Limit{Limit: tc.limit, Per: Duration(tc.per)}
		if got := l.PerMinute(); got != tc.want {
			t.Errorf("PerMinute(%d per %s) = %d; want %d", tc.limit, tc.per, got, tc.want)
		}
	}
}

func TestFlagsAreCheckedUnderTheirName(t *testing.T) {
	c := Default()
	c.Listen = "9429"
	c.Given("listen", "--listen")
	want := `--listen: listen: "9429" is no host:port: write host:port, as in localhost:9429, or :9429 for every address`
	if err := c.Validate(); err == nil || err.Error() != want {
		t.Errorf("Validate() = %v; want %s", err, want)
	}
}

func TestDatabasePath(t *testing.T) {
	env := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	c := Default()
	if got, err := c.DatabasePath(env(map[string]string{"XDG_DATA_HOME": "/data", "HOME": "/home/u"})); err != nil || got != "/data/claudewatch/claudewatch.db" {
		t.Errorf("DatabasePath() = %q, %v; want /data/claudewatch/claudewatch.db", got, err)
	}
	if got, err := c.DatabasePath(noEnv); err == nil {
		t.Errorf("DatabasePath() without a home = %q; want an error", got)
	}
	c.Database.Path = "x.db"
	if got, err := c.DatabasePath(noEnv); err != nil || got != "x.db" {
		t.Errorf("DatabasePath() = %q, %v; want x.db", got, err)
	}
}

func TestWarnings(t *testing.T) {
	for listen, want := range map[string]int{
		"localhost:9429": 0, "127.0.0.2:1": 0, "[::1]:9429": 0, ":9429": 1, "0.0.0.0:9429": 1, "example.org:9429": 1, "[::]:0": 1,
	} {
		c := Default()
		c.Listen = listen
		if got := c.Warnings(); len(got) != want {
			t.Errorf("Warnings(%s) = %q; want %d", listen, got, want)
		}
	}
	c := Default()
	c.Receivers = nil
	if got := c.Warnings(); len(got) != 1 {
		t.Errorf("Warnings(no receivers) = %q; want one", got)
	}
}

// Without the environment nobody can tell whether a token will be there.
func TestWithoutEnvironmentASlackGapIsAWarning(t *testing.T) {
	text := "receivers: [{slack: {channel: '#c'}}, {slack: {token_file: /t}}, {slack: {webhook_url_file: /h}}]"
	c, err := Parse("claudewatch.yml", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Warnings(); len(got) != 2 {
		t.Errorf("Warnings() = %q; want two, for no token and for no channel", got)
	}
	if _, err := Parse("claudewatch.yml", []byte(text), Options{Environ: noEnv}); len(Errors(err)) != 2 {
		t.Errorf("Parse() with an empty environment = %v; want two errors", err)
	}
}

// A rule in seconds takes seconds without being told a maximum.
func TestThresholdsOfRulesThatAreNoRatio(t *testing.T) {
	rules := []Rule{{Name: "delay", Keys: []string{"fire", "resolve"}, Fire: claude.Some(60.0), Resolve: claude.Some(30.0)}}
	for fire, ok := range map[string]bool{"120": true, "31": true, "30": false, "6000": true, "6001": false} {
		_, err := Parse("", []byte("alerts: {delay: {fire: "+fire+"}}"), Options{Rules: rules})
		if (err == nil) != ok {
			t.Errorf("Parse(fire: %s) = %v; want ok %v", fire, err, ok)
		}
	}
}
