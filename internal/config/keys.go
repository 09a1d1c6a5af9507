package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// keySet is the keys of one struct, in the order of its fields.
type keySet struct {
	names []string
	index map[string]int // of the field
}

// fieldsOf returns the keys that the yaml tags of a struct name.
func fieldsOf(t reflect.Type) keySet {
	k := keySet{index: map[string]int{}}
	for i := range t.NumField() {
		if tag, ok := t.Field(i).Tag.Lookup("yaml"); ok {
			name, _, _ := strings.Cut(tag, ",")
			k.names = append(k.names, name)
			k.index[name] = i
		}
	}
	return k
}

// writable returns the keys that a file may hold: all but the secrets.
func (k keySet) writable(t reflect.Type) []string {
	return slices.DeleteFunc(slices.Clone(k.names), func(name string) bool {
		return t.Field(k.index[name]).Type == reflect.TypeFor[Secret]()
	})
}

// unknown notes a key that the struct doesn't have.
func (r *reader) unknown(path, key string, n ast.Node, t reflect.Type) {
	in := ""
	if path != "" {
		in = " in " + path
	}
	err := wrong(didYouMean(key, fieldsOf(t).writable(t)), "unknown key %s%s", showKey(key), in)
	r.errs = append(r.errs, at(origin(r.file, n), "", err))
	r.broken = append(r.broken, child(path, key))
}

// secretInFile is the error for a key that would hold a secret.
func secretInFile(path string) error {
	return wrong(fmt.Sprintf("put it into a file of its own and name that with %s_file, or set %s", path[strings.LastIndexByte(path, '.')+1:],
		secretEnv(path)), "a secret must not stand in the configuration")
}

// secretEnv returns the environment variable of a secret, named after the last two parts of its path, as in CLAUDEWATCH_SLACK_TOKEN.
func secretEnv(path string) string {
	parts := strings.Split(path, ".")
	if strings.HasPrefix(path, "receivers[") && len(parts) == 3 {
		return receiverEnv(parts[1], parts[2])
	}
	return envName(strings.Join(parts[max(len(parts)-2, 0):], "."))
}

// envName returns the environment variable of a setting, as in CLAUDEWATCH_DATABASE_PATH for "database.path".
func envName(path string) string {
	return "CLAUDEWATCH_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}
