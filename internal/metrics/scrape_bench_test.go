package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// BenchmarkScrape serves about 10,000 series: 90 sets of call labels with their histograms, and 700 buckets.
func BenchmarkScrape(b *testing.B) {
	levels := make([]claude.Level, 700)
	for i := range levels {
		levels[i] = busyLevel()
		levels[i].Bucket.Workspace = fmt.Sprint("w-", i%150)
		levels[i].Bucket.Pool = claude.Pool(fmt.Sprint("pool-", i/150))
	}
	reg := prometheus.NewRegistry() // the one that the product uses: a pedantic one checks each series again
	m, err := metrics.New(metrics.Options{Registerer: reg, Levels: func() []claude.Level { return levels }})
	if err != nil {
		b.Fatal(err)
	}
	a := agent{m, reg}
	for i := range 90 {
		a.Apply([]claude.Change{call(func(c *claude.Call) {
			c.App, c.DurationSeconds = fmt.Sprint("app-", i), claude.Some(1.5)
		})})
	}
	lines := strings.Count(a.scrape(b), "\n")
	h := metrics.Handler(a.reg)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil))
	}
	b.ReportMetric(float64(lines), "lines")
}

// BenchmarkApply counts one call.
func BenchmarkApply(b *testing.B) {
	a := newAgent(b, metrics.Options{})
	changes := []claude.Change{call(func(c *claude.Call) {
		c.DurationSeconds, c.Usage = claude.Some(1.5), usage(1000, 100, 10, 0, 0)
	})}
	b.ReportAllocs()
	for b.Loop() {
		a.Apply(changes)
	}
}
