package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// reportView is a report and how it is shown.
type reportView struct {
	query  store.ReportQuery
	report store.Report
	now    time.Time
	top    int
	wide   bool

	sort    string        // the name of what is sorted by
	column  *reportColumn // nil for a dimension
	turned  bool
	rest    store.ReportSums // of the rows that top leaves out
	omitted int
}

// sortBy takes the name of a column or of a dimension of the report.
func (v *reportView) sortBy(name string) (err error) {
	v.sort, v.turned = strings.CutPrefix(name, "-")
	if v.sort == "" {
		v.sort = "calls"
		for _, d := range v.query.By {
			if d.IsTime() {
				v.sort = string(d)
				break
			}
		}
	}
	v.column, err = findColumn(v.sort, v.query.By)
	return err
}

// arrange sorts the rows and leaves out what is below the top. Numbers begin with the largest, texts and times with the first; what is
// unknown comes last either way.
func (v *reportView) arrange() {
	rows := v.report.Rows
	slices.SortStableFunc(rows, func(a, b store.ReportRow) int {
		if v.column == nil {
			return v.compareTexts(&a, &b)
		}
		return compareKnown(v.column.value(&b.ReportSums), v.column.value(&a.ReportSums), v.turned)
	})
	if v.top == 0 || len(rows) <= v.top {
		return
	}
	for i := range rows[v.top:] {
		v.rest.Add(&rows[v.top+i].ReportSums)
	}
	v.omitted = len(rows) - v.top
	v.report.Rows = rows[:v.top]
}

func (v *reportView) compareTexts(a, b *store.ReportRow) int {
	i := slices.Index(v.query.By, store.Dimension(v.sort))
	x, y := a.Values[i], b.Values[i]
	switch {
	case x == "" || y == "":
		return -cmp.Compare(x, y)
	case v.query.By[i].IsTime():
		x, y = instant(x), instant(y)
	}
	if v.turned {
		x, y = y, x
	}
	return cmp.Compare(x, y)
}

// instant makes texts of times compare by time, also where clocks are put back.
func instant(text string) string {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC().Format(time.RFC3339)
	}
	return text
}

// compareKnown compares, the unknown behind all else: a and b come swapped, so that the largest is first.
func compareKnown(a, b claude.Opt[float64], turned bool) int {
	x, okX := a.Get()
	y, okY := b.Get()
	switch {
	case !okX || !okY:
		return cmp.Compare(bool2int(okX), bool2int(okY))
	case turned:
		return cmp.Compare(y, x)
	default:
		return cmp.Compare(x, y)
	}
}

func bool2int(b bool) int {
	if b {
		return 1
	}
	return 0
}

// csv writes RFC 4180, with what a spreadsheet would take for a formula made harmless.
func (v *reportView) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	var head []string
	for _, d := range v.query.By {
		head = append(head, string(d))
	}
	columns := dataColumns()
	for _, c := range columns {
		head = append(head, c.name)
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for i := range v.report.Rows {
		row := make([]string, 0, len(head))
		for _, value := range v.report.Rows[i].Values {
			row = append(row, harmless(value))
		}
		for _, c := range columns {
			text, _ := c.number(&v.report.Rows[i].ReportSums)
			row = append(row, text)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func dataColumns() []reportColumn {
	return slices.DeleteFunc(reportColumns(), func(c reportColumn) bool { return c.table })
}

// harmless puts a quote before a text that a spreadsheet would carry out.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// json writes an array of rows. The order of the keys is that of the columns, which a map would not keep.
func (v *reportView) json(w io.Writer) error {
	var b strings.Builder
	b.WriteString("[")
	for i := range v.report.Rows {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n  {" + v.object(&v.report.Rows[i]) + "}")
	}
	if len(v.report.Rows) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (v *reportView) object(row *store.ReportRow) string {
	var parts []string
	for i, d := range v.query.By {
		parts = append(parts, fmt.Sprintf("%q: %s", d, jsonValue(d, row.Values[i])))
	}
	for _, c := range dataColumns() {
		text, ok := c.number(&row.ReportSums)
		if !ok {
			text = "null"
		}
		parts = append(parts, fmt.Sprintf("%q: %s", c.name, text))
	}
	return strings.Join(parts, ", ")
}

// jsonValue writes a dimension's value: a status as a number, all else as a text, and what is unknown as null.
func jsonValue(d store.Dimension, value string) string {
	if value == "" {
		return "null"
	}
	if _, err := strconv.Atoi(value); err == nil && d == store.ByStatus {
		return value
	}
	text, err := json.Marshal(value)
	if err != nil { // no string has one
		return "null"
	}
	return string(text)
}
