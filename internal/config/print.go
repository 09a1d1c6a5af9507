package config

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/claudewatch/claudewatch/claude"
)

// Print writes what is in force as YAML, with secrets hidden, and behind each value where it came from unless it is a default. Without
// secrets from the environment the output is a configuration again.
func (c *Config) Print(w io.Writer) error {
	out, err := yaml.MarshalWithOptions(c.printable(),
		yaml.IndentSequence(true), yaml.WithComment(c.comments()),
		yaml.CustomMarshaler(optText[bool]), yaml.CustomMarshaler(optText[float64]), yaml.CustomMarshaler(optText[Duration]))
	if err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	out = misplaced.ReplaceAll(out, []byte("$1: $3 # $2"))
	// A secret in the wrong place, as in the name of an app, is no Secret to the encoder.
	_, err = w.Write(secretText.ReplaceAll(out, []byte(redacted)))
	return err
}

// misplaced matches an empty list or table whose comment the encoder has put between the key and the value.
var misplaced = regexp.MustCompile(`(?m)^([ -]*[a-z_]+) # (.*): (\[\]|\{\})$`)

// printable returns a copy without the secrets that a file of their own holds: the file's name says enough.
func (c *Config) printable() *Config {
	p := *c
	if p.Webhook.TokenFile != "" {
		p.Webhook.Token = Secret{}
	}
	if p.API.TokenFile != "" {
		p.API.Token = Secret{}
	}
	p.Receivers = make([]Receiver, len(c.Receivers))
	for i := range c.Receivers {
		p.Receivers[i] = c.Receivers[i].printable()
	}
	return &p
}

// printable returns a copy without the secrets that stand in files.
func (r Receiver) printable() Receiver {
	r.Slack, r.Webhook, r.Alertmanager, r.PagerDuty = copied(r.Slack), copied(r.Webhook), copied(r.Alertmanager), copied(r.PagerDuty)
	for _, h := range r.secrets() {
		if *h.file != "" {
			*h.secret = Secret{}
		}
	}
	return r
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// comments returns the origin of every single value.
func (c *Config) comments() yaml.CommentMap {
	m := yaml.CommentMap{}
	for path, o := range c.origins {
		if text := o.String(); !c.hasInner(path) {
			m["$."+path] = []*yaml.Comment{yaml.LineComment(" " + strings.ReplaceAll(text, "\n", " "))}
		}
	}
	return m
}

// hasInner reports whether the path has values inside of it that came from somewhere.
func (c *Config) hasInner(path string) bool {
	for p := range c.origins {
		if p != path && within(p, path) {
			return true
		}
	}
	return false
}

// optText writes a known value; unknown ones are left out before it comes to that.
func optText[T comparable](o claude.Opt[T]) ([]byte, error) {
	v, _ := o.Get()
	switch v := any(v).(type) {
	case float64: // without an exponent, as people write thresholds
		return []byte(strconv.FormatFloat(v, 'f', -1, 64)), nil
	default:
		return []byte(fmt.Sprint(v)), nil
	}
}
