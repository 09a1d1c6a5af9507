package main

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// The page: Grafana's grid of 24 columns on 1200 pixels, light.
const (
	pageWidth  = 1200.0
	margin     = 12.0
	column     = (pageWidth - 2*margin) / 24
	unitHeight = 30.0
	gap        = 6.0 // between panels
	head       = 54.0
	heading    = 22.0 // of a panel
)

const (
	ink   = "#24292e"
	faint = "#6b7280"
	rule  = "#e5e7eb"
)

// colors are Grafana's names, as they look on a light page.
func colors() map[string]string {
	return map[string]string{
		"green": "#3f9142", "orange": "#e8871e", "red": "#d0342c", "blue": "#3572c6", "purple": "#8f4bb8", "yellow": "#d9a300", "text": "#8a9099",
	}
}

// palette colours series that have no colour of their own.
func palette(i int) string {
	all := []string{
		"#3572c6", "#3f9142", "#e8871e", "#8f4bb8", "#d0342c", "#1b9aaa", "#b5651d", "#6b7a8f",
		"#c2408c", "#7a9a01", "#4b3fbf", "#2f6f5e", "#a33b20", "#5aa0d8", "#936f00",
	}
	return all[i%len(all)]
}

func paint(name string) string {
	if c, ok := colors()[name]; ok {
		return c
	}
	return name
}

// svg is a picture that is being drawn.
type svg struct{ strings.Builder }

// box is a place on the page.
type box struct{ x, y, w, h float64 }

func (s *svg) printf(format string, args ...any) { fmt.Fprintf(s, format, args...) }

func n(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

func (s *svg) rect(b box, fill, more string) {
	s.printf(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`+"\n", n(b.x), n(b.y), n(max(0, b.w)), n(max(0, b.h)), fill, more)
}

func (s *svg) line(x1, y1, x2, y2 float64, color, more string) {
	s.printf(`<path d="M%s %sL%s %s" stroke="%s"%s/>`+"\n", n(x1), n(y1), n(x2), n(y2), color, more)
}

// writing is how a text stands: its size, colour, and further attributes.
type writing struct {
	size  float64
	color string
	more  string
}

// text writes a text of at most width pixels; what is longer is cut. Labels come from logs, so everything is escaped.
func (s *svg) text(x, y, width float64, text string, w writing) {
	s.printf(`<text x="%s" y="%s" font-size="%s" fill="%s"%s>%s</text>`+"\n", n(x), n(y), n(w.size), w.color, w.more, html.EscapeString(clip(text, width, w.size)))
}

// clip cuts a text to a width; letters are taken to be a bit wider than half their size.
func clip(text string, width, size float64) string {
	letters := []rune(text)
	fit := int(width / (size * 0.56))
	if len(letters) <= fit {
		return text
	}
	return string(letters[:max(0, fit-1)]) + "…"
}

const (
	middle = ` text-anchor="middle"`
	end    = ` text-anchor="end"`
	bold   = ` font-weight="600"`
)

// draw draws a dashboard.
func draw(b *board, w *window) (string, error) {
	var s svg
	height := 0.0
	for _, p := range b.Panels {
		height = max(height, p.GridPos.Y+p.GridPos.H)
	}
	total := head + height*unitHeight + margin
	s.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" font-family="Inter, Helvetica, Arial, sans-serif" role="img">`+"\n",
		n(pageWidth), n(total), n(pageWidth), n(total))
	s.printf("<title>%s</title>\n<desc>%s</desc>\n", html.EscapeString(b.Title), html.EscapeString(b.Description))
	s.rect(box{0, 0, pageWidth, total}, "#f4f5f7", "")
	s.text(margin, 26, 700, b.Title, writing{18, ink, bold})
	s.text(margin, 44, pageWidth-300, b.Description, writing{12, faint, ""})
	s.text(pageWidth-margin, 26, 300, fmt.Sprintf("%s to %s UTC", clock(w.end.Add(-w.length)), clock(w.end)), writing{12, faint, end})
	for i := range b.Panels {
		if err := s.panel(&b.Panels[i], w); err != nil {
			return "", fmt.Errorf("%s: %s: %w", b.Title, b.Panels[i].Title, err)
		}
	}
	s.printf("</svg>\n")
	return s.String(), nil
}

// panel asks a panel's queries and draws what they answer.
func (s *svg) panel(p *panel, w *window) error {
	g := p.GridPos
	b := box{margin + g.X*column, head + g.Y*unitHeight, g.W * column, g.H * unitHeight}
	if p.Type == "row" {
		s.text(b.x+2, b.y+20, b.w, p.Title, writing{14, ink, bold})
		return nil
	}
	b = box{b.x + gap/2, b.y + gap/2, b.w - gap, b.h - gap}
	s.rect(b, "#ffffff", ` rx="3" stroke="`+rule+`"`)
	s.text(b.x+8, b.y+16, b.w-12, p.Title, writing{12, ink, bold})
	inner := box{b.x + 8, b.y + heading, b.w - 16, b.h - heading - 6}
	answers := make([][]series, len(p.Targets))
	found := false
	for i, t := range p.Targets {
		all, err := w.ask(t)
		if err != nil {
			return err
		}
		answers[i], found = all, found || len(all) > 0
	}
	if !found {
		s.text(inner.x+inner.w/2, inner.y+inner.h/2, inner.w, "no data", writing{13, faint, middle})
		return nil
	}
	s.content(p, w, inner, answers)
	return nil
}

func (s *svg) content(p *panel, w *window, b box, answers [][]series) {
	switch p.Type {
	case "table":
		s.table(p, b, answers)
		return
	case "stat":
		s.stat(p, b, flat(answers))
	case "bargauge":
		s.bars(p, b, flat(answers))
	case "state-timeline":
		s.timeline(p, w, b, flat(answers))
	case "heatmap":
		s.heat(p, w, b, flat(answers))
	default:
		s.graph(p, w, b, flat(answers))
	}
}

func flat(answers [][]series) []series {
	var all []series
	for _, a := range answers {
		all = append(all, a...)
	}
	return all
}
