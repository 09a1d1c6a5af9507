package config

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const docsPath = "../../docs/configuration.md"

func docs(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// setting is one key as the documentation should name it.
type setting struct{ key, env, value string }

// settings walks the struct, with [] for list entries and <rule> for a rule's name.
func settings(path string, v reflect.Value) []setting {
	secret := v.Type() == reflect.TypeFor[Secret]()
	switch {
	case v.Kind() == reflect.Pointer:
		return settings(path, reflect.New(v.Type().Elem()).Elem())
	case v.Kind() == reflect.Struct && v.NumField() > 0 && !secret && !isScalar(v):
		var list []setting
		keys := fieldsOf(v.Type())
		for _, key := range keys.names {
			list = append(list, settings(child(path, key), v.Field(keys.index[key]))...)
		}
		return list
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		return settings(path+"[]", reflect.New(v.Type().Elem()).Elem())
	case v.Type() == reflect.TypeFor[map[string]Alert]():
		return settings(path+".<rule>", reflect.New(v.Type().Elem()).Elem())
	}
	s := setting{key: path}
	if slack, ok := strings.CutPrefix(path, "receivers[].slack."); ok {
		s.env = envName("slack." + slack)
	} else if !strings.Contains(path, "[]") {
		s.env = envName(path)
		if !v.IsZero() {
			s.value = fmt.Sprint(v.Interface())
		}
	}
	return []setting{s}
}

// Every key is in a table with its variable and its default, and the tables hold nothing else.
func TestEveryKeyIsDocumented(t *testing.T) {
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_.<>\\[\\]]+)` \\|.*$").FindAllStringSubmatch(docs(t), -1) {
		rows[m[1]] = m[0]
	}
	all := settings("", reflect.ValueOf(Default()).Elem())
	if len(all) < 30 {
		t.Fatalf("settings() = %d keys; want all of them", len(all))
	}
	for _, s := range all {
		row, ok := rows[s.key]
		delete(rows, s.key)
		if !ok || !strings.Contains(row, "`"+s.env+"`") && s.env != "" || !strings.Contains(row, "`"+s.value+"`") && s.value != "" {
			t.Errorf("row of %s in %s is %q; want one with %q and %q", s.key, docsPath, row, s.env, s.value)
		}
	}
	for key := range rows {
		t.Errorf("%s documents %s; want only keys that there are", docsPath, key)
	}
}

// The variables that the documentation names are the ones that are read.
func TestEveryDocumentedVariableIsRead(t *testing.T) {
	read := map[string]bool{}
	_, err := Parse("", nil, Options{Rules: testRules(), Environ: func(name string) string {
		read[name] = true
		return ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`CLAUDEWATCH_[A-Z_<>]*[A-Z>]`).FindAllString(docs(t), -1) {
		name = strings.Replace(name, "<RULE>", "LIMIT_USAGE_HIGH", 1)
		if !read[name] && name != "CLAUDEWATCH_SLACK" {
			t.Errorf("%s names %s; want only variables that are read", docsPath, name)
		}
	}
}

func TestDocumentedExamplesParse(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(docs(t), -1)
	if len(blocks) == 0 {
		t.Fatal("no example found")
	}
	for _, b := range blocks {
		c, err := parseText(b[1])
		if err != nil {
			t.Errorf("Parse(%s) = %v; want nil", b[1], err)
			continue
		}
		// A complete example gives every part; checked by origins, since a value may equal its default.
		for _, key := range fieldsOf(reflect.TypeFor[Config]()).names {
			if c.Origin(key) == (Origin{}) {
				t.Errorf("the complete example lacks %s", key)
			}
		}
	}
}

func TestDocumentedNamesAreTheValidOnes(t *testing.T) {
	text := docs(t)
	for _, names := range [][]string{FieldNames(), limiters(), severities()} {
		for _, name := range names {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("%s lacks %s; want every valid name", docsPath, name)
			}
		}
	}
}
