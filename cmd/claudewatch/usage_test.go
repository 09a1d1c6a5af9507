package main

import (
	"strings"
	"testing"
)

func TestWrongUse(t *testing.T) {
	for _, tt := range []struct {
		args string
		want string
	}{
		{"bogus", "claudewatch: unknown command \"bogus\"\nhint: claudewatch --help lists the commands\n"},
		{"servee", "claudewatch: unknown command \"servee\"\nhint: did you mean claudewatch serve?\n"},
		{"help servee", "claudewatch: unknown command \"servee\"\nhint: did you mean claudewatch serve?\n"},
		{"help bogus", "claudewatch: unknown command \"bogus\"\nhint: claudewatch --help lists the commands\n"},
		{"completion bsh", "claudewatch: unknown command \"bsh\"\nhint: did you mean claudewatch completion bash?\n"},
		{"generate dashbords", "claudewatch: unknown command \"dashbords\"\nhint: did you mean claudewatch generate dashboards?\n"},
		{"generate", "claudewatch: generate: nothing named\nhint: claudewatch generate dashboards, rules or alertmanager -o DIR\n"},
		{"generate dashboards", "claudewatch: generate dashboards: no directory given\nhint: claudewatch generate dashboards -o DIR [flags]\n"},
		{"--bogus", "claudewatch: unknown flag: --bogus\nhint: claudewatch --help lists the flags\n"},
		{"serve --bogus", "claudewatch: unknown flag: --bogus\nhint: claudewatch serve --help lists the flags\n"},
		{"serve --listen", "claudewatch: flag needs an argument: --listen\nhint: claudewatch serve --help lists the flags\n"},
		{"serve --live-window x", "claudewatch: invalid argument \"x\" for \"--live-window\" flag: time: invalid duration \"x\"\n" +
			"hint: claudewatch serve --help lists the flags\n"},
		{"serve app.log", "claudewatch: claudewatch serve takes no argument, got \"app.log\"\nhint: claudewatch serve --help\n"},
		{"version x", "claudewatch: claudewatch version takes no argument, got \"x\"\nhint: claudewatch version --help\n"},
		{"status -o xml", "claudewatch: --output \"xml\": want table, json or csv\n"},
		{"decode -o csv x", "claudewatch: --output \"csv\": decode prints json only\n"},
		{"decode", "claudewatch: claudewatch decode: no file given\nhint: claudewatch decode FILE... [flags]\n"},
		{"check", "claudewatch: claudewatch check takes one file, got 0\nhint: claudewatch check FILE [flags]\n"},
		{"check a b", "claudewatch: claudewatch check takes one file, got 2\nhint: claudewatch check FILE [flags]\n"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			out, got, code := command(t, strings.Fields(tt.args)...)
			if code != exitUsage || got != tt.want || out != "" {
				t.Errorf("exit code %d, stderr %q, stdout %q; want %d, %q and nothing", code, got, out, exitUsage, tt.want)
			}
		})
	}
}

// Nothing named is wrong use as well, but the help is the better answer.
func TestHelpIsTheAnswerToNothing(t *testing.T) {
	for _, args := range [][]string{nil, {"completion"}} {
		out, errOut, code := command(t, args...)
		if code != exitUsage || errOut != "" || !strings.Contains(out, "Available Commands:") {
			t.Errorf("%q: exit code %d, stderr %q, stdout %q; want %d and the help", args, code, errOut, out, exitUsage)
		}
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	root := newRoot(streams{})
	var paths [][]string
	for _, cmd := range root.Commands() {
		paths = append(paths, []string{cmd.Name()})
		for _, sub := range cmd.Commands() {
			paths = append(paths, []string{cmd.Name(), sub.Name()})
		}
	}
	if len(paths) < 10 {
		t.Fatalf("commands = %v; want all", paths)
	}
	for _, path := range paths {
		name := strings.Join(path, " ")
		out, errOut, code := command(t, append(path, "--help")...)
		if code != exitDone || errOut != "" || !strings.Contains(out, "Usage:\n  claudewatch "+name) {
			t.Errorf("%s --help: exit code %d, stderr %q, stdout %q", name, code, errOut, out)
		}
		again, _, code := command(t, append([]string{"help"}, path...)...)
		if code != exitDone || again != out {
			t.Errorf("help %s: exit code %d, and\n%s\nwant what --help prints:\n%s", name, code, again, out)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		out, errOut, code := command(t, "completion", shell)
		if code != exitDone || errOut != "" || !strings.Contains(out, "claudewatch") || strings.Count(out, "\n") < 50 {
			t.Errorf("completion %s: exit code %d, stderr %q, %d lines", shell, code, errOut, strings.Count(out, "\n"))
		}
	}
	out, _, code := command(t, "__complete", "generate", "d")
	if code != exitDone || !strings.HasPrefix(out, "dashboards\t") {
		t.Errorf("completion of generate d = %q, exit code %d; want dashboards", out, code)
	}
}

func TestVersion(t *testing.T) {
	out, errOut, code := command(t, "version")
	lines := strings.Split(out, "\n")
	if code != exitDone || errOut != "" || len(lines) != 5 {
		t.Fatalf("version: exit code %d, stderr %q, stdout %q", code, errOut, out)
	}
	for i, prefix := range []string{"claudewatch ", "commit ", "go1.", "SQLite 3."} {
		if len(lines[i]) <= len(prefix) || !strings.HasPrefix(lines[i], prefix) {
			t.Errorf("line %d = %q; want %s...", i, lines[i], prefix)
		}
	}
}
