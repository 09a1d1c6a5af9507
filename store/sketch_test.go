package store

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// latencies returns durations of three shapes: long tails, two humps, all the same.
func latencies(rnd *rand.Rand, n, shape int) []float64 {
	all := make([]float64, n)
	for i := range all {
		switch shape {
		case 0:
			all[i] = math.Exp(rnd.NormFloat64()*1.5 + 1)
		case 1:
			all[i] = []float64{0.2, 30}[rnd.IntN(2)] * (1 + rnd.Float64()/5)
		default:
			all[i] = 2.5
		}
	}
	return all
}

// Quantiles are within 2 % of the exact ones, whether the durations were added one by one, in parts that were stored and merged, or read
// by the library.
func TestSketchQuantiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	for shape := range 3 {
		for _, n := range []int{1, 2, 10, 1000, 50_000} {
			all := latencies(rnd, n, shape)
			var whole, merged, stored sketch
			for part := range slices.Chunk(all, max(1, n/7)) {
				var s sketch
				for _, d := range part {
					whole.add(d)
					s.add(d)
				}
				merged.merge(&s)
				if err := stored.addStored(s.encode(nil)); err != nil {
					t.Fatal(err)
				}
			}
			library, err := ddsketch.DecodeDDSketch(whole.encode(nil), store.BufferedPaginatedStoreConstructor, sketchBins)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(all)
			for _, q := range []float64{0, 0.25, 0.5, 0.95, 0.99, 1} {
				exact := all[int(q*float64(n-1))]
				theirs, err := library.GetValueAtQuantile(q)
				if err != nil {
					t.Fatal(err)
				}
				for name, got := range map[string]float64{
					"whole": whole.quantile(q).Or(-1), "merged": merged.quantile(q).Or(-1), "stored": stored.quantile(q).Or(-1), "library": theirs,
				} {
					if math.Abs(got-exact) > 0.02*exact*(1+1e-9) {
						t.Errorf("shape %d, %d durations: quantile(%g) of %s = %g; want %g within 2 %%", shape, n, q, name, got, exact)
					}
				}
			}
		}
	}
}

// What is taken out leaves no trace, whatever the order.
func TestSketchTakesOut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	stay, go1 := latencies(rnd, 300, 0), latencies(rnd, 300, 1)
	var want, got sketch
	for _, d := range stay {
		want.add(d)
	}
	for i, d := range go1 {
		got.count(binOf(d), 1)
		got.add(stay[i])
	}
	for _, d := range go1 {
		got.count(binOf(d), -1)
	}
	if string(got.encode(nil)) != string(want.encode(nil)) {
		t.Error("the sketch differs after durations were added and taken out; want that of the others")
	}
	var empty sketch
	empty.count(binOf(1), -1) // counted before there were sketches
	if b := empty.encode(nil); len(b) != 0 || empty.quantile(0.5).Known() {
		t.Errorf("a sketch of less than nothing = %v, %v; want none", b, empty.quantile(0.5))
	}
}

func TestSketchOfStrangeDurations(t *testing.T) {
	for d, want := range map[float64]float64{0: sketchLeast, -5: sketchLeast, 1e-9: sketchLeast, math.Inf(1): sketchMost, 1e300: sketchMost, math.NaN(): sketchLeast} {
		var s sketch
		s.add(d)
		if got := s.quantile(0.5).Or(0); math.Abs(got-want) > 0.02*want {
			t.Errorf("sketch of %g says %g; want %g", d, got, want)
		}
	}
}

// A stored sketch that is cut is an error and nothing worse.
func TestBrokenSketch(t *testing.T) {
	var s sketch
	for _, d := range []float64{0.5, 0.5, 1, 20, 300} {
		s.add(d)
	}
	whole := s.encode(nil)
	for cut := 1; cut < len(whole); cut++ {
		var got sketch
		if err := got.addStored(whole[:cut]); err == nil {
			t.Errorf("addStored of %d of %d bytes = nil; want an error", cut, len(whole))
		}
	}
	for _, b := range [][]byte{append(slices.Clone(whole), 0), {0xff, 1, 2}, {5, 1, 0xff, 0xff, 0xff, 0x7f, 2}} {
		var got sketch
		if err := got.addStored(b); !errors.Is(err, errSketch) {
			t.Errorf("addStored(%v) = %v; want %v", b, err, errSketch)
		}
	}
}
