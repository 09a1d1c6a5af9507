package store

import (
	"testing"
	"time"
)

// BenchmarkReport reads some 20,000 rows of sums by hour with percentiles.
func BenchmarkReport(b *testing.B) {
	db := openAt(b, b.TempDir()+"/bench.db", noon)
	commitInBatches(b, db, reportCalls(1, 30_000, noon.AddDate(0, 0, -40), noon), 5000)
	q := ReportQuery{From: noon.AddDate(0, 0, -40).Truncate(time.Hour), To: noon, By: []Dimension{ByModel, ByHour}, Latency: true}
	for b.Loop() {
		rep, err := db.Report(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(rep.RowsRead["hours"]), "rows")
	}
}
