package alerts

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxAnnotation is how long one annotation may be, in bytes.
const maxAnnotation = 2000

// PromLabels returns the labels of an alert as Prometheus's tools know them: the rule is the alertname, and values are never in
// them, so that they stay the same for the whole episode. The severity that an alert fires with may change, and with it the alert.
func PromLabels(a *Alert) map[string]string {
	labels := map[string]string{"alertname": a.Rule, "severity": string(a.Severity)}
	for name, value := range a.Labels {
		if name != "alertname" && name != "severity" && value != "" {
			labels[name] = strings.ToValidUTF8(value, "")
		}
	}
	return labels
}

// Annotations returns what a message says beside its labels.
func Annotations(m *Message) map[string]string {
	a := &m.Alert
	all := map[string]string{"summary": a.Facts.Title}
	for _, f := range a.Facts.Fields {
		if f.Name != "" && f.Value != "" {
			all[key(f.Name)] = f.Value
		}
	}
	if len(a.Facts.Do) > 0 {
		all["do"] = strings.Join(a.Facts.Do, "\n")
	}
	var who []string
	for _, c := range a.Facts.Consumers {
		who = append(who, ConsumerName(c)+" "+percent(c.Share))
	}
	if len(who) > 0 {
		all["consumers"] = strings.Join(who, ", ")
	}
	all["value"], all["peak"] = Amount(a.Value, a.Facts.Unit), Amount(a.Peak, a.Facts.Unit)
	all["episode"], all["revision"] = a.Episode, strconv.FormatInt(a.Revision, 10)
	if !a.EndsAt.IsZero() {
		all["ends_at"] = a.EndsAt.UTC().Format(time.RFC3339)
	}
	if m.MaybeSent {
		all["possible_repeat"] = "true"
	}
	for name, value := range all {
		all[name] = shortened(value)
	}
	return all
}

// key makes the name of a fact one that templates can name.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '_'
		}
	}, name)
}

func shortened(s string) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= maxAnnotation {
		return s
	}
	s = s[:maxAnnotation]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
