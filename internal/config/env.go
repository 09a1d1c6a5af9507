package config

import (
	"fmt"
	"reflect"
	"strings"
)

// tailEnv names globs to follow, beside the sources of the file.
const tailEnv = "CLAUDEWATCH_TAIL"

// ApplyEnv sets what the environment says, which wins over what is there. Load and Parse have done it when their options name the
// environment. The error joins all that is wrong as [*Error]s.
func (c *Config) ApplyEnv(lookup func(string) string) error { return join(c.applyEnv(lookup)) }

// environment reads settings from environment variables. A variable that is empty counts as not set.
type environment struct {
	lookup  func(string) string
	origins map[string]Origin
	broken  []string
	errs    []*Error
}

func (c *Config) applyEnv(lookup func(string) string) []*Error {
	e := &environment{lookup: lookup, origins: c.origins}
	e.structure("", reflect.ValueOf(c).Elem())
	e.webhook(&c.Webhook)
	e.api(&c.API)
	e.alerts(c)
	e.tail(c)
	e.slack(c)
	e.receivers(c)
	c.environ = true
	c.broken = append(c.broken, e.broken...)
	return e.errs
}

// structure sets every field of a struct that is one value or a list of texts. The variable is named after the path.
func (e *environment) structure(path string, v reflect.Value) {
	keys := fieldsOf(v.Type())
	for _, key := range keys.names {
		p, f := child(path, key), v.Field(keys.index[key])
		secret := f.Type() == reflect.TypeFor[Secret]()
		if f.Kind() == reflect.Struct && !secret && !isScalar(f) {
			e.structure(p, f)
		} else if secret || isScalar(f) || f.Type() == reflect.TypeFor[[]string]() {
			e.set(p, envName(p), f)
		}
	}
}

// set sets the value at path from a variable and reports whether it was set.
func (e *environment) set(path, name string, v reflect.Value) bool {
	text := e.lookup(name)
	if text == "" {
		return false
	}
	e.origins[path] = Origin{File: name}
	if v.Type() == reflect.TypeFor[[]string]() {
		v.Set(reflect.ValueOf(splitList(text)))
		return true
	}
	if err := setText(v, text); err != nil {
		e.errs = append(e.errs, at(Origin{File: name}, path, err))
		e.broken = append(e.broken, path)
		return false
	}
	return true
}

// webhook lets a token in the environment win over a file that the configuration names.
func (e *environment) webhook(w *Webhook) {
	if !w.Token.IsZero() && e.origins["webhook.token_file"].Line > 0 {
		w.TokenFile = ""
		delete(e.origins, "webhook.token_file")
	}
}

// api does the same for the token of the HTTP interface.
func (e *environment) api(a *API) {
	if !a.Token.IsZero() && e.origins["api.token_file"].Line > 0 {
		a.TokenFile = ""
		delete(e.origins, "api.token_file")
	}
}

// receivers fills in the secrets that receivers leave out. Those of Slack are treated apart.
func (e *environment) receivers(c *Config) {
	for i := range c.Receivers {
		for _, h := range c.Receivers[i].secrets() {
			if h.env == "" || *h.file != "" || !h.secret.IsZero() {
				continue
			}
			if text := strings.TrimSpace(e.lookup(h.env)); text != "" {
				*h.secret = NewSecret(text)
				e.origins[fmt.Sprintf("receivers[%d].%s", i, h.key)] = Origin{File: h.env}
			}
		}
	}
}

// alerts sets the keys of the rules that there are.
func (e *environment) alerts(c *Config) {
	t := reflect.TypeFor[Alert]()
	for _, rule := range c.rules {
		v := reflect.New(t).Elem()
		v.Set(reflect.ValueOf(c.Alerts[rule.Name]))
		found := false
		for _, key := range fieldsOf(t).names {
			p := "alerts." + rule.Name + "." + key
			found = e.set(p, envName(p), v.Field(fieldsOf(t).index[key])) || found
		}
		if !found {
			continue
		}
		if c.Alerts == nil {
			c.Alerts = map[string]Alert{}
		}
		c.Alerts[rule.Name] = v.Interface().(Alert)
	}
}

// tail adds a source with the globs of the environment.
func (e *environment) tail(c *Config) {
	if text := e.lookup(tailEnv); text != "" {
		e.origins[fmt.Sprintf("sources[%d].tail", len(c.Sources))] = Origin{File: tailEnv}
		c.Sources = append(c.Sources, Source{Tail: splitList(text)})
	}
}

// splitList splits at commas, without the spaces around them.
func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
