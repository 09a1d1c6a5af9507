package alerts

import (
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

func TestRouteTakes(t *testing.T) {
	a := mutable()
	a.Facts.Consumers = []claude.Consumer{{App: "shop", Share: 0.6}, {App: "batch", Share: 0.1}}
	own := mutable()
	own.Labels["app"] = "search"
	for name, c := range map[string]struct {
		route Route
		alert *Alert
		want  bool
	}{
		"all":             {Route{}, a, true},
		"severity":        {Route{Severities: []Severity{Critical}}, a, false},
		"rule":            {Route{Match: []Match{{"rule", []string{"x", "limit_usage_high"}}}}, a, true},
		"rule pattern":    {Route{Match: []Match{{"rule", []string{"limit_*"}}}}, a, true},
		"other rule":      {Route{Match: []Match{{"rule", []string{"*spike"}}}}, a, false},
		"workspace":       {Route{Match: []Match{{"workspace", []string{"test-*"}}}}, a, true},
		"and":             {Route{Match: []Match{{"workspace", []string{"test-*"}}, {"pool", []string{"opus-*"}}}}, a, false},
		"unknown label":   {Route{Match: []Match{{"organization", []string{"*"}}}}, a, false},
		"top app":         {Route{Match: []Match{{"app", []string{"shop"}}}}, a, true},
		"small app":       {Route{Match: []Match{{"app", []string{"batch"}}}}, a, false},
		"own app":         {Route{Match: []Match{{"app", []string{"search"}}}}, own, true},
		"another's app":   {Route{Match: []Match{{"app", []string{"shop"}}}}, own, false},
		"any text inside": {Route{Match: []Match{{"workspace", []string{"t*-*u"}}}}, a, true},
	} {
		if got := c.route.Takes(c.alert); got != c.want {
			t.Errorf("%s: Takes() = %v; want %v", name, got, c.want)
		}
	}
}
