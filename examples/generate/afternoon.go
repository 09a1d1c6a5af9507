package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/simulate"
)

// afternoon is the organization whose log it is: three apps that write to one file.
type afternoon struct {
	api                       *simulate.API
	clock                     simulate.Clock
	rng                       *rand.Rand
	checkout, helper, catalog *simulate.App
}

func newAfternoon(url, out string) (*afternoon, error) {
	a := &afternoon{clock: simulate.Leaping(time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)), rng: rand.New(rand.NewPCG(1, 1))}
	var err error
	a.api, err = simulate.NewAPI(simulate.APIOptions{
		Limits: map[claude.Pool]simulate.Limits{
			"sonnet-5":  {Requests: 50, InputTokens: 60_000, OutputTokens: 12_000},
			"haiku-4.5": {Requests: 50, InputTokens: 100_000, OutputTokens: 20_000},
			"opus-5.5":  {Requests: 50, InputTokens: 50_000, OutputTokens: 10_000},
		},
		Keys: map[string]simulate.Key{"sample": {Name: "sample", Workspace: "wrkspc_01SampleWorkspace123456789"}}, Seed: 1, Clock: a.clock,
		ZeroOnRefusal: true,
	})
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{}}
	hire := func(name string, mix simulate.Mix, users []string, models ...string) (*simulate.App, error) {
		log, err := simulate.NewPinoLog(out, 0, 0)
		if err != nil {
			return nil, err
		}
		return simulate.NewApp(simulate.AppOptions{
			Name: name, URL: url, Key: "sample", Models: models, Users: users, Mix: mix, Log: log, Seed: uint64(len(name)), Clock: a.clock, HTTP: client,
		})
	}
	var errs [3]error
	a.checkout, errs[0] = hire("checkout", simulate.Service, []string{"u-17", "u-23", "u-42", "u-58"}, "claude-sonnet-5", "claude-haiku-4-5")
	a.helper, errs[1] = hire("helper", simulate.Agent, []string{"u-03", "u-08"}, "claude-opus-5-5")
	a.catalog, errs[2] = hire("catalog", simulate.Batch, []string{"nightly-import"}, "claude-sonnet-5")
	return a, errors.Join(errs[:]...)
}

// pass lives the afternoon: normal use, a batch job that takes input tokens of sonnet-5 to their limit, a spell of overload,
// growth that is too sharp, and at its end the spend cap.
func (a *afternoon) pass(ctx context.Context) error {
	errs := []error{
		a.normal(ctx, 60),
		a.repeat(ctx, a.catalog, 12),
		a.normal(ctx, 30),
		a.overloaded(ctx),
		a.normal(ctx, 20),
		a.sharply(ctx),
		a.normal(ctx, 30),
		a.capped(ctx),
	}
	for _, app := range []*simulate.App{a.checkout, a.helper, a.catalog} {
		errs = append(errs, app.Close())
	}
	return errors.Join(errs...)
}

// normal makes n calls of the two services, some seconds apart.
func (a *afternoon) normal(ctx context.Context, n int) error {
	for range n {
		app := a.checkout
		if a.rng.IntN(4) == 0 {
			app = a.helper
		}
		if err := app.Once(ctx); err != nil {
			return err
		}
		if err := a.clock.Sleep(ctx, time.Duration(a.rng.Int64N(int64(6*time.Second)))); err != nil {
			return err
		}
	}
	return nil
}

func (a *afternoon) repeat(ctx context.Context, app *simulate.App, n int) error {
	for range n {
		if err := app.Once(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *afternoon) overloaded(ctx context.Context) error {
	a.api.SetOverload(0.5)
	defer a.api.SetOverload(0)
	return a.repeat(ctx, a.checkout, 4)
}

func (a *afternoon) sharply(ctx context.Context) error {
	a.api.SetRamp(simulate.Ramp{Factor: 2, Floor: 0.2})
	defer a.api.SetRamp(simulate.Ramp{})
	return a.repeat(ctx, a.catalog, 1)
}

func (a *afternoon) capped(ctx context.Context) error {
	a.api.SetSpendCap(true)
	return a.repeat(ctx, a.checkout, 1)
}
