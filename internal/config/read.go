package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reader fills the configuration from a file. It goes on after an error, so that all of them are found at once; what could not
// be read keeps its default.
type reader struct {
	file    string
	origins map[string]Origin
	broken  []string
	errs    []*Error
}

// readFile reads the file's text into the configuration.
func (c *Config) readFile(data []byte) []*Error {
	root, err := document(c.file, data)
	if err != nil {
		return []*Error{err}
	}
	if root == nil {
		return nil
	}
	r := &reader{file: c.file, origins: c.origins}
	r.read("", root, reflect.ValueOf(c).Elem())
	c.broken = r.broken
	return r.errs
}

// fail notes an error in the value at path.
func (r *reader) fail(path string, n ast.Node, err error) {
	r.errs = append(r.errs, at(origin(r.file, n), path, err))
	r.broken = append(r.broken, path)
}

// read reads a node into a value of the configuration, according to the value's type.
func (r *reader) read(path string, n ast.Node, v reflect.Value) {
	if err := plain(n); err != nil {
		r.fail(path, n, err)
		return
	}
	if path != "" {
		r.origins[path] = origin(r.file, n)
	}
	null := n.Type() == ast.NullType
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		r.fail(path, n, secretInFile(path))
	case null && v.Kind() != reflect.Pointer: // the key alone: as if it were not there
		delete(r.origins, path)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if !null {
			r.read(path, n, v.Elem())
		}
	case isScalar(v):
		r.scalar(path, n, v)
	case v.Kind() == reflect.Struct:
		r.structure(path, n, v)
	case v.Kind() == reflect.Map:
		r.table(path, n, v)
	default:
		r.list(path, n, v)
	}
}

// plain refuses the parts of YAML that a configuration does without.
func plain(n ast.Node) error {
	switch n.Type() {
	case ast.AnchorType, ast.AliasType:
		return wrong("write the value out", "anchors and aliases are not supported")
	case ast.TagType:
		return wrong("leave it out", "tags are not supported")
	default:
		return nil
	}
}

func (r *reader) scalar(path string, n ast.Node, v reflect.Value) {
	text, ok := scalarText(n)
	if !ok {
		r.fail(path, n, fmt.Errorf("want one value, got %s", kind(n)))
		return
	}
	if err := setText(v, text); err != nil {
		r.fail(path, n, err)
	}
}

// structure reads a mapping whose keys are the fields of a struct.
func (r *reader) structure(path string, n ast.Node, v reflect.Value) {
	keys := fieldsOf(v.Type())
	r.pairs(path, n, func(key string, at, value ast.Node) {
		i, ok := keys.index[key]
		if !ok {
			r.unknown(path, key, at, v.Type())
			return
		}
		r.read(child(path, key), value, v.Field(i))
	})
}

// table reads a mapping whose keys are free. They are checked later, against the rules that there are.
func (r *reader) table(path string, n ast.Node, v reflect.Value) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	r.pairs(path, n, func(key string, at, value ast.Node) {
		elem := reflect.New(v.Type().Elem()).Elem()
		r.read(child(path, key), value, elem)
		r.origins[child(path, key)] = origin(r.file, at)
		v.SetMapIndex(reflect.ValueOf(key), elem)
	})
}

// pairs calls f for every key of a mapping.
func (r *reader) pairs(path string, n ast.Node, f func(key string, at, value ast.Node)) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.fail(path, n, fmt.Errorf("want keys and values, got %s", kind(n)))
		return
	}
	seen := map[string]Origin{}
	for _, p := range values {
		key, ok := scalarText(p.Key)
		if !ok || p.Value == nil {
			r.fail(path, p.Key, errors.New("want a plain key"))
			continue
		}
		o := origin(r.file, p.Key)
		if first, ok := seen[key]; ok {
			r.fail(path, p.Key, fmt.Errorf("key %s is there twice, first in line %d", showKey(key), first.Line))
			continue
		}
		seen[key] = o
		f(key, p.Key, p.Value)
	}
}

// list reads a sequence. A single value stands for a list of one.
func (r *reader) list(path string, n ast.Node, v reflect.Value) {
	nodes := []ast.Node{n}
	if s, ok := n.(*ast.SequenceNode); ok {
		nodes = s.Values
	} else if !isScalar(reflect.New(v.Type().Elem()).Elem()) {
		r.fail(path, n, wrong("begin each entry with a dash", "want a list, got %s", kind(n)))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(nodes), len(nodes)))
	for i, elem := range nodes {
		p := fmt.Sprintf("%s[%d]", path, i)
		if elem == nil || elem.Type() == ast.NullType {
			r.fail(p, n, wrong("what begins with # or * needs quotes", "the entry is empty"))
			continue
		}
		r.read(p, elem, v.Index(i))
	}
}

// child returns the path of a key in what is at path.
func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// kind says in plain words what a node is.
func kind(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "keys and values"
	case ast.SequenceType:
		return "a list"
	default:
		return "a single value"
	}
}

// scalarText returns a scalar as it is written.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode, *ast.NullNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}
