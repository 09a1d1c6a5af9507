package tail

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGenerationsFromOldToNew(t *testing.T) {
	for _, want := range [][]string{
		{"/l/app.log.10.gz", "/l/app.log.9.zst", "/l/app.log.2", "/l/app.log.1", "/l/app.log"},
		{"/l/app.log-20261119.gz", "/l/app.log-20261120.gz", "/l/app.log-20261121", "/l/app.log"},
		{"/l/app-2026-11-19.log.gz", "/l/app-2026-11-20.log", "/l/app-2026-11-21.log"},
		{"/l/0.log.20261120-101010.gz", "/l/0.log.20261121-090807", "/l/0.log"},
		{"/l/app.log.2026-11-21.2", "/l/app.log.2026-11-21.1", "/l/app.log"},
	} {
		got := slices.Clone(want)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, func(a, b string) int { return generationOf(a).compare(generationOf(b)) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		for _, path := range want {
			if !sameFamily(path, want[0]) {
				t.Errorf("sameFamily(%q, %q) = false; want true", path, want[0])
			}
		}
	}
	for _, other := range []string{"/l/api.log", "/m/app.log", "/l/app2.log.1", "/l/app.err.gz"} {
		if sameFamily("/l/app.log", other) {
			t.Errorf("sameFamily(%q, %q) = true; want false", "/l/app.log", other)
		}
	}
}
