package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// reloading says when and how an agent gets another configuration. The zero value never does.
type reloading struct {
	signals <-chan os.Signal
	// read reads the configuration and its secrets anew. The warnings are sentences for people.
	read  func() (cfg *config.Config, warnings []string, err error)
	level *slog.LevelVar // of the log
}

// runReload reloads at every signal until ctx ends.
func (a *agent) runReload(ctx context.Context) error {
	var checks sync.WaitGroup
	defer checks.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.reloading.signals:
		}
		err := a.reload(ctx)
		a.watch.metrics.Reloaded(err == nil)
		if err != nil {
			a.log.Error("configuration not reloaded, the old one stays in force", "error", oneLine(err))
			continue
		}
		checks.Go(func() { a.checkReceivers(ctx) })
	}
}

// reload puts the configuration as it is now in force. After an error nothing has changed.
func (a *agent) reload(ctx context.Context) error {
	next, warnings, err := a.reloading.read()
	if err != nil {
		return err
	}
	old := a.force.Load().cfg
	kept := keepFixed(next, old)
	if err := a.apply(ctx, next); err != nil {
		return err
	}
	for _, w := range warnings {
		a.log.Warn("configuration", "warning", w)
	}
	if len(kept) > 0 {
		a.log.Warn("these keys keep their old values until a restart", "keys", strings.Join(kept, ", "))
	}
	a.log.Info("configuration reloaded", "changed", strings.Join(changedKeys(next, old), ", "))
	return nil
}

// prepared is what is made of a configuration before any of it is in force.
type prepared struct {
	receivers []alerts.Receiver
	intake    *config.Webhook // nil when it stays as it is
	rules     alerts.Configuration
}

// prepare makes and checks whatever could fail, so that a configuration comes in force as a whole or not at all.
func (a *agent) prepare(cfg *config.Config) (p prepared, err error) {
	if p.receivers, err = newReceivers(cfg, a.log); err != nil {
		return p, err
	}
	if _, err := limits.New(limits.Options{Limits: configuredLimits(cfg)}); err != nil {
		return p, err
	}
	if _, err := newPriceList(cfg); err != nil {
		return p, err
	}
	p.rules = alerts.Configuration{Settings: alertSettings(cfg), Receivers: routes(cfg, p.receivers), Budgets: budgets(cfg), Rules: customRules(cfg)}
	if err := a.watch.engine.Check(p.rules); err != nil {
		return p, err
	}
	if old := a.force.Load(); !reflect.DeepEqual(old.cfg.Webhook, cfg.Webhook) {
		p.intake = &cfg.Webhook
	}
	return p, nil
}

// apply puts a configuration in force while everything runs. What is not prepared can't fail any more but for the database, which says
// so by itself.
func (a *agent) apply(ctx context.Context, cfg *config.Config) error {
	p, err := a.prepare(cfg)
	if err != nil {
		return err
	}
	if p.intake != nil {
		if err := a.setIntake(cfg); err != nil {
			return err
		}
	}
	links := messageLinks(cfg, a.URL()+"/")
	// Receivers come before the routes to them: what is due to a receiver that is not there ends.
	err = errors.Join(
		a.prices.set(cfg),
		a.watch.tracker.Configure(configuredLimits(cfg)),
		a.watch.metrics.SetUsers(cfg.Metrics.Users),
		a.watch.deliverer.SetReceivers(p.receivers, fallbacks(cfg), links),
		a.watch.engine.Configure(p.rules),
		a.tailer.SetSources(tailSources(cfg)),
	)
	if err != nil { // the checks above have missed something; the parts that took it go on with it
		return err
	}
	a.force.Store(&inForce{cfg: cfg, receivers: p.receivers})
	a.digester.SetPlans(digestPlans(cfg, p.receivers))
	a.setAPI(cfg)
	a.upkeep.setRetention(retention(cfg))
	if a.reloading.level != nil {
		a.reloading.level.Set(logLevel(cfg.Log))
	}
	a.watch.setTick(evaluationTick(cfg))
	a.watch.wake()
	// What was given up is tried again: somebody may have mended it.
	if err := a.db.ReviveDeliveries(ctx); err != nil {
		a.log.Error("try again what was given up", "error", err)
	}
	a.watch.deliverer.Wake()
	return nil
}

func retention(cfg *config.Config) store.Retention {
	r := cfg.Database.Retention
	return store.Retention{Calls: time.Duration(r.Calls), Minutes: time.Duration(r.Minutes)}
}

// oneLine writes an error of several lines in one, for the log.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
