package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// form is one kind of report.
type form struct {
	name string
	q    store.ReportQuery
}

func forms(now time.Time) []form {
	day := 24 * time.Hour
	midnight := now.UTC().Truncate(day)
	berlin := time.FixedZone("UTC+1", 3600)
	by := func(all ...store.Dimension) []store.Dimension { return all }
	where := []store.ReportFilter{{Dimension: store.ByApp, Is: claude.Some("app-3")}}
	user := []store.ReportFilter{{Dimension: store.ByUser, Is: claude.Some("user-7")}}
	return []form{
		{"model, 90 days", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByModel)}},
		{"model, 90 days, with percentiles", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByModel), Latency: true}},
		{"app and model, 90 days, percentiles", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByApp, store.ByModel), Latency: true}},
		{"user, 90 days", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByUser)}},
		{"user, 90 days, percentiles", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByUser), Latency: true}},
		{"day of UTC, 90 days, percentiles", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByDay), Latency: true}},
		{"day of UTC+1, 90 days, percentiles", store.ReportQuery{From: midnight.Add(-89*day - time.Hour), By: by(store.ByDay), Zone: berlin, Latency: true}},
		{"hour and status, 30 days, percentiles", store.ReportQuery{From: midnight.Add(-29 * day), By: by(store.ByHour, store.ByStatus), Latency: true}},
		{"day, one app, 90 days, percentiles", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByDay), Where: where, Latency: true}},
		{"day, one user, 90 days, percentiles", store.ReportQuery{From: midnight.Add(-89 * day), By: by(store.ByDay), Where: user, Latency: true}},
		{"minute, 24 hours", store.ReportQuery{From: now.Add(-day).Truncate(time.Minute), To: now.Truncate(time.Minute), By: by(store.ByMinute)}},
		{"model, 7 days to the second, percentiles", store.ReportQuery{From: now.Add(-7 * day), To: now, By: by(store.ByModel), Latency: true}},
		{"user, 7 days to the second (calls)", store.ReportQuery{From: now.Add(-7 * day), To: now, By: by(store.ByUser), Latency: true}},
		{"user and hour, 24 hours (calls)", store.ReportQuery{From: now.Add(-day), To: now, By: by(store.ByUser, store.ByHour), Latency: true}},
		{"user and hour, 7 days (calls)", store.ReportQuery{From: now.Add(-7 * day), To: now, By: by(store.ByUser, store.ByHour), Latency: true}},
		{"minute with percentiles, 24 hours (calls)", store.ReportQuery{From: now.Add(-day), To: now, By: by(store.ByMinute), Latency: true}},
	}
}

func ask(ctx context.Context, out io.Writer, db *store.DB, runs int, now time.Time) error {
	fmt.Fprintf(out, "%-42s %9s %9s %9s  %s\n", "report by", "rows read", "ms", "CPU ms", "from")
	for _, f := range forms(now) {
		var all, used []time.Duration
		var rep store.Report
		for range runs {
			began, cpu := time.Now(), cpuTime()
			var err error
			if rep, err = db.Report(ctx, f.q); err != nil {
				return err
			}
			all, used = append(all, time.Since(began)), append(used, cpuTime()-cpu)
		}
		read, tables := int64(0), slices.Sorted(maps.Keys(rep.RowsRead))
		for _, n := range rep.RowsRead {
			read += n
		}
		fmt.Fprintf(out, "%-42s %9d %9.1f %9.1f  %s\n", f.name, read, milliseconds(all), milliseconds(used), strings.Join(tables, ", "))
	}
	return nil
}

func milliseconds(all []time.Duration) float64 {
	return measure.Median(all, func(d time.Duration) float64 { return d.Seconds() * 1000 })
}

// cpuTime returns what the process has used of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
