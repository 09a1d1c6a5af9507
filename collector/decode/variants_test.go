package decode

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// variant is one log of many that a family's file holds, each below its name: -- name --.
type variant struct {
	name string
	log  []byte
}

// variantsOf returns the logs of each family in testdata/variants.
func variantsOf(t testing.TB) map[string][]variant {
	t.Helper()
	paths, err := filepath.Glob("testdata/variants/*.log")
	if err != nil || len(paths) == 0 {
		t.Fatalf("Glob(testdata/variants/*.log) = %v, %v; want logs", paths, err)
	}
	families := map[string][]variant{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.SplitAfterSeq(data, []byte{'\n'}) {
			if name, ok := strings.CutPrefix(strings.TrimSuffix(string(line), " --\n"), "-- "); ok && len(name)+len(" --\n")+3 == len(line) {
				families[p] = append(families[p], variant{name: name})
				continue
			}
			vs := families[p]
			if len(vs) == 0 {
				t.Fatalf("%s begins with %.40q; want -- name --", p, line)
			}
			vs[len(vs)-1].log = append(vs[len(vs)-1].log, line...)
		}
	}
	return families
}

// TestVariants decodes each log by itself, as the tools of many languages and clouds write them.
func TestVariants(t *testing.T) {
	n := 0
	for path, variants := range variantsOf(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var got strings.Builder
			for _, v := range variants {
				n++
				calls, s := decodeAll(t, v.log, Options{Source: "test"})
				got.WriteString("-- " + v.name + " --\n" + render(t, Merge(calls), s))
			}
			if strings.Contains(got.String(), canary) {
				t.Errorf("decode %s lets private text out:\n%s", path, got.String())
			}
			golden := path + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("decode %s (-want +got):\n%s", path, diff)
			}
		})
	}
	if n < 100 {
		t.Errorf("%d variants were decoded; want 100 and more", n)
	}
}

// TestNoCalls holds that logs which only look like calls hold none, whatever stands before them in the file.
func TestNoCalls(t *testing.T) {
	all := variantsOf(t)
	for _, v := range slices.Concat(all["testdata/variants/negatives.log"], all["testdata/variants/j4-negatives.log"], all["testdata/variants/t4-negatives.log"]) {
		calls, s := decodeAll(t, v.log, Options{})
		if len(calls) != 0 || len(s.Rejected) != 0 {
			t.Errorf("File(%s) = %+v, %+v; want no calls and nothing rejected", v.name, calls, s)
		}
		for line := range bytes.SplitSeq(bytes.TrimSpace(v.log), []byte{'\n'}) {
			if calls, _ := decodeAll(t, line, Options{}); len(calls) != 0 {
				t.Errorf("File(%.120s) = %+v; want no calls", line, calls)
			}
		}
	}
}
