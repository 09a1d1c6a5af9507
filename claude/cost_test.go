package claude

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCost holds costs to what was worked out by hand from the published prices.
func TestCost(t *testing.T) {
	data, err := os.ReadFile("testdata/costs.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name string
		Call Call
		USD  Opt[float64]
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	prices := newPrices(t)
	for _, v := range vectors {
		if got := prices.Cost(&v.Call); got != v.USD {
			t.Errorf("%s: Cost = %v; want %v", v.Name, got, v.USD)
		}
	}
}

func newPrices(t *testing.T, own ...Price) *Prices {
	t.Helper()
	p, err := NewPrices(own)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOwnPrices checks that a configured price wins, for its model only and from its time on.
func TestOwnPrices(t *testing.T) {
	when := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	p := newPrices(t,
		Price{Model: "My-Deployment", Rates: DefaultRates(3, 15)},
		Price{Model: "claude-opus-5", From: when, Rates: DefaultRates(1, 2)},
		Price{Model: "claude-haiku-4-5", Rates: DefaultRates(9, 9)},
	)
	for _, tt := range []struct {
		model string
		at    time.Time
		input float64
		ok    bool
	}{
		{"my-deployment", when, 3, true},
		{"claude-opus-5", when.Add(-1), 5, true},
		{"claude-opus-5", when, 1, true},
		{"claude-opus-5-5", when, 4, true},
		{"claude-haiku-4-5-20251001", when, 9, true},
		{"claude-opus-5-5-5", when, 0, false},
		{"", when, 0, false},
	} {
		if q, ok := p.Of(tt.model, tt.at); ok != tt.ok || q.Input != tt.input {
			t.Errorf("Of(%q, %s) = %g, %v; want %g, %v", tt.model, tt.at, q.Input, ok, tt.input, tt.ok)
		}
	}
}

func TestPriceValidate(t *testing.T) {
	for want, p := range map[string]Price{
		"price: no model": {},
		"price of m: input -1: out of range 0 to 100000":    {Model: "m", Rates: Rates{Input: -1}},
		"price of m: fast 100001: out of range 0 to 100000": {Model: "m", Fast: 100001},
	} {
		if _, err := NewPrices([]Price{p}); err == nil || err.Error() != want {
			t.Errorf("NewPrices(%+v) = %v; want %s", p, err, want)
		}
	}
}

// TestPublished checks that every published price says where and when it was read, and is believable: output costs more than input,
// writes more than input, reads less.
func TestPublished(t *testing.T) {
	for _, p := range published {
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
		if _, err := time.Parse(time.DateOnly, p.Read); err != nil || !strings.HasPrefix(p.Source, "https://") {
			t.Errorf("%s: read %q at %q; want a date and an address", p.Model, p.Read, p.Source)
		}
		if p.Output <= p.Input || p.CacheWrite5m <= p.Input || p.CacheWrite1h <= p.CacheWrite5m || p.CacheRead >= p.Input || p.Input <= 0 {
			t.Errorf("%s: rates %+v don't rise from reads to output", p.Model, p.Rates)
		}
		if got := ParseModel(p.Model).Name; got != p.Model {
			t.Errorf("%s is looked up as %s", p.Model, got)
		}
	}
}

// TestCostInAnyOrder checks that the sightings of a call cost the same in whichever order they come.
func TestCostInAnyOrder(t *testing.T) {
	prices := newPrices(t)
	r := rand.New(rand.NewPCG(1, 2))
	count := func() Opt[int64] {
		if r.IntN(3) == 0 {
			return Opt[int64]{}
		}
		return Some(r.Int64N(1000))
	}
	for range 2000 {
		var seen []Call
		for range 1 + r.IntN(4) {
			c := Call{Time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), RequestID: "req_1", Usage: Usage{
				InputTokens: count(), OutputTokens: count(), CacheReadInputTokens: count(), CacheCreationInputTokens: count(),
			}}
			if r.IntN(2) == 0 {
				c.Model = "claude-opus-5"
			}
			if r.IntN(4) == 0 {
				c.Usage.Iterations, _ = ParseIterations([]byte(`[{"type":"message","input_tokens":7,"output_tokens":9}]`))
			}
			seen = append(seen, c)
		}
		total := func() Opt[float64] {
			c := seen[0]
			for _, o := range seen[1:] {
				c = c.Merge(o)
			}
			return prices.Cost(&c)
		}
		want := total()
		r.Shuffle(len(seen), func(i, j int) { seen[i], seen[j] = seen[j], seen[i] })
		if got := total(); got != want {
			t.Fatalf("cost of %+v = %v; want %v as in the other order", seen, got, want)
		}
	}
}

func TestIterations(t *testing.T) {
	in := `[{"type":"message","model":"claude-opus-5\u0000","input_tokens":1,"output_tokens":null,"text":"secret"}]`
	s, err := ParseIterations([]byte(in))
	if want := Iterations(`[{"type":"message","model":"claude-opus-5","input_tokens":1}]`); err != nil || s != want {
		t.Errorf("ParseIterations(%s) = %s, %v; want %s", in, s, err, want)
	}
	for in, want := range map[string]string{
		`[{"input_tokens":-1}]`:                 "usage.iterations[0]: usage.input_tokens -1: out of range 0 to 1e9",
		`[` + strings.Repeat(`{},`, 64) + `{}]`: "usage.iterations: 65 of them: more than 64",
	} {
		if _, err := ParseIterations([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("ParseIterations(%s) = %v; want %s", in, err, want)
		}
	}
	var u Usage
	if err := json.Unmarshal([]byte(`{"input_tokens":1,"iterations":null}`), &u); err != nil || u.Iterations != "" {
		t.Errorf("iterations null: %q, %v; want none", u.Iterations, err)
	}
	if out, err := json.Marshal(Usage{Iterations: s}); err != nil || !strings.Contains(string(out), `"iterations":[{"type":"message"`) {
		t.Errorf("Marshal = %s, %v; want the array", out, err)
	}
}

// What an id comes to is remembered for some ids at a time. Many that take each other's places still have their own prices, whoever asks.
func TestPricesOfManyModelsAtOnce(t *testing.T) {
	const models = 500
	var own []Price
	for i := range models {
		own = append(own, Price{Model: fmt.Sprintf("deployment-%d-x", i), Rates: DefaultRates(float64(i), 1)})
	}
	p := newPrices(t, own...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 4 * models {
				id := fmt.Sprintf("deployment-%d-x", i%models)
				if q, ok := p.Of(id, time.Now()); !ok || q.Input != float64(i%models) {
					t.Errorf("Of(%s) = %v, %v; want an input rate of %d", id, q.Input, ok, i%models)
				}
			}
		})
	}
	wg.Wait()
}
