package main

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/claudewatch/claudewatch/claude"
)

// table aligns rows of cells in columns for a terminal; cells may hold any text of a log, so control characters go.
type table struct {
	right map[int]bool // columns that align right
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String returns the rows, each with a line break, without trailing blanks.
func (t *table) String() string {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			switch {
			case t.right[i]:
				line.WriteString(pad + c)
			default:
				line.WriteString(c + pad)
			}
			line.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

const unknown = "?"

// percent writes a ratio as per cent, and an unknown one as what it is.
func percent(r claude.Opt[float64]) string {
	v, ok := r.Get()
	if !ok {
		return unknown
	}
	return fmt.Sprintf("%.0f %%", v*100)
}

// bar draws a ratio in ten cells; what is above 1 fills it.
func bar(r claude.Opt[float64]) string {
	v, ok := r.Get()
	if !ok {
		return strings.Repeat("·", 10)
	}
	n := int(math.Round(min(1, max(0, v)) * 10))
	return strings.Repeat("█", n) + strings.Repeat("░", 10-n)
}

// human writes a count with a unit prefix: 950, 1.2k, 2M.
func human(n float64) string {
	for _, u := range []struct {
		div  float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(n) >= u.div {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", n/u.div), ".0") + u.name
		}
	}
	return fmt.Sprintf("%.0f", n)
}

// span writes a duration with its two largest units: 42s, 3m 5s, 2h 10m, 3d 4h.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd %dh", int(d.Hours())/24, int(d.Hours())%24)
	}
}

// printable takes control characters out of untrusted text, so that a log can't steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}
