package claude

import "math"

// Factors and names of the API that prices go by.
const (
	batchFactor = 0.5 // service_tier "batch": input, output and caching alike. Source: pricing page, batch processing
	tierBatch   = "batch"
	speedFast   = "fast"
	geoUS       = "us"
)

// Cost returns what a call costs in USD, to the billionth, or unknown: where the model has no known price, or the log does not tell
// both input and output. Cache counts that the log lacks are none, as the API leaves them out where nothing was cached.
//
// A call whose usage tells its iterations is billed by those, each at its own model's price: the totals beside them leave out
// compaction and advisor messages. Source: API reference, usage.iterations.
func (p *Prices) Cost(c *Call) Opt[float64] {
	u := &c.Usage
	total := float64(u.ServerToolUse.WebSearchRequests.Or(0)) * webSearch
	parts := u.Iterations.List()
	if len(parts) == 0 {
		if !u.InputTokens.Known() || !u.OutputTokens.Known() {
			return Opt[float64]{}
		}
		tokens := u.Tokens()
		rates, ok := p.rates(c.Model, c, tokens)
		if !ok {
			return Opt[float64]{}
		}
		return inBillionths(total + rates.of(tokens))
	}
	for i := range parts {
		usd, ok := p.iteration(c, &parts[i])
		if !ok {
			return Opt[float64]{}
		}
		total += usd
	}
	return inBillionths(total)
}

func inBillionths(usd float64) Opt[float64] { return Some(math.Round(usd*1e9) / 1e9) }

// iteration prices one iteration of a call, by its own model where it names one.
func (p *Prices) iteration(c *Call, it *Iteration) (float64, bool) {
	model := it.Model
	if model == "" {
		model = c.Model
	}
	used := it.usage()
	tokens := used.Tokens()
	rates, ok := p.rates(model, c, tokens)
	return rates.of(tokens), ok
}

// rates returns what a model's tokens cost in a call.
func (p *Prices) rates(model string, c *Call, t Tokens) (Rates, bool) {
	m := p.model(model)
	q := m.at(c.Time)
	if q == nil {
		return Rates{}, false
	}
	r := q.Rates
	if q.LongAbove > 0 && t.Input+t.CacheRead+t.CacheWrite() > q.LongAbove {
		r = q.Long
	}
	if c.Usage.ServiceTier == tierBatch {
		r = r.times(batchFactor)
	}
	if c.Usage.Speed == speedFast {
		if q.Fast == 0 {
			return Rates{}, false
		}
		r = r.times(q.Fast)
	}
	if c.Usage.InferenceGeo == geoUS && q.USGeo > 0 {
		r = r.times(q.USGeo)
	}
	if m.regional && q.Regional > 0 {
		r = r.times(q.Regional)
	}
	return r, true
}
