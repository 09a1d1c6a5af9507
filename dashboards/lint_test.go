package dashboards_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// board is what the linter reads of a dashboard: the JSON as Grafana gets it, not the tables that it was made from.
type board struct {
	UID, Title, Description string
	ID                      *int
	Editable                bool
	Panels                  []panel
	Templating              struct{ List []variable }
	Links                   []struct{ Title, Type, URL string }
	Annotations             struct {
		List []struct {
			Name, Expr string
			Datasource ref
		}
	}
}

type ref struct{ Type, UID string }

type variable struct {
	Name, Type, Label, Definition string
	Query                         any
	Datasource                    ref
	Multi, IncludeAll             bool
	AllValue                      string
	Refresh                       int
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               ref
	GridPos                  struct{ X, Y, W, H int }
	Options                  struct {
		Legend        *struct{ ShowLegend bool }
		Tooltip       *struct{ Mode string }
		ReduceOptions *struct{ Calcs []string }
		SortBy        []struct{ DisplayName string }
	}
	Transformations []columns
	FieldConfig     struct {
		Defaults struct {
			Unit       string
			Min        *float64
			NoValue    string
			Mappings   []struct{ Type string }
			Thresholds struct{ Steps []struct{ Value *float64 } }
		}
	}
	Targets []target
}

type target struct {
	RefID, Expr, LegendFormat string
	Instant                   bool
	Datasource                ref
}

// lint returns what is wrong with a dashboard.
func lint(content []byte) []string {
	var b board
	if err := json.Unmarshal(content, &b); err != nil {
		return []string{err.Error()}
	}
	l := &linter{names: catalogue(), declared: map[string]bool{}, used: map[string]bool{}}
	l.check(!strings.Contains(string(content), `"placement": "inControlsMenu"`), "something has a placement in the controls menu")
	l.check(b.UID != "" && len(b.UID) <= 40, "uid %q: want 1 to 40 characters", b.UID)
	l.check(b.ID == nil, "has an id of its own")
	l.check(b.Title != "" && b.Description != "", "no title or description")
	l.check(!b.Editable, "is editable")
	l.variables(b.Templating.List)
	for _, a := range b.Annotations.List {
		l.check(a.Datasource == datasource, "annotation %s: data source %v", a.Name, a.Datasource)
		l.expr("annotation "+a.Name, a.Expr)
	}
	l.check(len(b.Links) >= 2 && b.Links[0].Type == "dashboards", "no menu of the other dashboards")
	for _, link := range b.Links {
		l.check(link.Title != "" && (link.Type == "dashboards" || strings.HasPrefix(link.URL, "https://") || strings.HasPrefix(link.URL, "http://")),
			"link %q leads to %q", link.Title, link.URL)
	}
	l.grid(b.Panels)
	for _, p := range b.Panels {
		l.panel(p)
	}
	for v := range l.declared {
		l.check(l.used[v], "variable %s is not used", v)
	}
	return l.problems
}

var datasource = ref{"prometheus", "${datasource}"}

type linter struct {
	names          map[string]metrics.Metric // by the names that queries use
	declared, used map[string]bool           // variables
	problems       []string
}

func (l *linter) check(ok bool, format string, args ...any) {
	if !ok {
		l.problems = append(l.problems, fmt.Sprintf(format, args...))
	}
}

// catalogue holds every name that a query may use; a histogram has three.
func catalogue() map[string]metrics.Metric {
	names := map[string]metrics.Metric{}
	for _, m := range metrics.Catalogue() {
		if m.Type != metrics.Histogram {
			names[m.Name] = m
			continue
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			names[m.Name+suffix] = m
		}
	}
	return names
}

