package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJobsFindEveryCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	stats, err := generate(path, 300e3)
	if err != nil {
		t.Fatal(err)
	}
	var all []counts
	for _, name := range []string{"count", "tail"} {
		n, err := jobs[name](t.Context(), input{path, stats.Lines})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var calls int64
		for _, v := range n {
			calls += v
		}
		if calls != stats.Calls || n["200 claude-sonnet-5"] == 0 {
			t.Errorf("%s counts %v; want %d calls", name, n, stats.Calls)
		}
		all = append(all, n)
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Errorf("count and tail differ (-count +tail):\n%s", diff)
	}
}

func TestSpreadWritesAllLinesOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "many")
	stats, err := spread(dir, 100e3, 20)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(paths) != 20 {
		t.Fatalf("spread() = %d files, %v; want 20", len(paths), err)
	}
	var lines int64
	for _, path := range paths {
		if err := eachLine(path, func([]byte) { lines++ }); err != nil {
			t.Fatal(err)
		}
	}
	if lines != stats.Lines || lines < 100 {
		t.Errorf("spread() = %d lines of %d; want all", lines, stats.Lines)
	}
}
