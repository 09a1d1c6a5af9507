package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/dashboards"
)

// window is what the pictures show: so much time up to an end, a point each step.
type window struct {
	server string
	end    time.Time
	length time.Duration
	step   time.Duration
}

// series is one answer: a value for each step, NaN where there is none. An instant one has a single value.
type series struct {
	name   string
	labels map[string]string
	values []float64
}

func (s *series) last() float64 {
	for _, v := range slices.Backward(s.values) {
		if !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

func (s *series) max() float64 {
	most := math.NaN()
	for _, v := range s.values {
		if math.IsNaN(most) || v > most {
			most = v
		}
	}
	return most
}

// answer is what Prometheus says.
type answer struct {
	Error string
	Data  struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
			Values [][2]any
		}
	}
}

// ask runs one query of a panel.
func (w *window) ask(t target) ([]series, error) {
	expr := strings.ReplaceAll(t.Expr, "$__range", fmt.Sprintf("%ds", int(w.length.Seconds())))
	values := url.Values{"query": {dashboards.Query{Expr: expr}.Fill("1m")}}
	at := "query"
	if t.Instant {
		values.Set("time", stamp(w.end))
	} else {
		at = "query_range"
		values.Set("start", stamp(w.end.Add(-w.length)))
		values.Set("end", stamp(w.end))
		values.Set("step", fmt.Sprint(w.step.Seconds()))
	}
	resp, err := http.Get(w.server + "/api/v1/" + at + "?" + values.Encode()) //nolint:noctx // a program for developers, ended by Ctrl-C
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil || a.Error != "" {
		return nil, fmt.Errorf("ask %s: %s %w", expr, a.Error, err)
	}
	return w.series(&a, t), nil
}

func (w *window) series(a *answer, t target) []series {
	var out []series
	for _, r := range a.Data.Result {
		s := series{name: legend(t.LegendFormat, r.Metric), labels: r.Metric}
		if t.Instant {
			s.values = []float64{number(r.Value[1])}
		} else {
			s.values = make([]float64, w.steps())
			for i := range s.values {
				s.values[i] = math.NaN()
			}
			for _, v := range r.Values {
				at, _ := v[0].(float64)
				if i := int(math.Round((at - seconds(w.end.Add(-w.length))) / w.step.Seconds())); i >= 0 && i < len(s.values) {
					s.values[i] = number(v[1])
				}
			}
		}
		if !math.IsNaN(s.last()) {
			out = append(out, s)
		}
	}
	return out
}

func (w *window) steps() int { return int(w.length/w.step) + 1 }

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func stamp(t time.Time) string { return fmt.Sprintf("%.3f", seconds(t)) }

func number(v any) float64 {
	text, _ := v.(string)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// demoFolder is another one in each run of the demo, and says nothing.
var demoFolder = regexp.MustCompile(`/\S*/claudewatch-demo-\d+/`)

var inBraces = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// legend fills in the labels of a legend.
func legend(text string, labels map[string]string) string {
	text = inBraces.ReplaceAllStringFunc(text, func(m string) string { return labels[inBraces.FindStringSubmatch(m)[1]] })
	return strings.Join(strings.Fields(demoFolder.ReplaceAllString(text, "")), " ")
}
