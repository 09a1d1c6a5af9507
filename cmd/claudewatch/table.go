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

// width returns the characters of the longest row.
func (t *table) width() int {
	widest, before := 0, 0
	for _, w := range t.widths() {
		if w > 0 { // blanks at the end of a row are cut
			widest = before + w
		}
		before += w + 2
	}
	return widest
}

// widths returns the characters of each column's longest cell.
func (t *table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	return widths
}

// String returns the rows, each with a line break, without trailing blanks.
func (t *table) String() string {
	widths := t.widths()
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

// screen is how many columns a line may take.
const screen = 80

// percent writes a ratio as per cent, and an unknown one as what it is.
func percent(r claude.Opt[float64]) string {
	v, ok := r.Get()
	if !ok {
		return unknown
	}
	if v >= 10 { // so much above the limit says enough
		return ">999%"
	}
	return fmt.Sprintf("%.0f %%", v*100)
}

// bar draws a ratio in so many cells; what is above 1 fills it.
func bar(r claude.Opt[float64], cells int) string {
	v, ok := r.Get()
	if !ok {
		return strings.Repeat("·", cells)
	}
	n := int(math.Round(min(1, max(0, v)) * float64(cells)))
	return strings.Repeat("█", n) + strings.Repeat("░", cells-n)
}

// human writes a count with a unit prefix, in at most five characters: 950, 1.2k, 100k, 2M.
func human(n float64) string {
	for _, u := range []struct {
		div  float64
		name string
	}{{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(n) >= 99.95*u.div {
			return fmt.Sprintf("%.0f%s", n/u.div, u.name)
		}
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
	case d < 100*24*time.Hour:
		return fmt.Sprintf("%dd %dh", int(d.Hours())/24, int(d.Hours())%24)
	default:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
}

// wrap breaks a text into lines that fit the screen, at blanks where there are any; all but the first begin with the indent.
func wrap(s, indent string) string {
	var b strings.Builder
	for rest := []rune(s); ; {
		if len(rest) <= screen {
			return b.String() + string(rest) + "\n"
		}
		cut, skip := screen, 0
		for i := screen; i > len(indent); i-- {
			if rest[i] == ' ' {
				cut, skip = i, 1
				break
			}
		}
		b.WriteString(string(rest[:cut]) + "\n")
		rest = append([]rune(indent), rest[cut+skip:]...)
	}
}

// clip cuts a text to n runes.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// clipLeft cuts a text to its last n runes, as for a path, whose end tells more than its beginning.
func clipLeft(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return "…" + string(r[len(r)-n+1:])
	}
	return s
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
