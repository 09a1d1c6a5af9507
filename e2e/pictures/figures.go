package main

import (
	"cmp"
	"math"
	"slices"
)

// stat draws the last value of each series, on the colour of its state or in blue.
func (s *svg) stat(p *panel, b box, all []series) {
	each := b.w / float64(len(all))
	for i := range all {
		place := box{b.x + float64(i)*each, b.y, each - 4, b.h}
		text, color := p.FieldConfig.Defaults.look(all[i].last())
		tint := writing{26, paint(color), middle + bold}
		if len(p.FieldConfig.Defaults.Thresholds.Steps) > 1 {
			s.rect(place, paint(color), ` rx="3"`)
			tint.color = "#ffffff"
		}
		for float64(len([]rune(text)))*tint.size*0.56 > place.w-8 && tint.size > 12 {
			tint.size--
		}
		middleOf := place.y + place.h/2
		s.text(place.x+place.w/2, middleOf+9, place.w, text, tint)
		if len(all) > 1 {
			s.text(place.x+place.w/2, place.y+place.h-4, place.w, all[i].name, writing{10, faint, middle})
		}
	}
}

// bars draws each series as a bar up to the panel's maximum, the largest first.
func (s *svg) bars(p *panel, b box, all []series) {
	slices.SortStableFunc(all, func(x, y series) int { return -compare(x.last(), y.last()) })
	most := 1.0
	if m := p.FieldConfig.Defaults.Max; m != nil {
		most = *m
	}
	each := min(30, b.h/float64(len(all)))
	for i := range all {
		y, v := b.y+float64(i)*each, all[i].last()
		text, color := p.FieldConfig.Defaults.look(v)
		s.text(b.x, y+each/2+3, b.w*0.46, all[i].name, writing{11, ink, ""})
		full := box{b.x + b.w*0.47, y + 4, b.w*0.53 - 56, each - 8}
		s.rect(full, "#eef0f3", ` rx="2"`)
		s.rect(box{full.x, full.y, full.w * min(1, max(0, v/most)), full.h}, paint(color), ` rx="2"`)
		s.text(b.x+b.w, y+each/2+3, 54, text, writing{11, paint(color), end + bold})
	}
}

// timeline draws each series as a bar whose colour is its state.
func (s *svg) timeline(p *panel, w *window, b box, all []series) {
	slices.SortStableFunc(all, func(x, y series) int { return cmp.Compare(x.name, y.name) })
	const names = 170.0
	plot := box{b.x + names, b.y, b.w - names, b.h - axisHeight}
	each := min(26, plot.h/float64(len(all)))
	for i := range all {
		y := plot.y + float64(i)*each
		s.text(plot.x-8, y+each/2+3, names, all[i].name, writing{min(11, each), ink, end})
		s.states(p, box{plot.x, y + each*0.1, plot.w, each * 0.8}, all[i].values)
	}
	s.clocks(box{plot.x, plot.y, plot.w, each * float64(len(all))}, w)
}

// states draws values that follow each other and look the same as one.
func (s *svg) states(p *panel, b box, values []float64) {
	width := b.w / float64(len(values))
	color := func(i int) string {
		if math.IsNaN(values[i]) {
			return ""
		}
		_, c := p.FieldConfig.Defaults.look(values[i])
		return paint(c)
	}
	for i := 0; i < len(values); {
		j := i + 1
		for j < len(values) && color(j) == color(i) {
			j++
		}
		if c := color(i); c != "" {
			s.rect(box{b.x + width*float64(i), b.y, width * float64(j-i), b.h}, c, ` fill-opacity=".8"`)
		}
		i = j
	}
}

// heat draws a histogram over time: the darker, the more.
func (s *svg) heat(p *panel, w *window, b box, all []series) {
	bound := func(x *series) float64 {
		if v := number(x.labels["le"]); !math.IsNaN(v) {
			return v
		}
		return math.Inf(1)
	}
	slices.SortFunc(all, func(x, y series) int { return cmp.Compare(bound(&x), bound(&y)) })
	counts, most := between(all)
	plot := box{b.x + axisWidth, b.y, b.w - axisWidth, b.h - axisHeight}
	rowHeight, width := plot.h/float64(len(all)), plot.w/float64(len(all[0].values))
	for i := range all {
		y := plot.y + plot.h - rowHeight*float64(i+1)
		if v := bound(&all[i]); !math.IsInf(v, 1) && i%2 == 0 {
			s.text(plot.x-5, y+4, axisWidth, format(p.FieldConfig.Defaults.Unit, v), writing{10, faint, end})
		}
		for j, v := range counts[i] {
			if v > most/1000 {
				s.printf(`<rect x="%s" y="%s" width="%s" height="%s" fill="#1f5fb0" fill-opacity="%.2f"/>`+"\n",
					n(plot.x+width*float64(j)), n(y), n(width-0.5), n(rowHeight-0.5), 0.08+0.92*math.Sqrt(v/most))
			}
		}
	}
	s.clocks(plot, w)
}

// between turns the sums up to each bound into what lies between the bounds.
func between(all []series) (counts [][]float64, most float64) {
	for i := range all {
		row := make([]float64, len(all[i].values))
		for j, v := range all[i].values {
			if i > 0 {
				v -= all[i-1].values[j]
			}
			if !math.IsNaN(v) {
				row[j] = max(0, v)
				most = max(most, v)
			}
		}
		counts = append(counts, row)
	}
	return counts, max(most, 1e-9)
}
