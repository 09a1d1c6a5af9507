package slack

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// redacted stands where a secret would.
const redacted = "[redacted]"

// Secret is a token or a webhook's address. No way of printing it shows it.
type Secret string

// Format writes the same for every verb.
func (Secret) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// String returns a placeholder.
func (Secret) String() string { return redacted }

// LogValue returns a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON and YAML alike.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// secretShape matches Slack's tokens and webhook addresses wherever they come from.
var secretShape = regexp.MustCompile(`xox[a-z]-[\w-]+|xapp-[\w-]+|hooks\.slack(-gov)?\.com/\S*`)

// minSecret is the length from which on a secret is one. Taking out shorter ones would tear up texts, and the shapes of others in them.
const minSecret = 8

// scrub takes all secrets out of a text that goes into an error, and cuts it.
func scrub(text string, secrets ...Secret) string {
	for _, s := range secrets {
		if len(s) >= minSecret {
			text = strings.ReplaceAll(text, string(s), redacted)
		}
	}
	return clip(secretShape.ReplaceAllString(text, redacted), 200)
}
