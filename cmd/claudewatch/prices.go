package main

import (
	"fmt"
	"sync/atomic"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
)

// priceList is what calls are priced by: the published prices with the configured ones over them. It can be replaced while calls are
// stored; those that are stored already keep the price that they had.
type priceList struct{ current atomic.Pointer[claude.Prices] }

func newPriceList(cfg *config.Config) (*priceList, error) {
	p := &priceList{}
	return p, p.set(cfg)
}

// set puts the prices of a configuration in force. After an error the old ones stay.
func (p *priceList) set(cfg *config.Config) error {
	prices, err := claude.NewPrices(ownPrices(cfg))
	if err != nil {
		return fmt.Errorf("prices: %w", err)
	}
	p.current.Store(prices)
	return nil
}

// cost returns what a call costs in USD; unknown without a price for its model or without its tokens.
func (p *priceList) cost(c *claude.Call) claude.Opt[float64] { return p.current.Load().Cost(c) }
