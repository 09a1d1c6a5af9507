package alerts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Matcher compares one label of an alert; its rule and severity are labels too. A label that the alert does not have is "".
type Matcher struct {
	Name  string `json:"name"`
	Op    string `json:"op"` // one of = != =~ !~; regular expressions match the whole value
	Value string `json:"value"`
}

// String returns the matcher as ParseMatcher reads it.
func (m Matcher) String() string { return m.Name + m.Op + m.Value }

var matcherShape = regexp.MustCompile(`^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$`)

// ParseMatcher reads name=value, name!=value, name=~regexp or name!~regexp. The value may stand in double quotes.
func ParseMatcher(text string) (Matcher, error) {
	parts := matcherShape.FindStringSubmatch(text)
	if parts == nil {
		return Matcher{}, fmt.Errorf("matcher %q: write it as in rule=limit_usage_high, workspace!=test or app=~\"shop.*\"", clipped(text))
	}
	m := Matcher{Name: parts[1], Op: parts[2], Value: parts[3]}
	if v, ok := strings.CutPrefix(m.Value, `"`); ok && strings.HasSuffix(v, `"`) {
		m.Value = strings.TrimSuffix(v, `"`)
	}
	_, err := m.compile()
	return m, err
}

// matcher is a Matcher that is ready to be asked.
type matcher struct {
	Matcher
	re *regexp.Regexp // of =~ and !~
}

func (m Matcher) compile() (matcher, error) {
	switch {
	case m.Name == "" || !slices.Contains([]string{"=", "!=", "=~", "!~"}, m.Op):
		return matcher{}, fmt.Errorf("matcher %q: want a label, one of = != =~ !~, and a value", clipped(m.String()))
	case unfitText(m.Value) || len(m.Name) > maxSilenceText:
		return matcher{}, fmt.Errorf("matcher of %s: the value is longer than %d characters or holds control characters", clipped(m.Name), maxSilenceText)
	case m.Op == "=" || m.Op == "!=":
		return matcher{Matcher: m}, nil
	}
	re, err := regexp.Compile("^(?:" + m.Value + ")$")
	if err != nil {
		return matcher{}, fmt.Errorf("matcher %s: no valid regular expression", clipped(m.String()))
	}
	return matcher{m, re}, nil
}

func (m *matcher) matches(a *Alert) bool {
	value := a.Label(m.Name)
	switch m.Op {
	case "=":
		return value == m.Value
	case "!=":
		return value != m.Value
	case "=~":
		return m.re.MatchString(value)
	default:
		return !m.re.MatchString(value)
	}
}

func unfitText(s string) bool {
	return utf8.RuneCountInString(s) > maxSilenceText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}

func clipped(s string) string {
	r := []rune(strings.ToValidUTF8(s, ""))
	return string(r[:min(len(r), 60)])
}
