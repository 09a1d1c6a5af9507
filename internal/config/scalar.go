package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// isScalar reports whether a value is written as one text.
func isScalar(v reflect.Value) bool {
	switch v.Addr().Interface().(type) {
	case *claude.Opt[bool], *claude.Opt[float64], *claude.Opt[Duration]:
		return true
	}
	return v.Kind() == reflect.String || v.Kind() == reflect.Int64
}

// setText sets a value from its text, as it stands in the file or in the environment.
func setText(v reflect.Value, text string) error {
	switch p := v.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	case *Secret: // only the environment gets here, the reader refuses them
		*p = NewSecret(strings.TrimSpace(text))
		return nil
	case *int64:
		return setInt(p, text)
	case *claude.Opt[bool]:
		return setOpt(p, text, parseBool)
	case *claude.Opt[float64]:
		return setOpt(p, text, parseFloat)
	case *claude.Opt[Duration]:
		return setOpt(p, text, ParseDuration)
	}
	if v.Kind() != reflect.String {
		return fmt.Errorf("a %s can't be set", v.Type())
	}
	v.SetString(text)
	return nil
}

func setOpt[T comparable](p *claude.Opt[T], text string, parse func(string) (T, error)) error {
	value, err := parse(text)
	if err == nil {
		*p = claude.Some(value)
	}
	return err
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, wrong("write true or false", "%s is neither true nor false", show(s))
	}
}

func parseFloat(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f, nil
	}
	if per, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, "%")), 64); err == nil && strings.HasSuffix(s, "%") {
		return 0, wrong(fmt.Sprintf("write %g", per/100), "%s is no plain number", show(s))
	}
	return 0, wrong("", "%s is no number", show(s))
}

// setInt takes whole numbers however they are written: 2000000, 2_000_000 or 2e6.
func setInt(p *int64, s string) error {
	f, err := parseFloat(s)
	if err != nil {
		return err
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 { // beyond that a float64 skips numbers
		return wrong("", "%s is no whole number up to 2^53", show(s))
	}
	*p = int64(f)
	return nil
}
