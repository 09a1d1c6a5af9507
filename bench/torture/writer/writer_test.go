package writer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

var number = regexp.MustCompile(`"n":(\d+),`)

// TestEveryLineIsInTheFilesOnce checks the writer itself: whoever reads all files must find every line once, and whole.
func TestEveryLineIsInTheFilesOnce(t *testing.T) {
	for _, mode := range Modes() {
		t.Run(string(mode), func(t *testing.T) {
			dir := t.TempDir()
			got, err := Run(t.Context(), Options{Dir: dir, Mode: mode, Rate: 5000, For: 400 * time.Millisecond, Rotate: 60 * time.Millisecond, Late: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			seen := map[int]int{}
			paths, err := filepath.Glob(filepath.Join(dir, Name+"*"))
			for _, path := range paths {
				data, readErr := os.ReadFile(path)
				err = errors.Join(err, readErr)
				for line := range bytes.Lines(data) {
					m := number.FindSubmatch(line)
					if m == nil || len(line) != lineSize {
						t.Fatalf("%s holds %q; want a whole line", path, line)
					}
					n, _ := strconv.Atoi(string(m[1])) // the expression takes digits only
					seen[n]++
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Lines == 0 || got.Rotations == 0 || len(paths) != got.Rotations+1 || len(seen) != got.Lines {
				t.Errorf("Run() = %+v; %d files with %d lines", got, len(paths), len(seen))
			}
			for n := range got.Lines {
				if seen[n+1] != 1 {
					t.Fatalf("line %d is there %d times; want 1", n+1, seen[n+1])
				}
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	for _, o := range []Options{{Dir: t.TempDir(), Mode: "shred"}, {Mode: Rename}, {Dir: t.TempDir(), Mode: Rename, Rate: -1}} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("Run(%s) = nil; want an error", fmt.Sprint(o.Dir, o.Mode, o.Rate))
		}
	}
}
