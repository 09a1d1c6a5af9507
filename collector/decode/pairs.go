package decode

import (
	"bytes"
	"encoding/json"
)

// OpenTelemetry writes attributes as a list of pairs, whose values say their type:
//
//	"attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"claude-sonnet-5"}}]
//
// They mean what the members of an object would mean.

// maxPairs bounds what is read of one list.
const maxPairs = 1000

// peek reports whether a container is to be taken as a whole by peeked: one that stands for a single value, or a list of pairs.
func (r *record) peek(f field, data []byte) bool {
	switch f.role {
	case roleSpent:
		return data[0] == '{' && isSpentObject(data)
	case roleAttributes:
		return data[0] == '[' && isPairs(data)
	default:
		return false
	}
}

// peeked takes a container that peek asked for.
func (r *record) peeked(parent *frame, f field, data []byte, depth int) {
	r.odd = true
	if r.trail != nil {
		r.trail.skip(r, f, data, depth)
	}
	switch {
	case parent == nil:
	case f.role == roleSpent:
		r.spentObject(data)
	default:
		r.attributes(parent, data)
	}
}

// isPairs reports a list of pairs by its beginning.
func isPairs(data []byte) bool {
	data = bytes.TrimLeft(data[1:min(len(data), 64)], " \t\r\n")
	if len(data) == 0 || data[0] != '{' {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(data[1:], " \t\r\n"), []byte(`"key"`))
}

// anyValue is a value with its type, as the protocol's JSON writes it. 64 bits are a text there.
type anyValue struct {
	String *json.RawMessage `json:"stringValue"`
	Int    *json.RawMessage `json:"intValue"`
	Double *json.RawMessage `json:"doubleValue"`
	Bool   *json.RawMessage `json:"boolValue"`
	Array  *struct {
		Values []anyValue `json:"values"`
	} `json:"arrayValue"`
}

// raw returns the value as JSON, nil where it is none that counts. Of a list it is the first: headers have one value mostly.
func (v anyValue) raw() json.RawMessage {
	for _, p := range []*json.RawMessage{v.String, v.Int, v.Double, v.Bool} {
		if p != nil {
			return *p
		}
	}
	if v.Array != nil && len(v.Array.Values) > 0 && v.Array.Values[0].Array == nil {
		return v.Array.Values[0].raw()
	}
	return nil
}

// attributes takes the pairs as members of the object that the list stands in.
func (r *record) attributes(parent *frame, data []byte) {
	var list []struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(data, &list) != nil || len(list) > maxPairs {
		return
	}
	for _, p := range list {
		raw := p.Value
		var typed anyValue
		if len(raw) > 0 && raw[0] == '{' {
			if json.Unmarshal(raw, &typed) != nil {
				continue
			}
			raw = typed.raw()
		}
		if s, ok := scalarOf(raw); ok {
			r.scalar(parent, fieldOf([]byte(p.Key)), s)
		}
	}
}

// scalarOf reads a value that is no container.
func scalarOf(raw []byte) (scalar, bool) {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return scalar{}, false
	}
	w := walker{b: raw}
	s, err := w.leaf()
	return s, err == nil && s.kind != kindNull
}