func (l *linter) variables(list []variable) {
	l.check(len(list) > 0 && list[0].Type == "datasource" && list[0].Name == "datasource" && list[0].Label == "Data source", "the first variable is not the data source")
	for _, v := range list {
		l.check(!l.declared[v.Name], "variable %s is declared twice", v.Name)
		l.declared[v.Name] = true
		if v.Type == "datasource" {
			continue
		}
		l.check(v.Label != "" && v.Multi && v.IncludeAll && v.AllValue == ".*", "variable %s: want a label, several values and All = .*", v.Name)
		l.check(v.Refresh == 2 && v.Datasource == datasource, "variable %s: refresh %d, data source %v", v.Name, v.Refresh, v.Datasource)
		l.check(v.Query == v.Definition && strings.HasPrefix(v.Definition, "label_values("), "variable %s: query %v, definition %s", v.Name, v.Query, v.Definition)
		l.expr("variable "+v.Name, v.Definition)
	}
}

func (l *linter) grid(panels []panel) {
	ids, widths := map[int]bool{}, map[int]int{}
	for i, p := range panels {
		l.check(p.ID > 0 && !ids[p.ID], "panel %q: id %d is 0 or used twice", p.Title, p.ID)
		ids[p.ID] = true
		g := p.GridPos
		l.check(g.W > 0 && g.H > 0 && g.X+g.W <= 24, "panel %q: off the grid: %+v", p.Title, g)
		widths[g.Y] += g.W
		for _, o := range panels[:i] {
			q := o.GridPos
			apart := g.X >= q.X+q.W || q.X >= g.X+g.W || g.Y >= q.Y+q.H || q.Y >= g.Y+g.H
			l.check(apart, "panels %q and %q overlap", o.Title, p.Title)
		}
	}
	for y, w := range widths {
		l.check(w == 24, "the line at %d is %d wide; want 24", y, w)
	}
}

func (l *linter) panel(p panel) {
	l.check(p.Title != "", "panel %d has no title", p.ID)
	if p.Type == "row" {
		return
	}
	f := p.FieldConfig.Defaults
	l.check(len(p.Description) > 40, "panel %q: the description %q says too little", p.Title, p.Description)
	l.check(f.Unit != "", "panel %q has no unit", p.Title)
	l.check(f.NoValue != "" && p.Datasource == datasource, "panel %q: no value %q, data source %v", p.Title, f.NoValue, p.Datasource)
	steps := f.Thresholds.Steps
	l.check(len(steps) > 0 && steps[0].Value == nil, "panel %q: thresholds without a base", p.Title)
	limit := slices.ContainsFunc(p.Targets, func(t target) bool { return strings.Contains(t.Expr, metrics.UsedRatio+"{") })
	l.check(f.Unit != "percentunit" || !limit || len(steps) == 3, "panel %q: a ratio of a limit without thresholds", p.Title)
	l.looks(p)
	l.shown(p)
	refs := map[string]bool{}
	for _, t := range p.Targets {
		l.check(t.RefID != "" && !refs[t.RefID], "panel %q: ref %q is empty or used twice", p.Title, t.RefID)
		refs[t.RefID] = true
		l.check(t.LegendFormat != "" && t.Datasource == datasource, "panel %q: legend %q, data source %v", p.Title, t.LegendFormat, t.Datasource)
		l.check(t.Instant != overTime(p.Type), "panel %q: instant %t; a graph asks for a range, others for now", p.Title, t.Instant)
		l.expr(p.Title, t.Expr)
	}
	l.check(len(refs) > 0, "panel %q has no queries", p.Title)
}

// overTime reports whether panels of a type show a range of time.
func overTime(kind string) bool {
	return slices.Contains([]string{"timeseries", "state-timeline", "heatmap"}, kind)
}

