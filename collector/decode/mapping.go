package decode

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// targets are the fields of a call that a log may keep under names of its own.
var targets = []string{"app", "user", "workspace", "organization", "model", "request_id"}

// mapping says where a log keeps one field.
type mapping struct {
	target string
	path   []byte
}

// newMappings checks what the configuration says.
func newMappings(fields map[string]string) ([]mapping, error) {
	var ms []mapping
	for _, target := range slices.Sorted(maps.Keys(fields)) {
		path := strings.TrimSpace(fields[target])
		if !slices.Contains(targets, target) {
			return nil, fmt.Errorf("fields: unknown field %q; known are %s", target, strings.Join(targets, ", "))
		}
		if path == "" {
			return nil, fmt.Errorf("fields: %s: the path is empty", target)
		}
		ms = append(ms, mapping{target, []byte(path)})
	}
	return ms, nil
}

// matches reports whether the keys of a path and a last one, joined by dots, are the mapping's. The first key is that of the
// outermost object, which has none.
func (m mapping) matches(path [][]byte, key []byte) bool {
	rest := m.path
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
	for _, m := range r.fields {
		if (s.kind == kindString || s.kind == kindNumber) && len(s.raw) > 0 && m.matches(r.path, key) {
			if r.mapped == nil {
				r.mapped = map[string]string{}
			}
			r.mapped[m.target] = s.text()
		}
	}
}

// applyMapped puts mapped values over what was found by name.
func (r *record) applyMapped() {
	for target, value := range r.mapped {
		switch target {
		case "app":
			r.call.App = value
		case "user":
			r.call.User = value
		case "workspace":
			r.call.Workspace = value
		case "organization":
			r.call.Organization = value
		case "model":
			r.call.Model = value
		case "request_id":
			r.call.RequestID = value
		}
	}
}
