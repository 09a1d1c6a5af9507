package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/internal/config"
)

// The configuration checks the names of fields that the decoder takes: what passes the one must pass the other.
func TestConfiguredFieldsAreTheDecoders(t *testing.T) {
	names := config.FieldNames()
	for _, name := range names {
		if _, err := decode.New(decode.Options{Fields: map[string]string{name: "ctx.x"}}); err != nil {
			t.Errorf("the decoder refuses field %q of the configuration: %v", name, err)
		}
	}
	_, err := decode.New(decode.Options{Fields: map[string]string{"nonsense": "ctx.x"}})
	if err == nil {
		t.Fatal("the decoder takes any field")
	}
	_, list, _ := strings.Cut(err.Error(), "known are ")
	known := strings.Split(list, ", ")
	slices.Sort(known)
	slices.Sort(names)
	if !slices.Equal(known, names) {
		t.Errorf("the decoder knows %q, the configuration %q", known, names)
	}
}
