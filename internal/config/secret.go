package config

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
)

const redacted = "[redacted]"

// Secret is a text that must not be shown. However it is printed, logged or encoded, it reads "[redacted]", or nothing when it
// is empty; only Reveal tells it. The pointer keeps the text out of %+v even where fmt can't call the methods.
type Secret struct{ text *string }

// NewSecret returns a secret; "" gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text, for the one place that sends it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports that there is no secret; encoders ask it for omitempty and omitzero.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether both hide the same text.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// String returns "[redacted]".
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString returns "[redacted]".
func (s Secret) GoString() string { return s.String() }

// Format writes "[redacted]" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText writes "[redacted]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON writes "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }

// MarshalYAML writes "[redacted]".
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue logs "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretText matches what can only be a secret, wherever it stands: Slack tokens and webhook URLs, Claude API keys, a
// password in a URL.
var secretText = regexp.MustCompile(`(?i)xox[a-z.]+-[^\s"']+|xapp-[^\s"']+|hooks\.slack(-gov)?\.com/[^\s"']+|sk-ant-[^\s"']+|://[^/\s"']*@`)

// show quotes a value for a message: short, and without what looks like a secret.
func show(value string) string {
	value = secretText.ReplaceAllString(value, redacted)
	if r := []rune(value); len(r) > 60 {
		value = string(r[:60]) + "..."
	}
	return strconv.Quote(value)
}

// showKey quotes a key for a message. What is no plain name is not shown, since a secret may have slipped into its place.
func showKey(key string) string {
	plain := func(r rune) bool {
		return r < 'a' && r != '-' && r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') || r > 'z'
	}
	if len(key) > 40 || strings.ContainsFunc(key, plain) || secretText.MatchString(key) {
		return "(not shown)"
	}
	return strconv.Quote(key)
}
