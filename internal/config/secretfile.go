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

// ReadSecrets reads the files that hold secrets into the secrets. It comes after Validate. The warnings name files that others
// may read; the error joins all that is wrong as [*Error]s, and leaves the configuration unusable.
func (c *Config) ReadSecrets() (warnings []string, err error) {
	k := &check{c: c}
	k.readSecret("webhook.token_file", c.Webhook.TokenFile, &c.Webhook.Token, &warnings)
	k.readSecret("api.token_file", c.API.TokenFile, &c.API.Token, &warnings)
	for i := range c.Receivers {
		for _, h := range c.Receivers[i].secrets() {
			p := fmt.Sprintf("receivers[%d].%s_file", i, h.key)
			k.readSecret(p, *h.file, h.secret, &warnings)
			if text := h.secret.Reveal(); h.isURL && *h.file != "" && text != "" && !isAddress(text) {
				k.fault(p, "it begins with https://", "%s holds no address", *h.file)
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
