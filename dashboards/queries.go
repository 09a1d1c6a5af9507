package dashboards

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Query is one question that a generated dashboard puts to Prometheus. Whoever has a running Prometheus can check with it that
// every panel finds an answer.
type Query struct {
	Dashboard string // title
	Panel     string // title, or what else asks: "variable model", "annotation Alerts"
	Ref       string // which query of the panel, A, B, ...
	Expr      string // PromQL with Grafana's variables in it
	Instant   bool   // one value at one time, not a range
	// Labels are those that the panel shows of the answer: in its legend, as columns of its table, or in an annotation's text.
	Labels []string
}

// shown is the part of classic dashboard JSON that holds queries.
type shown struct {
	Title  string
	Panels []struct {
		Title   string
		Targets []struct {
			RefID        string `json:"refId"`
			Expr         string
			Instant      bool
			LegendFormat string
		}
		Transformations []struct {
			Options struct{ IndexByName map[string]int }
		}
	}
	Templating struct {
		List []struct{ Name, Definition string }
	}
	Annotations struct {
		List []struct{ Name, Expr, TitleFormat, TextFormat string }
	}
}

// Queries returns the queries of generated files: of panels, of annotations, and of variables as the PromQL that lists the same
// values. Files that are no dashboards have none.
func Queries(files []File) ([]Query, error) {
	var all []Query
	for _, f := range files {
		if path.Ext(f.Name) != ".json" {
			continue
		}
		var d shown
		if err := json.Unmarshal(f.Content, &d); err != nil {
			return nil, fmt.Errorf("read dashboard %s: %w", f.Name, err)
		}
		all = append(all, d.queries()...)
	}
	return all, nil
}

// labelValues matches the function of Grafana's that lists the values of a label.
var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

func (d *shown) queries() []Query {
	var all []Query
	for _, p := range d.Panels {
		var columns []string
		for _, t := range p.Transformations {
			for c := range t.Options.IndexByName {
				if !strings.HasPrefix(c, "Value") {
					columns = append(columns, c)
				}
			}
		}
		slices.Sort(columns)
		for _, t := range p.Targets {
			all = append(all, Query{d.Title, p.Title, t.RefID, t.Expr, t.Instant, append(shownLabels(t.LegendFormat), columns...)})
		}
	}
	for _, v := range d.Templating.List {
		if m := labelValues.FindStringSubmatch(v.Definition); m != nil {
			all = append(all, Query{d.Title, "variable " + v.Name, "", "count by (" + m[2] + ") (" + m[1] + ")", true, []string{m[2]}})
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, Query{d.Title, "annotation " + a.Name, "", a.Expr, false, shownLabels(a.TitleFormat + a.TextFormat)})
	}
	return all
}

// inBraces matches a label in a legend.
var inBraces = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// shownLabels are the labels that a legend or a text names.
func shownLabels(text string) []string {
	var labels []string
	for _, m := range inBraces.FindAllStringSubmatch(text, -1) {
		labels = append(labels, m[1])
	}
	return labels
}

// variableName matches a use of a variable of Grafana's.
var variableName = regexp.MustCompile(`\$\{?\w+\}?`)

// Fill returns the query as plain PromQL: with window for Grafana's intervals, as in "5m", and with every other variable at All.
func (q Query) Fill(window string) string {
	return variableName.ReplaceAllStringFunc(q.Expr, func(v string) string {
		if strings.HasPrefix(v, "$__") {
			return window
		}
		return ".*"
	})
}
