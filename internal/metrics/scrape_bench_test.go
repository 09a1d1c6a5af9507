package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

// BenchmarkScrape serves about 10,000 and 100,000 series with gzip, as Prometheus asks for them: half are of calls with their
// histograms, half of limits.
func BenchmarkScrape(b *testing.B) {
	for _, size := range []struct{ series, sets, buckets int }{{10_000, 87, 500}, {100_000, 870, 5000}} {
		b.Run(fmt.Sprint(size.series), func(b *testing.B) {
			a := crowded(b, size.sets, size.buckets)
			lines := 0
			for line := range strings.Lines(a.scrape(b)) {
				if !strings.HasPrefix(line, "#") {
					lines++
				}
			}
			h := metrics.Handler(a.reg)
			b.ReportAllocs()
			var sent int
			began := processorTime(b)
			for b.Loop() {
				req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil)
				req.Header.Set("Accept-Encoding", "gzip")
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, req)
				sent = rec.Body.Len()
				if rec.Header().Get("Content-Encoding") != "gzip" {
					b.Fatal("the answer is not compressed")
				}
			}
			used := processorTime(b) - began
			b.ReportMetric(float64(lines), "series")
			b.ReportMetric(float64(sent)/1024, "kiB-sent")
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms/scrape")
			b.ReportMetric(float64(used)/float64(b.N)/float64(time.Millisecond), "cpu-ms/scrape") // what a busy machine does not change
		})
	}
}

// processorTime is what the process has used of all processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// crowded is an agent with so many sets of call labels and so many buckets, in the registry that the product uses: a pedantic one
// checks each series again.
func crowded(b *testing.B, sets, buckets int) agent {
	b.Helper()
	levels := make([]claude.Level, buckets)
	for i := range levels {
		levels[i] = busyLevel()
		levels[i].Bucket.Workspace = fmt.Sprint("w-", i%150)
		levels[i].Bucket.Pool = claude.Pool(fmt.Sprint("pool-", i/150))
	}
	reg := prometheus.NewRegistry()
	m, err := metrics.New(metrics.Options{Registerer: reg, Levels: func() []claude.Level { return levels }})
	if err != nil {
		b.Fatal(err)
	}
	a := agent{m, reg}
	for i := range sets {
		a.Apply([]claude.Change{call(func(c *claude.Call) {
			c.App, c.Model = fmt.Sprint("app-", i%150), fmt.Sprint("model-", i/150)
			c.DurationSeconds, c.FirstTokenSeconds, c.CostUSD = claude.Some(1.5), claude.Some(0.5), claude.Some(0.01)
		})})
	}
	return a
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
