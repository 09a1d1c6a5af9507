package limits

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// TestShuffle applies the same calls in any order, with repeated sightings, and wants the identical picture.
func TestShuffle(t *testing.T) {
	opt := cmp.AllowUnexported(claude.Opt[int64]{}, claude.Opt[float64]{})
	for seed := range uint64(15) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		calls := randomCalls(rnd)
		want := picture(t, calls, nil)
		for range 4 {
			rnd.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
			if diff := cmp.Diff(want, picture(t, calls, rnd), opt); diff != "" {
				t.Fatalf("seed %d: picture depends on the order (-want +got):\n%s", seed, diff)
			}
		}
	}
}

// snapshot is all that a tracker shows.
type snapshot struct {
	Levels    [][]claude.Level
	Consumers map[claude.Bucket][]claude.Consumer
}

func picture(t *testing.T, calls []claude.Call, again *rand.Rand) snapshot {
	tr := newTracker(t, Options{Limits: []Limit{{Pool: "opus-5", Limiter: "input_tokens", Limit: 50_000}}})
	now := after(100)
	for i, c := range calls {
		tr.Apply(claude.Change{After: c, New: true}, now)
		if again != nil && again.IntN(3) == 0 {
			old := calls[again.IntN(i+1)]
			tr.Apply(claude.Change{Before: &old, After: old}, now)
		}
	}
	s := snapshot{Consumers: map[claude.Bucket][]claude.Consumer{}}
	for _, at := range []float64{0, 30, 100, 160, 500} {
		s.Levels = append(s.Levels, tr.Levels(after(at)))
	}
	for _, l := range s.Levels[0] {
		s.Consumers[l.Bucket] = tr.Consumers(l.Bucket, now)
	}
	return s
}

func randomCalls(rnd *rand.Rand) []claude.Call {
	var calls []claude.Call
	for i := range 40 {
		s := rnd.Float64() * 100
		c := callAt(s)
		c.ServerTime = c.ServerTime.Truncate(time.Second)
		c.RequestID, c.App = fmt.Sprint("req_", i), fmt.Sprint("app-", rnd.IntN(5))
		c.Organization = []string{"org", "org2", ""}[rnd.IntN(3)]
		c.Pool = []claude.Pool{"sonnet-5", "opus-5"}[rnd.IntN(2)]
		c.Status = []int{200, 200, 429}[rnd.IntN(3)]
		c.Usage = usageOf(rnd.Int64N(5000), rnd.Int64N(500))
		if rnd.IntN(3) == 0 {
			c.ServerTime = time.Time{}
			c.DurationSeconds = claude.Some(rnd.Float64() * 20)
		}
		if c.Pool == "sonnet-5" {
			c.Readings = randomReadings(rnd, s)
		}
		calls = append(calls, c)
	}
	return calls
}

func randomReadings(rnd *rand.Rand, s float64) []claude.Reading {
	limit := []int64{80_000, 80_000, 160_000}[rnd.IntN(3)]
	use := rnd.Float64()
	r := inputTokens(limit, int64(float64(limit)*(1-use))/1000*1000, s+60*use)
	if rnd.IntN(4) == 0 {
		r.Reset = after(s + 70*rnd.Float64())
	}
	r.Reset = r.Reset.Truncate(time.Second)
	return []claude.Reading{
		r, reading("requests", 1000, 1000-rnd.Int64N(500), s+rnd.Float64()*40),
		{Limiter: "unified_5h", Utilization: claude.Some(rnd.Float64()), Reset: after(10_000)},
	}
}
