package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// compile builds the C program against the SQLite that the Go program has in it, with the same options. dir is for scratch files.
func compile(ctx context.Context, source, dir, program string) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/mattn/go-sqlite3").Output()
	if err != nil {
		return fmt.Errorf("find go-sqlite3: %w", err)
	}
	driver := strings.TrimSpace(string(out))
	flags, err := driverFlags(filepath.Join(driver, "sqlite3.go"))
	if err != nil {
		return err
	}
	header, err := os.ReadFile(filepath.Join(driver, "sqlite3-binding.h"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "sqlite3.h"), header, 0o600); err != nil {
		return err
	}
	args := append(flags, "-O2", "-I", dir, "-o", program, source, filepath.Join(driver, "sqlite3-binding.c"), "-lpthread", "-ldl", "-lm")
	if out, err := exec.CommandContext(ctx, "gcc", args...).CombinedOutput(); err != nil { //nolint:gosec // arguments are the driver's own
		return fmt.Errorf("compile %s: %w: %s", source, err, bytes.TrimSpace(out))
	}
	return nil
}

var cgoDefine = regexp.MustCompile(`(?m)^#cgo (?:linux )?CFLAGS: (-D\S+)$`)

// driverFlags returns the options that the driver compiles SQLite with on every system.
func driverFlags(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	flags := []string{"-std=gnu11"}
	for _, m := range cgoDefine.FindAllSubmatch(text, -1) {
		flags = append(flags, string(m[1]))
	}
	return flags, nil
}
