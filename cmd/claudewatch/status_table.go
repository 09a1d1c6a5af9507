package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

// showTable fits a terminal of 80 columns.
func showTable(w io.Writer, p picture) error {
	var b strings.Builder
	fmt.Fprintf(&b, "claudewatch  %s  %s stored\n\n", p.Now.Local().Format("2006-01-02 15:04:05"), plural(p.Calls, "call"))
	b.WriteString(bucketTables(p.Buckets, p.Now))
	b.WriteString(alertLines(p.Alerts, p.Now))
	b.WriteString(sourceTable(p.Sources, p.Now))
	_, err := io.WriteString(w, b.String())
	return err
}

// The cells of a bucket's bar, and how many are left of them where the row would be too long otherwise.
const (
	wideBar   = 10
	narrowBar = 5
)

// bucketTables shows a table for each organization and workspace, so that their long names don't widen every row.
func bucketTables(levels []claude.Level, now time.Time) string {
	if len(levels) == 0 {
		return wrap("No bucket known yet: no call with rate-limit headers, and no limit in the configuration.", "") + "\n"
	}
	var out strings.Builder
	for len(levels) > 0 {
		owner := ownerOf(levels[0].Bucket)
		n := 1
		for n < len(levels) && ownerOf(levels[n].Bucket) == owner {
			n++
		}
		t := bucketTable(levels[:n], now, wideBar)
		if t.width() > screen {
			t = bucketTable(levels[:n], now, narrowBar)
		}
		fmt.Fprintf(&out, "%s%s\n", wrap(owner, "  "), t.String())
		levels = levels[n:]
	}
	return out.String()
}

func bucketTable(levels []claude.Level, now time.Time, cells int) *table {
	t := &table{right: map[int]bool{2: true, 4: true, 5: true, 6: true, 7: true, 8: true}}
	t.add("POOL", "LIMITER", "LIMIT", "USED", "", "2M", "10M", "EMPTY", "RESET")
	for i := range levels {
		t.add(bucketRow(&levels[i], now, cells)...)
	}
	return t
}

func ownerOf(b claude.Bucket) string {
	parts := []string{cmp.Or(b.Provider, "provider ?")}
	if b.Organization != "" {
		parts = append(parts, "organization "+b.Organization)
	}
	if b.Workspace != "" {
		parts = append(parts, "workspace "+b.Workspace)
	}
	return printable(strings.Join(parts, ", "))
}

func bucketRow(l *claude.Level, now time.Time, cells int) []string {
	limit := unknown
	if n, ok := l.Limit.Get(); ok {
		limit = human(float64(n))
	} else if l.Bucket.Limiter.Unified() {
		limit = "-"
	}
	used := l.Used()
	return []string{
		clip(cmp.Or(printable(string(l.Bucket.Pool)), unknown), 12), clip(printable(string(l.Bucket.Limiter)), 13), limit,
		bar(used, cells), percent(used),
		percent(l.Load2m), percent(l.Load10m), dryIn(l.Exhausted, now), until(l.Reset, now),
	}
}

// dryIn says when a bucket runs dry; one that is full of use does so now.
func dryIn(t, now time.Time) string {
	if !t.IsZero() && !t.After(now) {
		return "now"
	}
	return until(t, now)
}

// until says how long it is to a time ahead; "-" when there is none.
func until(t, now time.Time) string {
	if d := t.Sub(now); !t.IsZero() && d > 0 {
		return span(d)
	}
	return "-"
}

func alertLines(firing []alerts.Alert, now time.Time) string {
	if len(firing) == 0 {
		return "No alert is firing.\n\n"
	}
	var b strings.Builder
	for _, a := range firing {
		line := fmt.Sprintf("%-8s  %s, for %s", strings.ToUpper(string(a.Severity)), printable(a.Facts.Title), span(now.Sub(a.FiredAt)))
		b.WriteString(wrap(line, strings.Repeat(" ", 10)))
	}
	return b.String() + "\n"
}

func sourceTable(sources []sourcePicture, now time.Time) string {
	if len(sources) == 0 {
		return "No source has delivered yet.\n"
	}
	t := table{right: map[int]bool{1: true, 2: true, 3: true, 4: true}}
	t.add("SOURCE", "LINES", "CALLS", "REPEATED", "LAST CALL")
	var notes strings.Builder
	for _, s := range sources {
		last := "-"
		if !s.Last.IsZero() {
			last = span(max(0, now.Sub(s.Last))) + " ago"
		}
		t.add(clipLeft(printable(s.Source), 36), human(float64(s.Lines)), human(float64(s.Calls)), human(float64(s.Duplicates)), last)
		for _, r := range s.Rejected {
			note := fmt.Sprintf("%s: %s rejected: %s: %s", clipLeft(printable(s.Source), 36), plural(r.Lines, "line"), r.Reason, clip(printable(r.Sample), 100))
			notes.WriteString(wrap(note, "  "))
		}
	}
	return t.String() + notes.String()
}
