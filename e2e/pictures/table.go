package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

const tableLine = 22.0

// line is one line of a table: its labels, and a value for each query, NaN where there is none.
type line struct {
	labels map[string]string
	values []float64
}

// table joins the answers by their labels, the worst first.
func (s *svg) table(p *panel, b box, answers [][]series) {
	columns, labels := p.columns()
	lines := join(labels, answers)
	sortLines(p, columns, lines)
	each := b.w / float64(len(labels)+len(columns))
	x := func(i int) float64 { return b.x + each*float64(i) }
	for i, l := range append(slices.Clone(labels), columns...) {
		s.text(x(i)+4, b.y+14, each-6, l, writing{11, "#3572c6", bold})
	}
	room := int(b.h/tableLine) - 1
	for row, l := range lines {
		y := b.y + tableLine*float64(row+1)
		if row == room-1 && len(lines) > room {
			s.text(x(0)+4, y+15, b.w, fmt.Sprintf("and %d more", len(lines)-row), writing{10, faint, ""})
			return
		}
		s.line(b.x, y, b.x+b.w, y, rule, "")
		for i, name := range labels {
			s.text(x(i)+4, y+15, each-14, l.labels[name], writing{11, ink, ""})
		}
		for i, name := range columns {
			s.cell(p, name, l.values[i], box{x(len(labels) + i), y, each, tableLine})
		}
	}
}

func (s *svg) cell(p *panel, column string, v float64, b box) {
	if math.IsNaN(v) {
		return
	}
	f, colored := p.column(column)
	w := writing{11, ink, ""}
	text, color := f.look(v)
	if colored {
		s.rect(box{b.x, b.y + 1, b.w - 4, b.h - 2}, paint(color), ` rx="2"`)
		w = writing{11, "#ffffff", bold}
	}
	s.text(b.x+4, b.y+15, b.w-8, text, w)
}

// columns returns the titles of the queries' columns and the labels before them, in the order that the panel gives.
func (p *panel) columns() (columns, labels []string) {
	for _, t := range p.Transformations {
		byPlace := map[int]string{}
		for name, i := range t.Options.IndexByName {
			byPlace[i] = name
		}
		for _, i := range slices.Sorted(maps.Keys(byPlace)) {
			if !strings.HasPrefix(byPlace[i], "Value") {
				labels = append(labels, byPlace[i])
			}
		}
	}
	for _, t := range p.Targets {
		columns = append(columns, t.LegendFormat)
	}
	return columns, labels
}

func join(labels []string, answers [][]series) []line {
	index := map[string]int{}
	var lines []line
	for q, all := range answers {
		for _, one := range all {
			var names strings.Builder
			for _, l := range labels {
				names.WriteString(one.labels[l] + "\x00")
			}
			key := names.String()
			i, known := index[key]
			if !known {
				i = len(lines)
				index[key] = i
				lines = append(lines, line{one.labels, slices.Repeat([]float64{math.NaN()}, len(answers))})
			}
			lines[i].values[q] = one.last()
		}
	}
	return lines
}

// sortLines orders the lines as the panel says, and leaves what has no value at the end.
func sortLines(p *panel, columns []string, lines []line) {
	if len(p.Options.SortBy) == 0 {
		return
	}
	by := p.Options.SortBy[0]
	c := slices.Index(columns, by.DisplayName)
	if c < 0 {
		return
	}
	slices.SortStableFunc(lines, func(x, y line) int {
		a, b := x.values[c], y.values[c]
		switch {
		case math.IsNaN(a) || math.IsNaN(b):
			return compare(boolean(math.IsNaN(a)), boolean(math.IsNaN(b)))
		case by.Desc:
			return -compare(a, b)
		default:
			return compare(a, b)
		}
	})
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
