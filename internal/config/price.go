package config

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Price is what a model costs, over or beside the published prices. Prices are in USD per million tokens; what is not said of
// caching follows from the input price, as claude.DefaultRates has it.
type Price struct {
	Model        string              `yaml:"model"`          // as it is logged, or without provider, region and date
	From         string              `yaml:"from,omitempty"` // the first day, as 2006-01-02 in UTC; "" for always
	Input        claude.Opt[float64] `yaml:"input,omitzero"`
	Output       claude.Opt[float64] `yaml:"output,omitzero"`
	CacheWrite5m claude.Opt[float64] `yaml:"cache_write_5m,omitzero"`
	CacheWrite1h claude.Opt[float64] `yaml:"cache_write_1h,omitzero"`
	CacheRead    claude.Opt[float64] `yaml:"cache_read,omitzero"`
	Fast         claude.Opt[float64] `yaml:"fast,omitzero"`     // what fast mode multiplies all of these by
	USGeo        claude.Opt[float64] `yaml:"us_geo,omitzero"`   // the same for inference in the US only
	Regional     claude.Opt[float64] `yaml:"regional,omitzero"` // the same for a cloud's regional endpoints
}

// Price returns the price as the ground floor has it. The configuration has checked it.
func (p *Price) Price() claude.Price {
	from, _ := time.Parse(time.DateOnly, p.From)
	rates := claude.DefaultRates(p.Input.Or(0), p.Output.Or(0))
	rates.CacheWrite5m = p.CacheWrite5m.Or(rates.CacheWrite5m)
	rates.CacheWrite1h = p.CacheWrite1h.Or(rates.CacheWrite1h)
	rates.CacheRead = p.CacheRead.Or(rates.CacheRead)
	return claude.Price{
		Model: p.Model, From: from, Rates: rates, Source: "configuration",
		Fast: p.Fast.Or(0), USGeo: p.USGeo.Or(0), Regional: p.Regional.Or(0),
	}
}

// prices wants each price whole and said once.
func (k *check) prices() {
	type key struct{ model, from string }
	seen := map[key]int{}
	for i := range k.c.Prices {
		q, p := &k.c.Prices[i], fmt.Sprintf("prices[%d]", i)
		if k.text(p+".model", q.Model); q.Model == "" {
			k.fault(p+".model", "", "it is missing")
		}
		if _, err := time.Parse(time.DateOnly, q.From); q.From != "" && err != nil {
			k.fault(p+".from", "write a day, as in 2026-10-07", "%s is no day", show(q.From))
		}
		for _, f := range []struct {
			key  string
			v    claude.Opt[float64]
			must bool
		}{
			{"input", q.Input, true},
			{"output", q.Output, true},
			{"cache_write_5m", q.CacheWrite5m, false},
			{"cache_write_1h", q.CacheWrite1h, false},
			{"cache_read", q.CacheRead, false},
			{"fast", q.Fast, false},
			{"us_geo", q.USGeo, false},
			{"regional", q.Regional, false},
		} {
			k.price(p+"."+f.key, f.v, f.must)
		}
		if first, ok := seen[key{q.Model, q.From}]; ok {
			k.fault(p, "", "prices[%d] prices %s from the same day already", first, show(q.Model))
		} else {
			seen[key{q.Model, q.From}] = i
		}
	}
}

// price wants a number of USD per million tokens, or a factor.
func (k *check) price(path string, v claude.Opt[float64], must bool) {
	f, ok := v.Get()
	switch {
	case !ok && must:
		k.fault(path, "write the price in USD per million tokens, as in 3.00", "there is none")
	case ok && !(f >= 0 && f <= 100_000):
		k.fault(path, "prices are in USD per million tokens", "%g is out of range 0 to 100000", f)
	}
}
