package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Error is one thing that is wrong with a configuration. It never holds a secret.
type Error struct {
	File   string // the file, environment variable or flag that it is wrong in; "" where that is unknown
	Line   int    // from 1; 0 outside files
	Column int    // from 1; 0 outside files
	Msg    string
	Hint   string // what to do about it; "" for none
}

// Error returns "file:line:column: message: hint", without the parts that are unknown.
func (e *Error) Error() string {
	s := e.Msg
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	if o := (Origin{e.File, e.Line, e.Column}).String(); o != "" {
		s = o + ": " + s
	}
	return s
}

// Origin is where a value came from. The zero Origin is a default.
type Origin struct {
	File   string // or an environment variable, or a flag
	Line   int    // from 1; 0 outside files
	Column int    // from 1; 0 outside files
}

// String returns "file:line:column", or the name alone outside files.
func (o Origin) String() string {
	if o.Line == 0 {
		return o.File
	}
	return fmt.Sprintf("%s:%d:%d", o.File, o.Line, o.Column)
}

// wrong returns an error without a place, for the parsers of single values.
func wrong(hint, format string, args ...any) error {
	return &Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// at says where and in which key a parser's error happened.
func at(o Origin, path string, err error) *Error {
	e := &Error{File: o.File, Line: o.Line, Column: o.Column, Msg: err.Error()}
	if in, ok := errors.AsType[*Error](err); ok {
		e.Msg, e.Hint = in.Msg, in.Hint
	}
	if path != "" {
		e.Msg = path + ": " + e.Msg
	}
	return e
}

// Errors returns everything that is wrong according to an error of this package, in order, to show line by line. It is nil for an
// error that is not about values, such as one for a missing file.
func Errors(err error) []*Error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var list []*Error
		for _, one := range many.Unwrap() {
			list = append(list, Errors(one)...)
		}
		return list
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return []*Error{e}
	}
	return nil
}

// sortErrors puts errors in the order of the file, those of the environment first.
func sortErrors(errs []*Error) {
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
