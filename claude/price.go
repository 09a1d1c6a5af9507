package claude

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Rates are prices in USD per million tokens.
type Rates struct {
	Input, Output, CacheWrite5m, CacheWrite1h, CacheRead float64
}

// DefaultRates fills in what caching costs where only input and output are known: 1.25 and 2 times the input for writes, a tenth
// for reads. Source: API pricing page, prompt caching; some models read for less, and the table says so.
func DefaultRates(input, output float64) Rates {
	return Rates{Input: input, Output: output, CacheWrite5m: 1.25 * input, CacheWrite1h: 2 * input, CacheRead: 0.1 * input}
}

// times returns the rates multiplied by a factor.
func (r Rates) times(f float64) Rates {
	return Rates{r.Input * f, r.Output * f, r.CacheWrite5m * f, r.CacheWrite1h * f, r.CacheRead * f}
}

// of returns what tokens cost, in USD.
func (r Rates) of(t Tokens) float64 {
	return (float64(t.Input)*r.Input + float64(t.Output)*r.Output + float64(t.CacheWrite5m)*r.CacheWrite5m +
		float64(t.CacheWrite1h)*r.CacheWrite1h + float64(t.CacheRead)*r.CacheRead) / 1e6
}

// Price is what a model costs from a time on.
type Price struct {
	Model string    // as it is logged, or the bare name that ParseModel gives
	From  time.Time // calls at this time or later; zero for all
	Rates

	// A prompt of more than LongAbove tokens (input, cache reads and cache writes together) pays the Long rates for the whole
	// request, output included. 0 is no such step.
	LongAbove int64
	Long      Rates

	Fast     float64 // what speed "fast" multiplies all rates by; 0: it has no known price
	USGeo    float64 // what inference_geo "us" multiplies all rates by; 0 is 1
	Regional float64 // what a regional endpoint of a cloud multiplies all rates by; 0 is 1

	Source string // where the price was read
	Read   string // when, as 2006-01-02
}

// Validate refuses a price that can't be true. The error names the field and the value.
func (p *Price) Validate() error {
	if p.Model == "" {
		return fmt.Errorf("price: no model")
	}
	for _, f := range []struct {
		name string
		v    float64
	}{
		{"input", p.Input},
		{"output", p.Output},
		{"cache_write_5m", p.CacheWrite5m},
		{"cache_write_1h", p.CacheWrite1h},
		{"cache_read", p.CacheRead},
		{"long input", p.Long.Input},
		{"long output", p.Long.Output},
		{"fast", p.Fast},
		{"us_geo", p.USGeo},
		{"regional", p.Regional},
	} {
		if !(f.v >= 0 && f.v <= maxPrice) {
			return fmt.Errorf("price of %s: %s %g: out of range 0 to %d", p.Model, f.name, f.v, int(maxPrice))
		}
	}
	return nil
}

// maxPrice is above what any model ever cost, in USD per million tokens: more is a slip of the pen.
const maxPrice = 100_000

// Prices is a price table. It does not change once made, and may be used concurrently.
type Prices struct {
	byModel map[string][]Price // newest first
	asked   [64]atomic.Pointer[pricedModel]
}

// pricedModel is what a model's id comes to: most calls are of a few models.
type pricedModel struct {
	id        string
	own, bare []Price // of the id as it is logged, and of its bare name, which counts where the first has none for a time
	regional  bool    // it names a region
}

// NewPrices returns the table of published prices with others over them: those win for their model from their time on, or
// always where they have none.
func NewPrices(own []Price) (*Prices, error) {
	p := &Prices{byModel: map[string][]Price{}}
	for _, q := range published {
		p.byModel[q.Model] = append(p.byModel[q.Model], q)
	}
	replaced := map[string]bool{}
	for _, q := range own {
		if err := q.Validate(); err != nil {
			return nil, err
		}
		name := strings.ToLower(strings.TrimSpace(q.Model))
		if q.From.IsZero() && !replaced[name] {
			p.byModel[name], replaced[name] = nil, true
		}
		p.byModel[name] = append(p.byModel[name], q)
	}
	for _, all := range p.byModel {
		// Stable and last first: of two prices from the same day the later one in the list is meant.
		slices.Reverse(all)
		slices.SortStableFunc(all, func(a, b Price) int { return cmp.Compare(b.From.Unix(), a.From.Unix()) })
	}
	return p, nil
}

// Of returns the price of a model at a time: by its name as logged, else by its bare name. Never by a prefix: claude-opus-5 is not
// claude-opus-5-5.
func (p *Prices) Of(model string, at time.Time) (Price, bool) {
	if q := p.model(model).at(at); q != nil {
		return *q, true
	}
	return Price{}, false
}

// model returns what an id comes to, which is remembered for as many ids as there is room for.
func (p *Prices) model(id string) *pricedModel {
	h := len(id)
	if n := len(id); n > 0 { // what tells models apart stands behind "claude-", and at the end
		h = ((h*31+int(id[n/2]))*31+int(id[n-1]))*31 + int(id[min(7, n-1)])
	}
	const ways = 4                                // places that an id may be in
	place := &p.asked[uint(h)%uint(len(p.asked))] //nolint:gosec // any number will do
	for i := range ways {
		at := &p.asked[uint(h+i)%uint(len(p.asked))] //nolint:gosec // the same
		m := at.Load()
		if m == nil {
			place = at
			break
		}
		if m.id == id {
			return m
		}
	}
	bare := ParseModel(id)
	m := &pricedModel{
		id: strings.Clone(id), own: p.byModel[strings.ToLower(strings.TrimSpace(id))], bare: p.byModel[bare.Name],
		regional: bare.Region != "" && bare.Region != RegionGlobal,
	}
	place.Store(m)
	return m
}

// at returns the price at a time, nil for none.
func (m *pricedModel) at(t time.Time) *Price {
	for _, of := range [...][]Price{m.own, m.bare} {
		for i := range of {
			if !t.Before(of[i].From) {
				return &of[i]
			}
		}
	}
	return nil
}
