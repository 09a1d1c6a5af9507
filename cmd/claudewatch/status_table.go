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
	b.WriteString(headLine(&p) + "\n")
	b.WriteString(bucketTables(p.Buckets, p.Now))
	b.WriteString(alertLines(p.Alerts, p.Now))
	b.WriteString(sourceTable(p.Sources, p.Now))
	_, err := io.WriteString(w, b.String())
	return err
}

// headLine says when, of whom, how much is stored and how fast it grows.
func headLine(p *picture) string {
	line := fmt.Sprintf("claudewatch  %s  %s stored", p.Now.Local().Format("2006-01-02 15:04:05"), plural(p.Calls, "call"))
	if n, ok := p.PerSecond.Get(); ok {
		line += "  " + rate(n) + " calls/s"
	}
	from := "from the database: no agent answers"
	if p.Agent != "" {
		from = "agent at " + printable(p.Agent)
	}
	return wrap(line, "  ") + wrap(from, "  ")
}

// rate writes calls per second, small ones with two places.
func rate(n float64) string {
	if n > 0 && n < 9.95 {
		return fmt.Sprintf("%.2g", n)
	}
	return human(n)
}

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
		fmt.Fprintf(&out, "%s%s%s\n", wrap(owner, "  "), bucketTable(levels[:n], now).String(), unattributed(levels[:n]))
		levels = levels[n:]
	}
	return out.String()
}

// bucketTable has a bar for the fill and one for the load of two minutes, and fits the screen by shorter bars.
func bucketTable(levels []claude.Level, now time.Time) *table {
	var t *table
	for _, cells := range []int{8, 6, 5, 4, 3, 0} {
		t = &table{right: map[int]bool{2: true, 5: true, 6: true, 7: true, 8: true}}
		t.add("POOL", "LIMITER", "LIMIT", "FILL", "LOAD", "10M", "EMPTY", "RESET", "READ")
		for i := range levels {
			t.add(bucketRow(&levels[i], now, cells)...)
		}
		if t.width() <= screen {
			break
		}
	}
	return t
}

// leastUnattributed is from where on use that no watched app explains is worth a line.
const leastUnattributed = 0.05

// unattributed names the buckets of which others take a part.
func unattributed(levels []claude.Level) string {
	var b strings.Builder
	for i := range levels {
		l := &levels[i]
		if part := l.Unattributed.Or(0); part >= leastUnattributed {
			b.WriteString(wrap(fmt.Sprintf("  %s %s: %s of the use comes from outside of the watched apps, at least", printable(string(l.Bucket.Pool)),
				printable(string(l.Bucket.Limiter)), percent(l.Unattributed)), "    "))
		}
	}
	return b.String()
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
	return []string{
		clip(cmp.Or(printable(string(l.Bucket.Pool)), unknown), 12), clip(printable(string(l.Bucket.Limiter)), 13), limit,
		gauge(l.Fill, cells), gauge(l.Load2m, cells), percent(l.Load10m),
		dryIn(l.Exhausted, now), until(l.Reset, now), readAge(l, now),
	}
}

// gauge is a bar with its figure behind it.
func gauge(r claude.Opt[float64], cells int) string {
	text := fmt.Sprintf(" %4s", strings.Replace(percent(r), " %", "%", 1))
	if cells == 0 {
		return text
	}
	return bar(r, cells) + text
}

// readAge says how old the last reading is, or that the limit is only configured.
func readAge(l *claude.Level, now time.Time) string {
	switch {
	case !l.Observed.IsZero():
		return oneUnit(max(0, now.Sub(l.Observed)))
	case l.From == claude.LimitFromConfig:
		return "config"
	default:
		return unknown
	}
}

// oneUnit writes a duration with its largest unit only, so that columns stay narrow.
func oneUnit(d time.Duration) string {
	text, _, _ := strings.Cut(span(d), " ")
	return text
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
		return oneUnit(d)
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
	t := table{right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}}
	t.add("SOURCE", "LINES", "CALLS", "REPEATED", "LAG", "LAST CALL")
	var notes strings.Builder
	names := shortNames(sources, 30)
	for i, s := range sources {
		last := "-"
		if !s.Last.IsZero() {
			last = span(max(0, now.Sub(s.Last))) + " ago"
		}
		lag := "-"
		if n, ok := s.LagBytes.Get(); ok {
			lag = inBytes(float64(n))
		}
		t.add(names[i], human(float64(s.Lines)), human(float64(s.Calls)), human(float64(s.Duplicates)), lag, last)
		if s.Fault != "" {
			notes.WriteString(wrap(fmt.Sprintf("%s: can't read %s", clipLeft(printable(s.Source), 36), clip(printable(s.Fault), 200)), "  "))
		}
		for _, r := range s.Rejected {
			note := fmt.Sprintf("%s: %s rejected: %s: %s", clipLeft(printable(s.Source), 36), plural(r.Lines, "line"), r.Reason, clip(printable(r.Sample), 100))
			notes.WriteString(wrap(note, "  "))
		}
	}
	return t.String() + notes.String()
}

// shortNames returns the sources' names in at most n runes, each different from the others: mostly their ends, which tell more than
// their beginnings, and both where the ends are the same.
func shortNames(sources []sourcePicture, n int) []string {
	names, seen := make([]string, len(sources)), map[string]int{}
	for i := range sources {
		names[i] = clipLeft(printable(sources[i].Source), n)
		seen[names[i]]++
	}
	taken := map[string]bool{}
	for i := range names {
		if name := []rune(printable(sources[i].Source)); seen[names[i]] > 1 && len(name) > n {
			names[i] = string(name[:n/2]) + "…" + string(name[len(name)-(n-n/2-1):])
		}
		for short, again := names[i], 2; taken[names[i]]; again++ {
			mark := fmt.Sprintf("#%d ", again)
			names[i] = mark + clipLeft(short, n-len(mark))
		}
		taken[names[i]] = true
	}
	return names
}
