package simulate

import (
	"errors"
	"fmt"
	"time"
)

// cast is the demo's apps.
type cast struct {
	checkout *App // a steady service with a wave
	support  *App // a small assistant, a script on the Python SDK
	agent    *App // Claude Code
	importer *App // the batch job
}

// The normal rates, in calls per second: with them each pool runs at about half of its limits.
const (
	checkoutRate = 3.0
	supportRate  = 1.6 // one at a time: about a third is shed
	agentRate    = 0.25
)

func (c *cast) all() []*App { return []*App{c.checkout, c.support, c.agent, c.importer} }

func (c *cast) close() error {
	var errs []error
	for _, a := range c.all() {
		if a != nil {
			errs = append(errs, a.Close())
		}
	}
	return errors.Join(errs...)
}

// calm sets the rates of all but the batch job to a part of normal.
func (c *cast) calm(part float64) {
	c.checkout.SetRate(checkoutRate * part)
	c.support.SetRate(supportRate * part)
	c.agent.SetRate(agentRate * part)
}

// hire makes the apps and their logs.
func (d *Demo) hire() error {
	hires := []struct {
		app  **App
		o    AppOptions
		from Source
		log  func() (Log, error)
	}{
		{
			&d.cast.checkout,
			AppOptions{
				Name: "checkout", Models: []string{"claude-sonnet-5", "claude-sonnet-5", "claude-sonnet-5", "claude-haiku-4-5"}, Users: users(24),
				Mix: Service, Wave: 0.15,
			},
			Source{d.under("checkout", "*.log"), "checkout", production},
			func() (Log, error) { return NewPinoLog(d.under("checkout", "app.log"), d.o.RotateBytes, 2) },
		},
		{
			&d.cast.support,
			AppOptions{Name: "support", Models: []string{"claude-haiku-4-5"}, Users: users(6), Mix: Chat, InFlight: 1},
			Source{d.under("support", "*.log"), "support", production},
			func() (Log, error) { return NewPythonLog(d.under("support", "support.log"), d.o.RotateBytes, 2) },
		},
		{
			&d.cast.agent,
			AppOptions{Name: "claude-code", Models: []string{"claude-opus-5-5"}, Users: users(1), Mix: Agent, Retries: 10},
			Source{d.under("claude-code", "projects", "*", "*.jsonl"), "claude-code", engineering},
			func() (Log, error) {
				return NewTranscript(d.under("claude-code", "projects", "-srv-project"), 60, d.o.Seed)
			},
		},
		{
			&d.cast.importer,
			AppOptions{Name: "importer", Models: []string{"claude-sonnet-5"}, Users: []string{"nightly-import"}, Mix: Batch},
			Source{d.under("importer", "*-json.log"), "importer", production},
			func() (Log, error) { return NewDockerLog(d.under("importer", "importer-json.log"), d.o.RotateBytes, 2) },
		},
	}
	for i, h := range hires {
		log, err := h.log()
		if err != nil {
			return fmt.Errorf("demo: %s: %w", h.o.Name, err)
		}
		h.o.Log, h.o.URL, h.o.Key, h.o.Seed = log, d.URL(), "sim-"+h.o.Name, d.o.Seed*8+uint64(i)
		h.o.Clock, h.o.HTTP, h.o.WavePeriod = d.clock, d.http, 3*time.Minute
		if *h.app, err = NewApp(h.o); err != nil {
			return errors.Join(err, log.Close())
		}
		d.sources = append(d.sources, h.from)
	}
	return nil
}

func users(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("u-%02d", i+1)
	}
	return names
}
