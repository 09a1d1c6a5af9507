package metrics_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// full returns an agent that has something to say under every name of the catalogue.
func full(t testing.TB) agent {
	t.Helper()
	a := newAgent(t, metrics.Options{
		Levels: func() []claude.Level { return []claude.Level{busyLevel(), windowLevel()} },
		Firing: func() []metrics.Firing {
			return []metrics.Firing{{Rule: "limit_usage_high", Severity: "warning", N: 2}, {Rule: "agent_blind", Severity: "critical"}}
		},
		Sources: func() []metrics.Source {
			return []metrics.Source{
				{Name: "/var/log/shop/*.log", LagBytes: claude.Some[int64](0), LastCall: at},
				{Name: "webhook"},
			}
		},
		Pending:    func() map[string]int { return map[string]int{"slack": 0, "log": 3} },
		StoreBytes: func() int64 { return 4096 },
		Budgets: func() []metrics.Budget {
			return []metrics.Budget{{Name: "shop", Subject: "shop", Used: 0.42}, {Name: "users", Subject: "u-1", Used: 0}}
		},
		Forecasts: func() []metrics.Forecast {
			return []metrics.Forecast{{Bucket: busyLevel().Bucket, Level: metrics.LevelHave, Low: at.AddDate(0, 0, 11), Mid: at.AddDate(0, 0, 20)}}
		},
		Version: "1.2.3", Commit: "0123abc", Users: []string{"u-17"}, MaxValues: 3,
	})
	a.Apply(sampleChanges())
	a.Count("lines", "webhook", "json", 7)
	a.Count("skipped", "webhook", "not claude", 2)
	a.Count("rejected", "webhook", "invalid json", 1)
	a.Ingested("webhook", 4, 0, 1)
	a.CommitSeconds(0.004)
	a.Notification("slack", metrics.ResultSent, at)
	a.Notification("slack", "retry", at.Add(time.Minute))
	for _, receiver := range []string{"pagerduty", "mail", "page"} {
		a.Notification(receiver, "failed", at)
	}
	return a
}

func busyLevel() claude.Level {
	return claude.Level{
		Bucket: claude.Bucket{Provider: "anthropic", Organization: "org", Workspace: "production", Pool: "sonnet-5", Limiter: claude.LimiterInputTokens},
		Limit:  claude.Some[int64](2_000_000), Remaining: claude.Some[int64](300_000), Reset: at.Add(51 * time.Second), Observed: at,
		Fill: claude.Some(0.85), Load2m: claude.Some(0.9), Load10m: claude.Some(0.6), InUse: claude.Some(1.7e6), Exhausted: at.Add(90 * time.Second),
	}
}

func windowLevel() claude.Level {
	return claude.Level{
		Bucket: claude.Bucket{Provider: "anthropic", Limiter: "unified_5h"}, Reset: time.Unix(0, 0), Observed: at, Fill: claude.Some(0.0),
	}
}

func sampleChanges() []claude.Change {
	first := call(func(c *claude.Call) {
		c.DurationSeconds, c.FirstTokenSeconds, c.User = claude.Some(2.5), claude.Some(0.4), "u-17"
		c.Usage, c.CostUSD = usage(1200, 480, 85_000, 10, 20), claude.Some(0.0243186)
	})
	refused := call(func(c *claude.Call) {
		c.Status, c.ErrorType, c.Cause, c.Retry, c.RetryAfterSeconds = 429, "rate_limit_error", "input_tokens", claude.Some[int64](1), claude.Some(12.5)
		c.Readings = []claude.Reading{{Limiter: claude.LimiterInputTokens, Remaining: claude.Some[int64](0)}}
	})
	overloaded := call(func(c *claude.Call) { c.ErrorType, c.Cause = "overloaded_error", claude.CauseOverloaded })
	history := call(func(c *claude.Call) { c.App = "archive" })
	history.Live = false
	return []claude.Change{first, refused, overloaded, history}
}

func TestExpositionIsAsPromised(t *testing.T) {
	got := full(t).scrape(t)
	golden := filepath.Join("testdata", "exposition.golden")
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
		t.Errorf("the exposition changed; if that is meant, run with -update (-want +got):\n%s", diff)
	}
}

func TestCatalogueAndExpositionAgree(t *testing.T) {
	families, err := full(t).reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for _, m := range metrics.Catalogue() {
		want[m.Name] = string(m.Type) + " " + m.Help
		if m.Unit == "" || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("metric %s: unit %q, help %q; want a unit and a full sentence", m.Name, m.Unit, m.Help)
		}
	}
	for _, f := range families {
		got[f.GetName()] = strings.ToLower(f.GetType().String()) + " " + f.GetHelp()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exposition does not match the catalogue (-catalogue +exposition):\n%s", diff)
	}
}

func TestPrometheusFindsNothingToComplainAbout(t *testing.T) {
	a := full(t)
	problems, err := testutil.GatherAndLint(a.reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("GatherAndLint() = %v, %v; want no problems", problems, err)
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is not installed: CI checks the exposition with it")
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(a.scrape(t))
	if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func TestHandlerCompresses(t *testing.T) {
	a := full(t)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	req.Header.Set("Accept-Encoding", "gzip")
	rec := httptest.NewRecorder()
	metrics.Handler(a.reg).ServeHTTP(rec, req)
	if got := rec.Header().Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding = %q; want gzip", got)
	}
	zr, err := gzip.NewReader(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(zr)
	if err != nil || !bytes.Contains(body, []byte(metrics.UsedRatio)) {
		t.Errorf("the compressed exposition = %d bytes, %v; want it to hold %s", len(body), err, metrics.UsedRatio)
	}
}

func TestNativeHistogramsAreOffered(t *testing.T) {
	families, err := full(t).reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if h := m.GetHistogram(); h != nil && (len(h.GetPositiveSpan()) == 0 || len(h.GetBucket()) == 0) {
				t.Errorf("%s has %d native spans and %d classic buckets; want both", f.GetName(), len(h.GetPositiveSpan()), len(h.GetBucket()))
			}
		}
	}
}

func TestNewRefusesWhatCantWork(t *testing.T) {
	reg := prometheus.NewRegistry()
	if _, err := metrics.New(metrics.Options{Registerer: reg}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    metrics.Options
		want string
	}{
		{"no registerer", metrics.Options{}, "metrics: no registerer"},
		{"negative bound", metrics.Options{Registerer: prometheus.NewRegistry(), MaxValues: -1}, "metrics: max values -1: below 0"},
		{"too many users", metrics.Options{Registerer: prometheus.NewRegistry(), Users: make([]string, 201)}, "metrics: 201 users listed: at most 200"},
		{"nameless user", metrics.Options{Registerer: prometheus.NewRegistry(), Users: []string{"u", ""}}, "metrics: a user without a name is listed"},
		{"twice", metrics.Options{Registerer: reg}, "metrics: register claudewatch_label_values_folded_total: duplicate metrics collector registration attempted"},
	} {
		_, err := metrics.New(tt.o)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("New(%s) = %v; want %q", tt.name, err, tt.want)
		}
	}
}
