package alerts

import (
	"slices"
	"strings"
)

// Route says which alerts a receiver hears of. Whoever was told of an episode hears of its end too, whatever becomes of the alert.
type Route struct {
	Name       string
	Severities []Severity // none means all
	Match      []Match    // all of them must match
}

// Match is what a label may be. The labels of an alert are those that it has, with rule and severity beside them. An alert about a
// limit that all apps share has no app: for it, app matches those that make the most of the use.
type Match struct {
	Label    string
	Patterns []string // one of them must match; * stands for any text
}

// sharedBy is the share of a limit's use from which on an alert about the limit is an app's own matter too.
const sharedBy = 0.2

// Takes reports whether the receiver is to hear of an alert.
func (r *Route) Takes(a *Alert) bool {
	if len(r.Severities) > 0 && !slices.Contains(r.Severities, a.Severity) {
		return false
	}
	for i := range r.Match {
		if !r.Match[i].takes(a) {
			return false
		}
	}
	return true
}

func (m *Match) takes(a *Alert) bool {
	value := a.Label(m.Label)
	if value != "" || m.Label != "app" {
		return m.fits(value)
	}
	for _, c := range a.Facts.Consumers {
		if c.Share >= sharedBy && m.fits(c.App) {
			return true
		}
	}
	return false
}

// fits reports whether a value matches one of the patterns. An unknown value matches none.
func (m *Match) fits(value string) bool {
	return value != "" && slices.ContainsFunc(m.Patterns, func(p string) bool { return glob(p, value) })
}

// glob matches a text against a pattern in which * is any text.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// Label returns a label of the alert; its rule and severity are labels too. "" is unknown.
func (a *Alert) Label(name string) string {
	switch name {
	case "rule":
		return a.Rule
	case "severity":
		return string(a.Severity)
	default:
		return a.Labels[name]
	}
}
