package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDecodeGoesOnAfterAMissingFile(t *testing.T) {
	dir := t.TempDir()
	good := write(t, "good.log", goodCall("req_1")+"hello\n")
	missing := filepath.Join(dir, "missing.log")
	out, errOut, code := command(t, "decode", missing, good, dir)
	if code != exitFailed {
		t.Errorf("exit code = %d; want %d", code, exitFailed)
	}
	if strings.Count(out, "\n") != 1 || !strings.Contains(out, `"request_id":"req_1"`) {
		t.Errorf("stdout = %q; want the call of the good file", out)
	}
	want := good + ": 2 lines, 1 call\n  skipped 1: not claude\n" +
		"claudewatch: decode: open " + missing + ": no such file or directory\n" +
		"claudewatch: decode " + dir + ": read line 1: read " + dir + ": is a directory\n"
	if errOut != want {
		t.Errorf("stderr = %q; want %q", errOut, want)
	}
}

func TestDecodeOfNothing(t *testing.T) {
	empty := write(t, "empty.log", "")
	for _, name := range []string{"-", empty} {
		out, errOut, code := command(t, "decode", name)
		if code != exitDone || out != "" || errOut != name+": 0 lines, 0 calls\n" {
			t.Errorf("decode %s: exit code %d, stdout %q, stderr %q; want %d, nothing, and that it is empty", name, code, out, errOut, exitDone)
		}
	}
}

func TestGenerateDashboards(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	out, errOut, code := command(t, "generate", "dashboards", "-o", dir)
	if code != exitDone || errOut != "" {
		t.Fatalf("exit code %d, stderr %q", code, errOut)
	}
	names := strings.Split(strings.TrimSpace(out), "\n")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(names) || len(names) < 2 {
		t.Errorf("%d files written, %v; named are %q", len(entries), err, names)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			t.Errorf("file %s: %v; want something in it", name, err)
		}
	}
	file := write(t, "file", "")
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		_, errOut, code := command(t, "generate", "dashboards", "-o", dir)
		want := "claudewatch: generate dashboards: mkdir " + file + ": not a directory\n"
		if code != exitFailed || errOut != want {
			t.Errorf("into %s: exit code %d, stderr %q; want %d, %q", dir, code, errOut, exitFailed, want)
		}
	}
}

func TestCheck(t *testing.T) {
	good := write(t, "good.yml", "listen: localhost:9430\nsources:\n  - tail: /var/log/shop/*.log\n")
	out, errOut, code := command(t, "check", good)
	if code != exitDone || out != good+": ok\n" || errOut != "" {
		t.Errorf("check of a good file: exit code %d, stdout %q, stderr %q", code, out, errOut)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"key", "listne: x\n", `FILE:1:1: unknown key "listne": did you mean "listen"?` + "\n"},
		{"value", "\nlisten: 99:99:99\n", `FILE:2:9: listen: "99:99:99" is no host:port: write host:port, as in localhost:9429, or :9429 for every address` + "\n"},
		{"yaml", "listen: [\n", "FILE:1:9: invalid YAML: sequence end token ']' not found\n"},
		{"secret", "webhook: {token: canary-webhook-token}\n", "FILE:1:18: webhook.token: a secret must not stand in the configuration: " +
			"put it into a file of its own and name that with token_file, or set CLAUDEWATCH_WEBHOOK_TOKEN\n"},
		{"two", "lisen: x\nwebhok: {}\n", `FILE:1:1: unknown key "lisen": did you mean "listen"?` + "\n" +
			`claudewatch: FILE:2:1: unknown key "webhok": did you mean "webhook"?` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := write(t, "bad.yml", tt.text)
			want := "claudewatch: " + strings.ReplaceAll(tt.want, "FILE", bad)
			for _, args := range [][]string{{"check", bad}, {"serve", "--listen", "127.0.0.1:0", "--config", bad}, {"status", "--config", bad}} {
				out, errOut, code := command(t, args...)
				if code != exitFailed || out != "" || errOut != want {
					t.Errorf("%s: exit code %d, stdout %q, stderr %q; want %d, nothing, %q", args[0], code, out, errOut, exitFailed, want)
				}
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "missing.yml")
	_, errOut, code = command(t, "check", missing)
	if want := "claudewatch: read configuration: open " + missing + ": no such file or directory\n"; code != exitFailed || errOut != want {
		t.Errorf("check of a missing file: exit code %d, stderr %q; want %d, %q", code, errOut, exitFailed, want)
	}
}

func TestBadFlagValues(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--listen foo", `claudewatch: --listen: listen: "foo" is no host:port: write host:port, as in localhost:9429, or :9429 for every address` + "\n"},
		{"--live-window -1h", "claudewatch: --live-window: live_window: -1h0m0s is not above 0\n"},
		{"--tail /var/log/[x", `claudewatch: --tail: sources[0].tail[0]: "/var/log/[x" is no valid glob: close the bracket, or put a backslash before it` + "\n"},
		{"--tail - --tail -", `claudewatch: --tail: sources[1].tail[0]: "-" is in sources[0] already` + "\n"},
	} {
		out, errOut, code := command(t, append([]string{"serve"}, strings.Fields(tt.args)...)...)
		if code != exitFailed || errOut != tt.want || out != "" {
			t.Errorf("serve %s: exit code %d, stderr %q; want %d, %q", tt.args, code, errOut, exitFailed, tt.want)
		}
	}
}
