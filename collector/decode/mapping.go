package decode

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// target is a field of a call that a log may keep under a name of its own.
type target uint8

const (
	targetApp target = iota
	targetUser
	targetWorkspace
	targetOrganization
	targetModel
	targetRequestID
	targetMessageID
	targetProvider
	targetDuration
	targetStatus
	targetError
	targetCount
)

// targets are the names of the targets, and the parts of a call that they are.
var targets = [targetCount]struct {
	name string
	part part
}{
	{"app", partApp},
	{"user", partUser},
	{"workspace", partWorkspace},
	{"organization", partOrganization},
	{"model", partModel},
	{"request_id", partRequestID},
	{"message_id", partMessageID},
	{"provider", partProvider},
	{"duration", partDuration},
	{"status", partStatus},
	{"error", partErrorType},
}

// Fields returns the names of the fields that a log may keep under names of its own, for [Options].
func Fields() []string {
	var names []string
	for _, t := range targets {
		names = append(names, t.name)
	}
	return names
}

// mapping says where a log keeps one field.
type mapping struct {
	target target
	path   []byte
}

// newMappings checks what the configuration says.
func newMappings(fields map[string]string) ([]mapping, error) {
	var ms []mapping
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		path := strings.TrimSpace(fields[name])
		i := slices.Index(Fields(), name)
		if i < 0 {
			return nil, fmt.Errorf("fields: unknown field %q%s; known are %s", name, nearest(name), strings.Join(Fields(), ", "))
		}
		if path == "" {
			return nil, fmt.Errorf("fields: %s: the path is empty", name)
		}
		ms = append(ms, mapping{target(i), []byte(path)})
	}
	return ms, nil
}

// nearest suggests the field that a wrong name was probably meant to be, or nothing.
func nearest(name string) string {
	best, least := "", 1+len(name)/3
	for _, t := range targets {
		if n := distance(name, t.name); n < least {
			best, least = t.name, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is how many letters must be put in, taken out or changed to make one name the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// matches reports whether the keys of a path and a last one, joined by dots, are the mapping's. The first key is that of the
// outermost object, which has none.
func (m mapping) matches(path [][]byte, key []byte) bool {
	rest := m.path
	if !bytes.HasSuffix(rest, key) { // mostly
		return false
	}
	for i, k := range path {
		if i == 0 {
			continue
		}
		if !bytes.HasPrefix(rest, k) || len(rest) <= len(k) || rest[len(k)] != '.' {
			return false
		}
		rest = rest[len(k)+1:]
	}
	return bytes.Equal(rest, key)
}

// take keeps a value that the configuration asks for. Only texts and numbers are kept.
func (r *record) take(key []byte, s scalar) {
	if s.kind != kindString && s.kind != kindNumber || len(s.raw) == 0 {
		return
	}
	for _, m := range r.fields {
		if m.matches(r.path, key) {
			r.mapped[m.target] = mappedText(m, s)
			r.isMapped = true
			r.tookMapped(m, s.raw)
		}
	}
}

// mappedText is the text of a mapped value. Of a time that a call took the name says the unit, where the value does not.
func mappedText(m mapping, s scalar) string {
	text := s.text()
	if _, ok := s.number(); m.target != targetDuration || !ok {
		return text
	}
	for _, u := range []struct{ suffix, unit string }{
		{"ms", "ms"},
		{"millis", "ms"},
		{"milliseconds", "ms"},
		{"us", "us"},
		{"micros", "us"},
		{"microseconds", "us"},
		{"ns", "ns"},
		{"nanos", "ns"},
		{"nanoseconds", "ns"},
	} {
		if bytes.HasSuffix(bytes.ToLower(m.path), []byte(u.suffix)) {
			return text + u.unit
		}
	}
	return text + "s"
}

// mappedRank is better than any other place where a value may stand.
const mappedRank = 100

// applyMapped puts mapped values over what was found by name.
func (r *record) applyMapped() {
	if !r.isMapped {
		return
	}
	r.isMapped = false
	for i, value := range r.mapped {
		if value == "" {
			continue
		}
		switch t := target(i); t {
		case targetRequestID:
			r.call.RequestID, r.idR = value, mappedRank
		case targetProvider:
			r.call.Provider, r.named = value, true
		case targetDuration:
			if d, err := time.ParseDuration(strings.ReplaceAll(value, " ", "")); err == nil && d >= 0 {
				r.call.DurationSeconds = claude.Some(d.Seconds())
			}
		case targetStatus:
			if n, ok := statusOf(scalar{kindString, []byte(value)}); ok && n >= 100 && n <= 599 {
				r.call.Status, r.statusR = n, mappedRank
			}
		case targetError:
			r.mappedError(value)
		default:
			*textOf(&r.call, targets[t].part) = value
		}
	}
}

// mappedError takes the type of an error, or its text, which is read for what it says and not kept.
func (r *record) mappedError(value string) {
	if idAt([]byte(value)) == value {
		r.refusal.Type = value
		return
	}
	r.free([]byte(value))
	if r.refusal.Message == "" {
		r.refusal.Message = value
	}
}
