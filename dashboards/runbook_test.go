package dashboards_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/dashboards"
)

var (
	runbookURL = regexp.MustCompile(`claudewatch/blob/main/docs/([a-z]+\.md)(?:#([a-z_]+))?`)
	notAnchor  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// missing returns what is wrong with the links to the documentation in a text.
func missing(text string) []string {
	var problems []string
	for _, m := range runbookURL.FindAllStringSubmatch(text, -1) {
		page, err := os.ReadFile(filepath.Join("..", "docs", m[1]))
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		found := m[2] == ""
		for line := range strings.Lines(string(page)) {
			if heading := strings.TrimLeft(line, "#"); heading != line {
				found = found || strings.ReplaceAll(notAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-") == m[2]
			}
		}
		if !found {
			problems = append(problems, fmt.Sprintf("docs/%s has no heading %s", m[1], m[2]))
		}
	}
	return problems
}

// Who follows a link of an alert or a dashboard in the night finds what to do, not the top of some page.
func TestRunbooksAreThere(t *testing.T) {
	files := generate(t, dashboards.Options{})
	rules, err := dashboards.GenerateRules(dashboards.RuleOptions{Rules: builtin()})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, f := range append(files, rules...) {
		links += len(runbookURL.FindAllString(string(f.Content), -1))
		for _, p := range missing(string(f.Content)) {
			t.Errorf("%s: %s", f.Name, p)
		}
	}
	if links < 20 {
		t.Errorf("%d links found; want one for each dashboard and alert", links)
	}
	if got := missing("claudewatch/blob/main/docs/runbooks.md#nothing"); len(got) != 1 {
		t.Errorf("missing() = %v; want the heading that is not", got)
	}
}
