package claude

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// whole is a call of which sightings show parts.
func whole() Call {
	return Call{
		Time: utc, RequestID: "req_1", MessageID: "msg_1", Provider: "anthropic", Organization: "org", Workspace: "ws", App: "app", User: "u",
		Model: "claude-sonnet-5", Pool: "sonnet-5", Status: 429, ErrorType: "rate_limit_error", Cause: CauseRateLimit, ServerTime: utc,
		DurationSeconds: Some(1.5), Stream: Some(true), Retry: Some[int64](2), RetryAfterSeconds: Some(3.0), CostUSD: Some(0.5),
		Usage: Usage{
			InputTokens: Some[int64](100), OutputTokens: Some[int64](50), CacheReadInputTokens: Some[int64](7), CacheCreationInputTokens: Some[int64](30),
			CacheCreation: CacheCreation{Some[int64](10), Some[int64](20)}, ServiceTier: "standard",
		},
		Readings: []Reading{
			{Limiter: "input_tokens", Limit: Some[int64](9), Remaining: Some[int64](0), Reset: utc},
			{Limiter: "requests", Limit: Some[int64](8)},
		},
	}
}

// sighting shows a random part of the call: fields are missing and counts are those of an earlier moment.
func sighting(rnd *rand.Rand) Call {
	c := whole()
	hidden := func() bool { return rnd.IntN(2) == 0 }
	for _, s := range c.texts() {
		if hidden() {
			*s = ""
		}
	}
	for _, n := range c.Usage.counts() {
		if hidden() {
			*n.n = Opt[int64]{}
		} else if v := n.n.Or(0); v > 0 && hidden() {
			*n.n = Some(rnd.Int64N(v))
		}
	}
	if hidden() {
		c.Status, c.ErrorType, c.RetryAfterSeconds = 0, "", Opt[float64]{}
	}
	if hidden() {
		c.Retry, c.CostUSD, c.DurationSeconds, c.Stream = Opt[int64]{}, Opt[float64]{}, Opt[float64]{}, Opt[bool]{}
	}
	c.Readings = slices.DeleteFunc(c.Readings, func(Reading) bool { return hidden() })
	for i := range c.Readings {
		if hidden() {
			c.Readings[i].Limit = Opt[int64]{}
		}
	}
	return c
}

// mergeAll merges sightings in order and adds up what each of them adds to the counters.
func mergeAll(t *testing.T, sightings []Call) (Call, Tally) {
	ch := Change{After: sightings[0], New: true}
	sum := ch.Tally()
	for _, s := range sightings[1:] {
		before := ch.After
		ch = Change{Before: &before, After: before.Merge(s)}
		add := ch.Tally()
		if d := add.Tokens; min(d.Input, d.Output, d.CacheRead, d.CacheWrite5m, d.CacheWrite1h) < 0 || add.CostUSD < 0 || add.RetryDelaySeconds < 0 {
			t.Errorf("a merge takes away from counters: %+v", add)
		}
		sum.Add(add)
	}
	c := ch.After
	slices.SortFunc(c.Readings, func(a, b Reading) int { return cmp.Compare(a.Limiter, b.Limiter) })
	return c, sum
}

func TestMergeIsFreeOfOrder(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		sightings := []Call{sighting(rnd), sighting(rnd), sighting(rnd), sighting(rnd)}
		want, wantSum := mergeAll(t, sightings)
		for range 6 {
			rnd.Shuffle(len(sightings), func(i, j int) { sightings[i], sightings[j] = sightings[j], sightings[i] })
			got, sum := mergeAll(t, append(slices.Clone(sightings), sightings[0]))
			if diff := gocmp.Diff(want, got, cmpOpts); diff != "" {
				t.Fatalf("seed %d: merged call depends on the order (-want +got):\n%s", seed, diff)
			}
			if sum.Calls != 1 || sum.Tokens.CacheWrite() != wantSum.Tokens.CacheWrite() || sum.Tokens.CacheWrite() != want.Usage.Tokens().CacheWrite() ||
				sum.Tokens.Input != want.Usage.Tokens().Input || sum.RateLimited != wantSum.RateLimited || sum.RetryDelaySeconds != wantSum.RetryDelaySeconds {
				t.Fatalf("seed %d: counters = %+v; want %+v in any order, and the tokens of the call", seed, sum, wantSum)
			}
		}
	}
}

func TestMergeLeavesItsOperandsAlone(t *testing.T) {
	a := Call{Readings: []Reading{{Limiter: "requests"}}}
	b := Call{Readings: []Reading{{Limiter: "requests", Limit: Some[int64](5)}, {Limiter: "tokens"}}}
	m := a.Merge(b)
	if a.Readings[0].Limit.Known() || len(m.Readings) != 2 || !m.Readings[0].Limit.Known() {
		t.Errorf("merged %+v from %+v; want the second's limit in the first's copy only", m.Readings, a.Readings)
	}
}

func TestMergePrefersADatedTime(t *testing.T) {
	undated := Call{Time: utc.Add(5), Undated: true}
	for _, m := range []Call{undated.Merge(Call{Time: utc}), Call{Time: utc}.Merge(undated)} {
		if !m.Time.Equal(utc) || m.Undated {
			t.Errorf("merged time = %v, undated %v; want that of the log", m.Time, m.Undated)
		}
	}
}

func TestSameMessage(t *testing.T) {
	for _, tt := range []struct {
		a, b Call
		want bool
	}{
		{Call{MessageID: "m", RequestID: "r"}, Call{MessageID: "m", RequestID: "r"}, true},
		{Call{MessageID: "m", RequestID: "r"}, Call{MessageID: "m"}, true},
		{Call{MessageID: "m", RequestID: "r"}, Call{MessageID: "m", RequestID: "s"}, false},
		{Call{MessageID: "m", RequestID: "r"}, Call{MessageID: "m", RequestID: "s", Sidechain: true}, true},
		{Call{RequestID: "r"}, Call{RequestID: "r"}, false},
	} {
		if got, back := tt.a.SameMessage(&tt.b), tt.b.SameMessage(&tt.a); got != tt.want || back != tt.want {
			t.Errorf("SameMessage(%+v, %+v) = %v, %v; want %v", tt.a, tt.b, got, back, tt.want)
		}
	}
}
