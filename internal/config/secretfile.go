package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
)

// maxSecret is the longest secret that is read, in bytes. Anything longer is the wrong file.
const maxSecret = 8 << 10

// ReadSecrets reads the files that hold secrets into Token and WebhookURL. It comes after Validate. The warnings name files that others
// may read; the error joins all that is wrong as [*Error]s, and leaves the configuration unusable.
func (c *Config) ReadSecrets() (warnings []string, err error) {
	k := &check{c: c}
	k.readSecret("webhook.token_file", c.Webhook.TokenFile, &c.Webhook.Token, &warnings)
	for i := range c.Receivers {
		if s := c.Receivers[i].Slack; s != nil {
			p := fmt.Sprintf("receivers[%d].slack", i)
			k.readSecret(p+".token_file", s.TokenFile, &s.Token, &warnings)
			k.readSecret(p+".webhook_url_file", s.WebhookURLFile, &s.WebhookURL, &warnings)
			if hook := s.WebhookURL.Reveal(); hook != "" && !isHTTP(hook) {
				k.fault(p+".webhook_url_file", "it begins with https://", "%s holds no address", s.WebhookURLFile)
			}
		}
	}
	return warnings, join(k.errs)
}

// readSecret reads one file, if there is one.
func (k *check) readSecret(path, file string, to *Secret, warnings *[]string) {
	if file == "" {
		return
	}
	text, mode, err := readSecretFile(file)
	if err != nil {
		k.errs = append(k.errs, at(k.c.nearest(path), path, err))
		return
	}
	*to = NewSecret(text)
	if mode.Perm()&0o077 != 0 {
		*warnings = append(*warnings, fmt.Sprintf("%s: others may read %s (mode %04o): chmod 600 it", path, file, mode.Perm()))
	}
}

// readSecretFile returns the one line that a file holds. Its errors name the file and never what is in it.
func readSecretFile(file string) (string, fs.FileMode, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", 0, err
	}
	text := strings.TrimRight(string(data), "\r\n")
	switch {
	case strings.TrimSpace(text) == "":
		return "", 0, fmt.Errorf("%s is empty", file)
	case len(data) > maxSecret:
		return "", 0, fmt.Errorf("%s is larger than %d kB, too large for a secret", file, maxSecret>>10)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", 0, errors.New(file + " holds more than one line")
	}
	return strings.TrimSpace(text), info.Mode(), nil
}
