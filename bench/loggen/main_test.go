package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunWritesTheSameToFileAndOutput(t *testing.T) {
	args := []string{"-size", "200kB", "-start", "2026-11-01T08:00:00Z", "-seed", "3"}
	var out, said bytes.Buffer
	if err := run(args, &out, &said); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.log")
	if err := run(append(args, "-o", path), nil, &said); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, out.Bytes()) || len(data) < 200_000 || len(data) > 202_000 {
		t.Errorf("file has %d bytes, output %d; want the same 200 kB", len(data), out.Len())
	}
	if !strings.Contains(said.String(), "MB/s") {
		t.Errorf("said %q; want a summary", said.String())
	}
}

func TestRunRefusesWrongUse(t *testing.T) {
	for _, args := range [][]string{{"-size", "much"}, {"-size", "-1"}, {"-ids", "sorted"}, {"-start", "noon"}, {"-rate", "0"}, {"-nope"}} {
		if err := run(args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("run(%v) = nil error; want one", args)
		}
	}
}
