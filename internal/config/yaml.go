package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds for a file, so that a wrong one, a log say, is refused at once: the parser's time grows with the square of the depth and of
// the number of keys. Real configurations have a few kilobytes and five levels.
const (
	maxFile    = 128 << 10 // bytes
	maxLines   = 10_000
	maxNesting = 1000
)

// document parses a file and returns its only document; nil means that there is nothing in it.
func document(file string, data []byte) (ast.Node, *Error) {
	switch {
	case len(data) > maxFile:
		return nil, &Error{File: file, Msg: fmt.Sprintf("the file is larger than %d kB", maxFile>>10)}
	case bytes.Count(data, []byte("\n")) > maxLines:
		return nil, &Error{File: file, Msg: fmt.Sprintf("the file has more than %d lines", maxLines)}
	case deep(data):
		return nil, &Error{File: file, Msg: "the file is nested too deeply"}
	}
	f, err := parse(data)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	var body ast.Node
	for _, d := range f.Docs {
		switch {
		case d.Body == nil || d.Body.Type() == ast.CommentType:
		case body != nil:
			o := origin(file, d.Body)
			return nil, &Error{o.File, o.Line, o.Column, "a second document", "a configuration is one document: drop the line ---"}
		default:
			body = d.Body
		}
	}
	return body, nil
}

// parse calls the library. Its scanner indexes into the text by hand, so a panic there must not take the agent down on a reload.
func parse(data []byte) (f *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it can't be read as YAML")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey()) // duplicates are reported with all the rest
}

// syntaxError takes the place and the reason from the library's error, and leaves out the excerpt of the file, which may hold a secret.
func syntaxError(file string, err error) *Error {
	e := &Error{File: file, Msg: "invalid YAML: " + err.Error()}
	if in, ok := errors.AsType[yaml.Error](err); ok {
		reason, _, _ := strings.Cut(in.GetMessage(), "\n")
		reason, _, _ = strings.Cut(reason, `"`) // what is quoted is text of the file
		e.Msg = "invalid YAML: " + strings.TrimSpace(reason)
		if tk := in.GetToken(); tk != nil && tk.Position != nil {
			e.Line, e.Column = tk.Position.Line, tk.Position.Column
		}
	}
	return e
}

// deep reports nesting beyond what any configuration has: by brackets, or by list marks on one line. Nesting by indentation needs more
// bytes for every level, so the size of the file bounds it. Brackets inside of texts count too; real ones come in pairs.
func deep(data []byte) bool {
	brackets, marks := 0, 0
	for _, b := range data {
		switch b {
		case '[', '{':
			brackets++
		case ']', '}':
			brackets = max(brackets-1, 0)
		case '-', '?':
			marks++
		case ' ', '\t':
		default:
			marks = 0
		}
		if brackets > maxNesting || marks > maxNesting {
			return true
		}
	}
	return false
}

// origin returns where a node begins.
func origin(file string, n ast.Node) Origin {
	tk := n.GetToken()
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle { // its own token is the first colon
			return origin(file, n.Values[0])
		}
	case *ast.MappingValueNode:
		return origin(file, n.Key)
	}
	if tk == nil || tk.Position == nil {
		return Origin{File: file}
	}
	return Origin{file, tk.Position.Line, tk.Position.Column}
}
