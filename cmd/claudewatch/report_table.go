package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// shareCells is how long the bar of a row's share is.
const shareCells = 4

// shareNeed is how gladly the table goes without those bars.
const shareNeed = 6

// table fits a terminal of 80 columns as long as the dimensions leave room, by leaving out what tells least.
func (v *reportView) table(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n", v.spanText(), plural(v.report.Total.Calls, "call"))
	if len(v.report.Rows) == 0 {
		b.WriteString("No call is stored of that.\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	b.WriteString(v.fitting().String())
	if notes := v.unknowns(); notes != "" {
		b.WriteString("\n" + notes)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// unknowns says what the sums leave out because no log tells it.
func (v *reportView) unknowns() string {
	var b strings.Builder
	t := &v.report.Total
	if n := t.Calls - t.RateLimited - t.Overloaded - t.Measured; n > 0 {
		b.WriteString(wrap(fmt.Sprintf("%s not refused, without usage in the logs: tokens and USD leave them out.", plural(n, "call")), ""))
	}
	if t.Unpriced > 0 {
		b.WriteString(wrap(fmt.Sprintf("USD leaves out %s tokens without a known price; prices: in the configuration adds one.", human(float64(t.Unpriced))), ""))
	}
	return b.String()
}

func (v *reportView) spanText() string {
	const layout = "2006-01-02 15:04"
	from, to := v.report.From.In(v.query.Zone), v.report.To.In(v.query.Zone)
	return fmt.Sprintf("%s to %s %s", from.Format(layout), to.Format(layout), to.Format("MST"))
}

// fitting drops columns until the table fits, then cuts the dimensions.
func (v *reportView) fitting() *table {
	columns := reportColumns()
	if v.wide {
		return v.build(columns, true, 0)
	}
	share := true
	columns = slices.DeleteFunc(columns, func(c reportColumn) bool { return c.need > 6 && c.name != v.sort })
	for {
		t := v.build(columns, share, 0)
		if t.width() <= screen {
			return t
		}
		worst := -1
		for i, c := range columns {
			if c.need > 0 && c.name != v.sort && (worst < 0 || c.need > columns[worst].need) {
				worst = i
			}
		}
		switch {
		case share && (worst < 0 || columns[worst].need < shareNeed):
			share = false
		case worst >= 0 && columns[worst].need > 3:
			columns = slices.Delete(columns, worst, worst+1)
		default:
			return v.narrowed(columns, share)
		}
	}
}

// narrowed cuts the texts of the dimensions evenly, but not to nothing.
func (v *reportView) narrowed(columns []reportColumn, share bool) *table {
	const least = 8
	t := v.build(columns, share, 0)
	for most := 40; most >= least && t.width() > screen; most-- {
		t = v.build(columns, share, most)
	}
	return t
}

// build makes the table. Texts of dimensions are cut to most, unless that is 0.
func (v *reportView) build(columns []reportColumn, share bool, most int) *table {
	t := &table{right: map[int]bool{}}
	var head []string
	for _, d := range v.query.By {
		head = append(head, strings.ToUpper(string(d)))
	}
	if len(head) == 0 {
		head = append(head, "")
	}
	dims := len(head)
	for i, c := range columns {
		t.right[dims+i] = true
		head = append(head, c.title)
	}
	if share {
		head = append(head, "SHARE")
	}
	t.add(head...)
	for i := range v.report.Rows {
		t.add(v.line(v.dimensions(&v.report.Rows[i], most), &v.report.Rows[i].ReportSums, columns, share)...)
	}
	if v.omitted > 0 {
		t.add(v.line(v.label(fmt.Sprintf("%d more", v.omitted)), &v.rest, columns, share)...)
	}
	if len(v.query.By) > 0 {
		t.add(v.line(v.label("total"), &v.report.Total, columns, false)...)
	}
	return t
}

// label is a row's dimensions where it stands for more than one.
func (v *reportView) label(text string) []string {
	return append([]string{text}, make([]string, max(0, len(v.query.By)-1))...)
}

func (v *reportView) dimensions(row *store.ReportRow, most int) []string {
	if len(row.Values) == 0 {
		return []string{"total"}
	}
	out := make([]string, len(row.Values))
	for i, value := range row.Values {
		out[i] = v.dimension(v.query.By[i], value)
		if most > 0 {
			out[i] = clip(out[i], most)
		}
	}
	return out
}

func (v *reportView) dimension(d store.Dimension, value string) string {
	switch {
	case value == "" && d == store.ByCause:
		return "-" // most calls are not refused, and have none
	case value == "":
		return unknown
	case d != store.ByHour && d != store.ByMinute:
		return printable(value)
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return printable(value)
	}
	return t.In(v.query.Zone).Format("2006-01-02 15:04") + v.twice(t)
}

// twice tells the two hours apart that have the same name when clocks are put back.
func (v *reportView) twice(t time.Time) string {
	local := t.In(v.query.Zone)
	for _, other := range []time.Time{local.Add(-time.Hour), local.Add(time.Hour)} {
		if other.Format("15:04") == local.Format("15:04") {
			return local.Format(" MST")
		}
	}
	return ""
}

func (v *reportView) line(dims []string, s *store.ReportSums, columns []reportColumn, share bool) []string {
	out := slices.Clone(dims)
	for i := range columns {
		c := &columns[i]
		text := unknown
		if value, ok := c.value(s).Get(); ok {
			text = c.text(value)
		}
		out = append(out, text)
	}
	if share {
		out = append(out, v.share(s))
	}
	return out
}

// share draws a row's part of the total, of what the report is sorted by where that adds up, else of the calls.
func (v *reportView) share(s *store.ReportSums) string {
	of := func(s *store.ReportSums) claude.Opt[float64] { return claude.Some(float64(s.Calls)) }
	if c := v.column; c != nil && !strings.HasPrefix(c.name, "p") && c.name != "cache_share" {
		of = c.value
	}
	part, known := of(s).Get()
	all, _ := of(&v.report.Total).Get()
	if !known || all == 0 {
		return gauge(claude.Opt[float64]{}, shareCells)
	}
	return gauge(claude.Some(part/all), shareCells)
}

// lacks says what the report could not take in.
func (v *reportView) lacks() []string {
	var out []string
	const layout = "2006-01-02 15:04 MST"
	for _, g := range v.report.Gaps {
		span := g.From.In(v.query.Zone).Format(layout) + " to " + g.To.In(v.query.Zone).Format(layout)
		if g.LatencyOnly {
			out = append(out, "the percentiles leave out "+span+": single calls are kept no longer")
			continue
		}
		line := "left out " + span + ": what is kept of it is not as fine as asked for"
		if slices.Contains(v.query.By, store.ByUser) || slices.ContainsFunc(v.query.Where, func(f store.ReportFilter) bool { return f.Dimension == store.ByUser }) {
			line += "; users are kept by whole UTC days"
		}
		out = append(out, line)
	}
	return out
}
