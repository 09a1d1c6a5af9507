package limits

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// TestAskingChangesNothing asks one tracker for its picture after every call and another only now and then: what is kept between two
// looks never shows. Calls move between organizations, and buckets and configured limits come and go.
func TestAskingChangesNothing(t *testing.T) {
	opt := cmp.AllowUnexported(claude.Opt[int64]{}, claude.Opt[float64]{})
	for seed := range uint64(10) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		asked, quiet := newTracker(t, Options{}), newTracker(t, Options{})
		calls := randomCalls(rnd)
		for i := range calls {
			changes := []claude.Change{{After: calls[i], New: true}}
			if rnd.IntN(3) == 0 { // It was of another organization, which may have had no other call.
				found := calls[i]
				found.Organization = []string{"org", "org2", "org3"}[rnd.IntN(3)]
				changes = append(changes, claude.Change{Before: &calls[i], After: found})
			}
			limits := []Limit{{Pool: "opus-5", Limiter: "input_tokens", Limit: 1000 + rnd.Int64N(2)}}[:rnd.IntN(2)]
			for _, tr := range []*Tracker{asked, quiet} {
				if err := tr.Configure(limits); err != nil {
					t.Fatal(err)
				}
			}
			for _, ch := range changes {
				quiet.Apply(ch, after(100))
				asked.Apply(ch, after(100))
				asked.Levels(after(100))
			}
			if i%5 > 0 {
				continue
			}
			forgetSums(quiet)
			if diff := cmp.Diff(quiet.Levels(after(100)), asked.Levels(after(100)), opt); diff != "" {
				t.Fatalf("seed %d, call %d: asking changed the picture (-want +got):\n%s", seed, i, diff)
			}
		}
	}
}

// forgetSums has all be worked out anew that is kept between two looks.
func forgetSums(tr *Tracker) {
	tr.rows = nil
	for _, g := range tr.groups {
		for _, have := range g.gauges {
			have.marks.fresh = false
			if have.trail != nil {
				have.trail.proof, have.trail.blocks = proof{}, [len(have.trail.blocks)]block{}
			}
		}
		for _, u := range g.usages {
			if u != nil {
				u.load.sums = ringSums{}
			}
		}
	}
}

// TestForgottenAfterADay asks before and after: neither a bucket nor calls of which nothing was heard for a day are shown.
func TestForgottenAfterADay(t *testing.T) {
	bucket := callAt(0, inputTokens(1e6, 200_000, 48))
	bucket.Usage.ServiceTier = "batch" // which counts nowhere
	for _, tt := range []struct {
		call   claude.Call
		levels int
	}{{using(0, 1, 1), 3}, {bucket, 1}} {
		tr := limited(t)
		applyNew(tr, tt.call)
		const day = 24 * 3600
		if n := len(tr.Levels(after(day))); n != tt.levels {
			t.Errorf("%d levels after a day; want %d", n, tt.levels)
		}
		if n := len(tr.Levels(after(day + 61))); n != 0 {
			t.Errorf("%d levels a minute later; want none", n)
		}
	}
}

// TestSameSecond reads the larger T of one second after the picture was asked for.
func TestSameSecond(t *testing.T) {
	tr := newTracker(t, Options{})
	for _, left := range []int64{500_000, 300_000, 400_000} {
		applyNew(tr, callAt(0, inputTokens(1e6, left, 60-float64(left)*60/1e6)))
		if left < 500_000 {
			near(t, "fill", levelOf(t, tr, "input_tokens", after(0)).Fill, 0.7, 1e-9)
		} else {
			near(t, "fill", levelOf(t, tr, "input_tokens", after(0)).Fill, 0.5, 1e-9)
		}
	}
}

// TestPeriodsStaySorted compares the sorted samples with those that are kept, while seconds come in any order and more than once.
func TestPeriodsStaySorted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 4))
	var p periods
	for i := range 2000 {
		p.take(periodSample{int64(i/4) - rnd.Int64N(80), 50 + float64(rnd.IntN(20))})
		var want []float64
		for _, s := range p.samples {
			want = append(want, s.seconds)
		}
		slices.Sort(want)
		got := slices.Clone(p.sorted)
		if p.isLoose {
			got = append(got, p.loose.seconds)
			slices.Sort(got)
		}
		if !slices.Equal(got, want) || len(want) > maxPeriods {
			t.Fatalf("sample %d: sorted = %v and %v; want %v", i, p.sorted, p.loose, want)
		}
		if m, known := p.median().Get(); known != (len(want) >= leastPeriods) || known && m != want[len(want)/2] {
			t.Fatalf("sample %d: median() = %v, %v; want %v of %v", i, m, known, want[len(want)/2], want)
		}
	}
}
