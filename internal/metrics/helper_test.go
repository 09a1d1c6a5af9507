package metrics_test

import (
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

var update = flag.Bool("update", false, "write the golden files anew")

// at is the time of all calls and readings in these tests.
var at = time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)

// agent is a Metrics in a registry of its own.
type agent struct {
	*metrics.Metrics
	reg *prometheus.Registry
}

func newAgent(t testing.TB, o metrics.Options) agent {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	o.Registerer = reg
	m, err := metrics.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return agent{m, reg}
}

// scrape returns the exposition as text, as a scraper gets it.
func (a agent) scrape(t testing.TB) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	rec := httptest.NewRecorder()
	metrics.Handler(a.reg).ServeHTTP(rec, req)
	body, err := io.ReadAll(rec.Body)
	if err != nil || rec.Code != http.StatusOK {
		t.Fatalf("scrape = status %d, %v; want 200", rec.Code, err)
	}
	return string(body)
}

// series returns the scraped series by their text, as in `claude_requests_total{...}`. It leaves out the handler's own.
func (a agent) series(t testing.TB) map[string]float64 {
	t.Helper()
	series := map[string]float64{}
	for line := range strings.Lines(a.scrape(t)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "promhttp_") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(line[i+1:], 64)
		if err != nil {
			t.Fatalf("scraped line %q: %v", line, err)
		}
		series[line[:i]] = v
	}
	return series
}

// call returns a live change of a new call.
func call(edit func(*claude.Call)) claude.Change {
	c := claude.Call{
		Time: at, Provider: claude.ProviderAnthropic, Organization: "org", Workspace: "production", App: "shop",
		Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 200,
	}
	edit(&c)
	return claude.Change{After: c, New: true, Live: true}
}

func usage(input, output, read, write5m, write1h int64) claude.Usage {
	return claude.Usage{
		InputTokens: claude.Some(input), OutputTokens: claude.Some(output), CacheReadInputTokens: claude.Some(read),
		CacheCreation: claude.CacheCreation{Ephemeral5m: claude.Some(write5m), Ephemeral1h: claude.Some(write1h)},
	}
}
