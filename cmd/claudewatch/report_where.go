package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// A condition is a name, an operator and a value; a comma ends it where another name and operator follow, so that a regular
// expression may hold commas.
var (
	conditionShape = regexp.MustCompile(`(?s)^\s*([A-Za-z_]+)\s*(=~|!~|!=|=)(.*)$`)
	conditionNext  = regexp.MustCompile(`,\s*[A-Za-z_]+\s*(=~|!~|!=|=)`)
)

func parseWhere(all []string) ([]store.ReportFilter, error) {
	var out []store.ReportFilter
	for _, text := range all {
		for _, condition := range splitConditions(text) {
			f, err := parseCondition(condition)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func splitConditions(text string) []string {
	var out []string
	for {
		next := conditionNext.FindStringIndex(text)
		if next == nil {
			return append(out, text)
		}
		out, text = append(out, text[:next[0]]), text[next[0]+1:]
	}
}

func parseCondition(text string) (store.ReportFilter, error) {
	var f store.ReportFilter
	parts := conditionShape.FindStringSubmatch(text)
	if parts == nil {
		return f, &usageError{err: fmt.Errorf("--where %q: no condition", clip(text, 60)), hint: "write app=shop, app!=shop, model=~claude-sonnet.* or model!~.*haiku.*"}
	}
	name, op, value := strings.ToLower(parts[1]), parts[2], strings.TrimSpace(parts[3])
	f.Dimension = store.Dimension(name)
	switch {
	case f.Dimension.IsTime():
		return f, &usageError{err: fmt.Errorf("--where %s: a time is no condition", name), hint: "--since and --until choose the time"}
	case !slices.Contains(store.Dimensions(), f.Dimension):
		return f, &usageError{err: fmt.Errorf("--where %q: no such dimension", clip(parts[1], 40)), hint: dimensionHint(name)}
	}
	switch op {
	case "=":
		f.Is = claude.Some(value)
	case "!=":
		f.Match = func(v string) bool { return v != value }
	default:
		re, err := regexp.Compile("^(?:" + value + ")$")
		if err != nil {
			return f, &usageError{err: fmt.Errorf("--where %s: %q is no regular expression", name, clip(value, 60))}
		}
		f.Match = func(v string) bool { return re.MatchString(v) == (op == "=~") }
	}
	return f, nil
}
