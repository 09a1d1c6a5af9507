package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Two sources must never look like one that is there twice.
func TestSourcesLookDifferent(t *testing.T) {
	const deep = "/a/folder/with/a/long/name/support/*.log"
	for _, tt := range []struct {
		name    string
		sources []string
	}{
		{"the same end", []string{"/srv/blue" + deep, "/srv/green" + deep, "webhook"}},
		{"the same end and beginning", []string{"/srv/containers/blue" + deep, "/srv/containers/pink" + deep, "/srv/containers/grey" + deep}},
		{"nothing but what can't be shown tells them apart", []string{"app.log", "app\x01.log", "app\x02.log"}},
	} {
		var sources []sourcePicture
		for _, s := range tt.sources {
			sources = append(sources, sourcePicture{Source: s})
		}
		names, seen := shortNames(sources, 30), map[string]bool{}
		for i, name := range names {
			if seen[name] || utf8.RuneCountInString(name) > 30 || !strings.HasSuffix(name, ".log") && name != "webhook" {
				t.Errorf("%s: %q is shown as %q of %q; want a name of its own in 30 runes that ends as it does", tt.name, tt.sources[i], name, names)
			}
			seen[name] = true
		}
		for _, name := range names {
			if table := sourceTable(sources, time.Now()); !strings.Contains(table, name) {
				t.Errorf("%s: the table does not show %q:\n%s", tt.name, name, table)
			}
		}
	}
	if names := shortNames([]sourcePicture{{Source: "/srv/blue" + deep}}, 30); names[0] != clipLeft("/srv/blue"+deep, 30) {
		t.Errorf("one alone is shown as %q; want its end", names[0])
	}
}
