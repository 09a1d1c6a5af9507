package dashboards_test

import (
	"regexp"
	"slices"
	"strings"
)

// columns is what a table does with the answers of its queries.
type columns struct {
	Options struct {
		IndexByName  map[string]int
		RenameByName map[string]string
	}
}

var legendLabel = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// shown checks that what a panel shows of an answer is in it: labels that the query keeps, and the columns as Grafana names them.
func (l *linter) shown(p panel) {
	for _, t := range p.Targets {
		for _, m := range legendLabel.FindAllStringSubmatch(t.LegendFormat, -1) {
			l.check(slices.Contains(kept(t.Expr), m[1]), "panel %q: the legend names %s, which the query does not keep", p.Title, m[1])
		}
	}
	if p.Type != "table" {
		return
	}
	titles := map[string]bool{}
	for _, c := range p.Transformations {
		for _, t := range p.Targets {
			title, ok := c.Options.RenameByName["Value #"+t.RefID]
			if c.Options.RenameByName == nil {
				continue // merge
			}
			l.check(ok && title != "" && !titles[title], "panel %q: the column of query %s is called %q", p.Title, t.RefID, title)
			titles[title] = true
			if len(p.Targets) == 1 {
				l.check(c.Options.RenameByName["Value"] == title, "panel %q: a single query's column is called Value, and is not renamed", p.Title)
			}
			for name := range c.Options.IndexByName {
				if !strings.HasPrefix(name, "Value") {
					l.check(slices.Contains(kept(t.Expr), name), "panel %q: the column %s is not in the answer of query %s", p.Title, name, t.RefID)
				}
			}
		}
	}
	l.check(len(p.Options.SortBy) == 1 && titles[p.Options.SortBy[0].DisplayName], "panel %q: sorted by %v; want one of its columns", p.Title, p.Options.SortBy)
}

// kept are the labels that an expression is grouped by.
func kept(expr string) []string {
	var all []string
	for _, g := range grouping.FindAllStringSubmatch(expr, -1) {
		all = append(all, strings.Split(g[1], ", ")...)
	}
	return all
}
