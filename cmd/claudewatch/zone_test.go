package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/internal/config"
)

func TestTimesWithoutZone(t *testing.T) {
	dir := t.TempDir()
	log, cfg := filepath.Join(dir, "app.log"), filepath.Join(dir, "claudewatch.yaml")
	for path, text := range map[string]string{
		log: "2026-07-01 12:00:00,250 INFO POST https://api.anthropic.com/v1/messages status=429 request_id=req_011CZAY8x1\n",
		cfg: "sources:\n  - tail: " + log + "\n    timezone: America/New_York\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"--tz UTC", "2026-07-01T12:00:00.25Z"},
		{"--tz Europe/Berlin", "2026-07-01T10:00:00.25Z"},
		{"--config " + cfg, "2026-07-01T16:00:00.25Z"},
		{"--config " + cfg + " --tz utc", "2026-07-01T12:00:00.25Z"},
	} {
		out, errOut, code := command(t, append([]string{"decode", log}, strings.Fields(c.args)...)...)
		if code != 0 || !strings.Contains(out, `"time":"`+c.want+`"`) {
			t.Errorf("decode %s = %d, %s%s; want a call at %s", c.args, code, out, errOut, c.want)
		}
	}
	if _, errOut, code := command(t, "decode", log, "--tz", "Mars"); code != 2 || !strings.Contains(errOut, "no such time zone") {
		t.Errorf("decode --tz Mars = %d, %s; want 2 and why", code, errOut)
	}
}

// A reload that changes a source's zone must reach its decoders.
func TestZoneIsOneOfTheSourcesSettings(t *testing.T) {
	settings := func(zone string) string {
		cfg := config.Default()
		cfg.Sources = []config.Source{{Tail: []string{"app.log"}, Timezone: zone}}
		return tailSources(cfg)[0].Settings
	}
	if settings("UTC") == settings("Europe/Berlin") {
		t.Errorf("settings of a source in UTC and in Berlin are both %s; want them to differ", settings("UTC"))
	}
}
