package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretConfig returns a configuration whose webhook token is in a new file.
func secretConfig(t *testing.T, content string, mode os.FileMode) (*Config, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	c, err := parseText("webhook:\n  token_file: " + path + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return c, path
}

func TestReadSecrets(t *testing.T) {
	for content, want := range map[string]string{"abc": "abc", "abc\n": "abc", "abc\r\n": "abc", "a b\n\n": "a b"} {
		c, _ := secretConfig(t, content, 0o600)
		warnings, err := c.ReadSecrets()
		if err != nil || len(warnings) != 0 || c.Webhook.Token.Reveal() != want {
			t.Errorf("ReadSecrets(%q) = %q, %q, %v; want %q without warnings", content, c.Webhook.Token.Reveal(), warnings, err, want)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("Validate() after ReadSecrets = %v; want nil", err)
		}
	}
}

func TestReadSecretsWarnsOfOpenFiles(t *testing.T) {
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o400: 0, 0o640: 1, 0o644: 1, 0o604: 1} {
		c, path := secretConfig(t, canary, mode)
		warnings, err := c.ReadSecrets()
		if err != nil || len(warnings) != want {
			t.Errorf("ReadSecrets(mode %04o) = %q, %v; want %d warnings", mode, warnings, err, want)
		}
		if s := strings.Join(warnings, ""); strings.Contains(s, canary) || want > 0 && !strings.Contains(s, path) {
			t.Errorf("warning %q; want the path and not the secret", s)
		}
	}
}

func TestReadSecretsRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ content, want string }{
		"empty":     {"", "is empty"},
		"blank":     {" \n", "is empty"},
		"two lines": {canary + "\n" + canary + "\n", "more than one line"},
		"large":     {strings.Repeat(canary, 1000), "too large"},
	} {
		c, path := secretConfig(t, tc.content, 0o600)
		_, err := c.ReadSecrets()
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), canary) {
			t.Errorf("ReadSecrets(%s) = %v; want %q with the path and without the secret", name, err, tc.want)
		}
		if e := Errors(err); len(e) != 1 || e[0].Line != 2 {
			t.Errorf("ReadSecrets(%s) = %v; want one error in line 2", name, e)
		}
	}
}

func TestReadSecretsReportsEveryFile(t *testing.T) {
	dir := t.TempDir()
	c, err := parseText(`
webhook: {token_file: ` + dir + `/none}
receivers:
  - slack: {channel: "#c", token_file: ` + dir + `}
  - slack: {webhook_url_file: ` + dir + `/hook}
`)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/hook", []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = c.ReadSecrets()
	if got := len(Errors(err)); got != 3 || strings.Contains(err.Error(), canary) {
		t.Errorf("ReadSecrets() = %v; want 3 errors for none, a directory, and no address", err)
	}
	_, err = readSecretErr(dir + "/none")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("readSecretFile(none) = %v; want one that wraps ErrNotExist", err)
	}
}

func readSecretErr(path string) (string, error) {
	s, _, err := readSecretFile(path)
	return s, err
}
