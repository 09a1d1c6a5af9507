package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	axisWidth  = 52.0
	axisHeight = 16.0
	legendLine = 14.0
)

// plot is where a graph's lines go, and what they mean.
type plot struct {
	box
	most  float64 // the value at the top
	steps int
}

func (p *plot) x(i int) float64 { return p.box.x + p.w*float64(i)/float64(max(1, p.steps-1)) }

func (p *plot) y(v float64) float64 { return p.box.y + p.h*(1-math.Min(v, p.most)/p.most) }

// graph draws lines, or areas that add up, with a table of them below.
func (s *svg) graph(p *panel, w *window, b box, all []series) {
	stacked := p.FieldConfig.Defaults.Custom.Stacking.Mode == "normal"
	slices.SortStableFunc(all, func(x, y series) int { return strings.Compare(x.name, y.name) })
	tints := tints(p, all)
	lines := min(len(all), max(2, int(b.h*0.38/legendLine)))
	plotBox := box{b.x + axisWidth, b.y + 4, b.w - axisWidth - 6, b.h - axisHeight - float64(lines)*legendLine - 6}
	pl := plot{box: plotBox, steps: w.steps(), most: highest(all, stacked)}
	s.axes(&pl, p.FieldConfig.Defaults.Unit, w)
	base := make([]float64, pl.steps)
	for i := range all {
		if stacked {
			s.area(&pl, base, all[i].values, tints[i])
		} else {
			s.curve(&pl, all[i].values, tints[i])
		}
	}
	if p.FieldConfig.Defaults.Custom.ThresholdsStyle.Mode == "dashed" {
		for _, t := range p.FieldConfig.Defaults.Thresholds.Steps {
			if t.Value != nil && *t.Value <= pl.most {
				s.line(pl.box.x, pl.y(*t.Value), pl.box.x+pl.w, pl.y(*t.Value), paint(t.Color), ` stroke-dasharray="5 4"`)
			}
		}
	}
	s.legend(p, box{b.x, b.y + b.h - float64(lines)*legendLine, b.w, float64(lines) * legendLine}, all, tints)
}

// tints are the colours of series: fixed ones by name, else the next of the palette.
func tints(p *panel, all []series) []string {
	out := make([]string, len(all))
	for i := range all {
		out[i] = palette(i)
		if c := p.fixed(all[i].name); c != "" {
			out[i] = paint(c)
		}
	}
	return out
}

// highest is the value at the top of a graph, with a bit of room.
func highest(all []series, stacked bool) float64 {
	most := 0.0
	for i := range all[0].values {
		sum := 0.0
		for _, a := range all {
			if v := a.values[i]; !math.IsNaN(v) {
				most, sum = max(most, v), sum+v
			}
		}
		if stacked {
			most = max(most, sum)
		}
	}
	if most == 0 {
		return 1
	}
	return most * 1.06
}

func (s *svg) axes(pl *plot, unit string, w *window) {
	each := step(pl.most, max(2, int(pl.h/32)), unit)
	for v := 0.0; v <= pl.most; v += each {
		s.line(pl.box.x, pl.y(v), pl.box.x+pl.w, pl.y(v), rule, "")
		s.text(pl.box.x-5, pl.y(v)+3.5, axisWidth-4, format(unit, v), writing{10, faint, end})
	}
	s.clocks(pl.box, w)
}

// clocks writes the times below a box, at whole minutes.
func (s *svg) clocks(b box, w *window) {
	every := time.Duration(step(w.length.Minutes(), max(2, int(b.w/70)), "")) * time.Minute
	every = max(every, time.Minute)
	began := w.end.Add(-w.length)
	for at := began.Truncate(every).Add(every); !at.After(w.end); at = at.Add(every) {
		x := b.x + b.w*float64(at.Sub(began))/float64(w.length)
		s.text(x, b.y+b.h+12, 60, clock(at), writing{10, faint, middle})
	}
}

// curve draws one line; where there is no value there is a gap.
func (s *svg) curve(pl *plot, values []float64, color string) {
	var path strings.Builder
	pen, alone := "M", -1
	for i, v := range values {
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%s %s", pen, n(pl.x(i)), n(pl.y(v)))
		if pen == "M" && (i+1 == len(values) || math.IsNaN(values[i+1])) {
			alone = i
		}
		pen = "L"
	}
	s.printf(`<path d="%s" fill="none" stroke="%s" stroke-width="1.4" stroke-linejoin="round"/>`+"\n", path.String(), color)
	if alone >= 0 { // a value without neighbours is no line
		s.printf(`<circle cx="%s" cy="%s" r="2" fill="%s"/>`+"\n", n(pl.x(alone)), n(pl.y(values[alone])), color)
	}
}

// area draws values on top of a base, and raises that.
func (s *svg) area(pl *plot, base, values []float64, color string) {
	var up, down strings.Builder
	pen := "M"
	under := slices.Clone(base)
	for i, v := range values {
		if !math.IsNaN(v) {
			base[i] += v
		}
		fmt.Fprintf(&up, "%s%s %s", pen, n(pl.x(i)), n(pl.y(base[i])))
		pen = "L"
	}
	for i, v := range slices.Backward(under) {
		fmt.Fprintf(&down, "L%s %s", n(pl.x(i)), n(pl.y(v)))
	}
	s.printf(`<path d="%s%sZ" fill="%s" fill-opacity=".45" stroke="none"/>`+"\n", up.String(), down.String(), color)
	s.printf(`<path d="%s" fill="none" stroke="%s"/>`+"\n", up.String(), color)
}

// legend lists the series, the largest last value first.
func (s *svg) legend(p *panel, b box, all []series, tints []string) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return -compare(all[x].last(), all[y].last()) })
	unit := p.FieldConfig.Defaults.Unit
	rows := max(1, int(b.h/legendLine))
	for row, i := range order {
		y := b.y + float64(row)*legendLine + 11
		if row == rows-1 && len(order) > rows {
			s.text(b.x+16, y, b.w, fmt.Sprintf("and %d more", len(order)-row), writing{10, faint, ""})
			return
		}
		s.rect(box{b.x + 2, y - 6, 10, 3}, tints[i], "")
		s.text(b.x+16, y, b.w-225, all[i].name, writing{10.5, ink, ""})
		s.text(b.x+b.w-112, y, 120, "last "+format(unit, all[i].last()), writing{10, faint, end})
		s.text(b.x+b.w-2, y, 120, "max "+format(unit, all[i].max()), writing{10, faint, end})
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}
