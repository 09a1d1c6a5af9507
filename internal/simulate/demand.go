package simulate

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// DemandHeader is the request header in which a simulated app says what its request is to use, so that a prompt of 50,000 tokens
// need not be sent. Without it the API measures the text.
const DemandHeader = "X-Simulate-Usage"

// Demand is what one request uses, in tokens.
type Demand claude.Tokens

// String writes the demand as the value of DemandHeader.
func (d Demand) String() string {
	return fmt.Sprintf("in=%d out=%d read=%d write5m=%d write1h=%d", d.Input, d.Output, d.CacheRead, d.CacheWrite5m, d.CacheWrite1h)
}

// ParseDemand reads what String writes. The error names the value.
func ParseDemand(s string) (Demand, error) {
	var d Demand
	n, err := fmt.Sscanf(s, "in=%d out=%d read=%d write5m=%d write1h=%d", &d.Input, &d.Output, &d.CacheRead, &d.CacheWrite5m, &d.CacheWrite1h)
	if err != nil || n != 5 || d.String() != strings.TrimSpace(s) {
		return Demand{}, fmt.Errorf("%s %q: not of the form %q", DemandHeader, s, Demand{})
	}
	for _, n := range []int64{d.Input, d.Output, d.CacheRead, d.CacheWrite5m, d.CacheWrite1h} {
		if n < 0 || n > 1e7 {
			return Demand{}, fmt.Errorf("%s %q: %d is out of range 0 to 1e7", DemandHeader, s, n)
		}
	}
	return d, nil
}

// counted is what the input limit counts.
func (d Demand) counted(p claude.Pool) int64 {
	return claude.Tokens(d).Counted(claude.LimiterInputTokens, p)
}

// estimate is what the API takes a request's input for before it has counted: up to 10 % off either way, always the same for the
// same request, so that a retry costs what the first attempt did.
func estimate(counted int64, body []byte) int64 {
	h := fnv.New32a()
	_, _ = h.Write(body) // a hash never fails
	return int64(float64(counted) * (0.9 + 0.2*float64(h.Sum32()%1000)/1000))
}

// Mix makes the demands of an app's requests.
type Mix func(rng *rand.Rand) Demand

// around returns a number spread by a third of n around n.
func around(rng *rand.Rand, n float64) int64 {
	return int64(max(1, n*(1+rng.NormFloat64()/6)))
}

// Service is the mix of a steady service: middling prompts, short answers, a cached system prompt.
func Service(rng *rand.Rand) Demand {
	d := Demand{Input: around(rng, 1400), Output: around(rng, 170), CacheRead: 2048}
	if rng.IntN(40) == 0 { // the cached prompt has expired
		d.CacheRead, d.CacheWrite5m = 0, 2048
	}
	return d
}

// Batch is the mix of a batch job: long documents, short extracts, nothing cached.
func Batch(rng *rand.Rand) Demand {
	return Demand{Input: around(rng, 12000), Output: around(rng, 220)}
}

// Agent is the mix of a coding agent: a long conversation read from the cache and a little written to it each turn.
func Agent(rng *rand.Rand) Demand {
	d := Demand{Input: 3 + rng.Int64N(40), Output: around(rng, 320), CacheRead: 20000 + rng.Int64N(110000), CacheWrite5m: around(rng, 1500)}
	if rng.IntN(8) == 0 {
		d.CacheWrite5m, d.CacheWrite1h = 0, d.CacheWrite5m
	}
	return d
}

// Chat is the mix of a small assistant: short questions, short answers.
func Chat(rng *rand.Rand) Demand {
	return Demand{Input: around(rng, 600), Output: around(rng, 120)}
}
