package post

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
)

// redacted stands where a secret would.
const redacted = "[redacted]"

// Secret is a key, or an address that may hold one. No way of printing it shows it.
type Secret string

// Format writes the same for every verb.
func (Secret) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// String returns a placeholder.
func (Secret) String() string { return redacted }

// LogValue returns a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON and YAML alike.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// CheckURL wants an http or https address with a host. The error does not show it.
func (s Secret) CheckURL() error {
	u, err := url.Parse(string(s))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("is no http or https address")
	}
	return nil
}