// looks checks what the SDK leaves in a bad state by itself.
func (l *linter) looks(p panel) {
	f := p.FieldConfig.Defaults
	grey := slices.ContainsFunc(f.Mappings, func(m struct{ Type string }) bool { return m.Type == "special" })
	switch o := p.Options; p.Type {
	case "timeseries":
		l.check(o.Legend != nil && o.Legend.ShowLegend, "panel %q hides its legend", p.Title)
		l.check(o.Tooltip != nil && o.Tooltip.Mode == "multi", "panel %q: the tooltip does not show all series", p.Title)
		l.check(f.Min != nil && *f.Min == 0, "panel %q: the axis does not begin at 0", p.Title)
	case "stat", "bargauge":
		l.check(o.ReduceOptions != nil && slices.Equal(o.ReduceOptions.Calcs, []string{"lastNotNull"}), "panel %q does not show the last value", p.Title)
		l.check(grey, "panel %q: no data would look healthy", p.Title)
	case "table", "state-timeline":
		l.check(grey, "panel %q: no data would look healthy", p.Title)
	case "heatmap":
		l.check(len(p.Targets) == 1, "panel %q: %d queries; a heatmap draws one", p.Title, len(p.Targets))
	default:
		l.check(false, "panel %q has the unknown type %q", p.Title, p.Type)
	}
}

var (
	selection = regexp.MustCompile(`\b(claude(?:watch)?_\w+)(?:\{([^}]*)\})?(\[[^\]]*\])?`)
	matcher   = regexp.MustCompile(`^(\w+)(?:=~|!~|!=|=)"([^"]*)"$`)
	grouping  = regexp.MustCompile(`\b(?:by|without|on|ignoring) \(([^)]*)\)`)
	usedVar   = regexp.MustCompile(`\$\{?(\w+)\}?`)
)

// expr checks the names of an expression against the catalogue, and how it treats counters.
func (l *linter) expr(where, expr string) {
	l.check(!strings.Contains(expr, "vector(0)"), "%s: vector(0) makes no data look like 0", where)
	labels := map[string]bool{"le": strings.Contains(expr, "_bucket")}
	found := selection.FindAllStringSubmatchIndex(expr, -1)
	l.check(len(found) > 0, "%s: no metric in %s", where, expr)
	for _, at := range found {
		sub := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return expr[at[2*i]:at[2*i+1]]
		}
		m, ok := l.names[sub(1)]
		l.check(ok, "%s: %s is not in the catalogue", where, sub(1))
		for _, label := range m.Labels {
			labels[label] = true
		}
		l.matchers(where, m, sub(2))
		before := expr[:at[0]]
		counted := strings.HasSuffix(before, "rate(") || strings.HasSuffix(before, "increase(")
		if m.Type != metrics.Gauge && !strings.HasPrefix(expr, "label_values(") {
			l.check(counted, "%s: the counter %s is used without rate or increase", where, sub(1))
		}
		if counted {
			// A heatmap counts what came in each of its columns; other increases are those of the whole time.
			window := sub(3) == "[$__rate_interval]" || sub(3) == "[$__range]" && strings.HasSuffix(before, "increase(")
			l.check(window, "%s: the range %q; want [$__rate_interval], or [$__range] of an increase", where, sub(3))
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(g[1], ", ") {
			l.check(labels[label], "%s: no metric of the expression has the label %s", where, label)
		}
	}
	for _, v := range usedVar.FindAllStringSubmatch(expr, -1) {
		if !strings.HasPrefix(v[1], "__") {
			l.check(l.declared[v[1]], "%s: the variable %s is not declared", where, v[1])
			l.used[v[1]] = true
		}
	}
	l.used["datasource"] = true // every panel, variable and annotation is checked to use it
}

func (l *linter) matchers(where string, m metrics.Metric, text string) {
	if text == "" {
		return
	}
	for part := range strings.SplitSeq(text, ", ") {
		sub := matcher.FindStringSubmatch(part)
		if sub == nil {
			l.check(false, "%s: the matcher %s can't be read", where, part)
			continue
		}
		l.check(slices.Contains(m.Labels, sub[1]), "%s: %s has no label %s", where, m.Name, sub[1])
		l.check(!strings.HasPrefix(sub[2], "$") || sub[2] == "$"+sub[1], "%s: the label %s is matched with %s", where, sub[1], sub[2])
	}
}
