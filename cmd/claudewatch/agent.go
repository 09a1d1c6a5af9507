package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/logreceiver"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector/tail"
	"github.com/claudewatch/claudewatch/collector/webhook"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/internal/metrics"
	"github.com/claudewatch/claudewatch/store"
)

// agent is a wired claudewatch. newAgent binds and opens everything and starts nothing; Run runs it; Close lets go.
type agent struct {
	database  string
	log       *slog.Logger
	db        *store.DB
	watch     *watch
	tailer    *tail.Tailer
	streams   []func(context.Context) error // standard input, where it is a source
	receivers []alerts.Receiver
	server    *server
}

// agentOptions is what an agent gets from its surroundings.
type agentOptions struct {
	stdin io.Reader
	log   *slog.Logger
	tick  time.Duration // how often alerts are evaluated at least
}

// newAgent wires the whole flow. It is straight-line on purpose: this is the one place that knows every part.
func newAgent(ctx context.Context, cfg *config.Config, o agentOptions) (_ *agent, err error) {
	a := &agent{log: o.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	listener, err := listen(ctx, cfg.Listen)
	if err != nil {
		return nil, err
	}
	a.server = &server{listener: listener}
	if a.database, err = cfg.DatabasePath(os.Getenv); err != nil {
		return nil, err
	}
	a.db, err = store.Open(ctx, store.Options{Path: a.database, LiveWindow: time.Duration(cfg.LiveWindow)})
	if err != nil {
		return nil, explainStore(err)
	}
	if a.receivers, err = newReceivers(cfg, o.log); err != nil {
		return nil, err
	}
	a.watch = &watch{db: a.db, log: o.log, now: time.Now, tick: o.tick, changed: make(chan struct{}, 1)}
	w := a.watch
	if w.tracker, err = limits.New(limits.Options{Limits: configuredLimits(cfg)}); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if w.metrics, err = metrics.New(a.metricsOptions(registry, cfg)); err != nil {
		return nil, err
	}
	w.engine, err = alerts.New(alerts.EngineOptions{
		Store: a.db, Receivers: routes(cfg, a.receivers), Settings: alertSettings(cfg), Logger: o.log, Consumers: w.tracker.Consumers,
	})
	if err != nil {
		return nil, err
	}
	w.deliverer, err = alerts.NewDeliverer(alerts.DelivererOptions{
		Store: a.db, Receivers: a.receivers, Logger: o.log, Link: a.URL() + "/", OnResult: w.metrics.Notification,
	})
	if err != nil {
		return nil, err
	}
	if err := w.restore(ctx); err != nil {
		return nil, fmt.Errorf("restore from %s: %w", a.database, err)
	}
	if err := a.addSources(ctx, cfg, o); err != nil {
		return nil, err
	}
	calls, err := webhook.New(webhook.Options{
		Sink: w, NewDecoder: decoderOf(config.Source{}, "webhook"), Token: cfg.Webhook.Token.Reveal(), MaxBody: int64(cfg.Webhook.MaxBody), Logger: o.log,
	})
	if err != nil {
		return nil, err
	}
	page := func(ctx context.Context) (picture, error) {
		now := time.Now()
		return assemble(ctx, a.db, w.tracker.Levels(now), now)
	}
	a.server = newServer(listener, parts{metrics.Handler(registry), calls, pageHandler(page), w.Ready})
	return a, nil
}

// addSources sets up what is tailed.
func (a *agent) addSources(ctx context.Context, cfg *config.Config, o agentOptions) error {
	positions, err := a.db.Positions(ctx)
	if err != nil {
		return err
	}
	opts := tail.Options{Positions: positions, Sink: a.watch, Logger: o.log, Notify: true}
	for _, src := range cfg.Sources {
		var globs []string
		for _, glob := range src.Tail {
			if glob == "-" {
				a.addStream(src, o)
				continue
			}
			globs = append(globs, glob)
		}
		if len(globs) > 0 {
			name := strings.Join(globs, ", ")
			opts.Sources = append(opts.Sources, tail.Source{Name: name, Globs: globs, FromEnd: src.ReadFrom == "end", NewDecoder: decoderOf(src, name)})
		}
	}
	if len(opts.Sources) > 0 {
		a.tailer, err = tail.New(opts)
	}
	return err
}

func (a *agent) addStream(src config.Source, o agentOptions) {
	a.streams = append(a.streams, func(ctx context.Context) error {
		err := tail.Stream(ctx, o.stdin, tail.StreamOptions{Name: "-", Sink: a.watch, NewDecoder: decoderOf(src, "-"), Logger: o.log})
		if err == nil && ctx.Err() == nil { // the page, the metrics and the alerts of what was read are still wanted
			o.log.Info("standard input has ended and is stored; the agent goes on until it is interrupted", "source", "-")
		}
		return err
	})
}

// metricsOptions tells the metrics where gauges come from.
func (a *agent) metricsOptions(registry *prometheus.Registry, cfg *config.Config) metrics.Options {
	b := readBuildInfo()
	return metrics.Options{
		Registerer: registry, Version: b.Version, Commit: b.Commit, Users: cfg.Metrics.Users,
		Levels:     func() []claude.Level { return a.watch.tracker.Levels(time.Now()) },
		Firing:     a.firing,
		Sources:    a.sources,
		Pending:    a.pending,
		StoreBytes: a.db.Bytes,
	}
}

// firing counts the firing alerts of every rule, the quiet ones as 0.
func (a *agent) firing() []metrics.Firing {
	n := map[[2]string]int{}
	for _, r := range a.watch.engine.RulesInForce() {
		n[[2]string{r.Name, string(r.Severity)}] = 0
	}
	for _, f := range a.watch.engine.Firing() {
		n[[2]string{f.Rule, string(f.Severity)}]++
	}
	var out []metrics.Firing
	for k, count := range n {
		out = append(out, metrics.Firing{Rule: k[0], Severity: k[1], N: count})
	}
	return out
}

// scrapeTimeout bounds what a scrape asks of the store.
const scrapeTimeout = 5 * time.Second

func (a *agent) sources() []metrics.Source {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	activity, err := a.db.Sources(ctx)
	if err != nil {
		return nil // absent for this scrape; commits and /readyz tell what is wrong with the store
	}
	at := map[string]int{}
	var out []metrics.Source
	for _, s := range activity {
		at[s.Source] = len(out)
		out = append(out, metrics.Source{Name: s.Source, LastCall: s.Last})
	}
	if a.tailer == nil {
		return out
	}
	for _, s := range a.tailer.Status() {
		i, ok := at[s.Source]
		if !ok {
			i, out = len(out), append(out, metrics.Source{Name: s.Source})
		}
		out[i].LagBytes = claude.Some(s.LagBytes)
	}
	return out
}

// pending counts what waits to be delivered, for each receiver.
func (a *agent) pending() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	n := map[string]int{}
	for _, r := range a.receivers {
		n[r.Name()] = 0
	}
	due, err := a.db.DueDeliveries(ctx, time.Now().AddDate(100, 0, 0)) // whenever they may go
	if err != nil {
		return nil
	}
	for _, d := range due {
		n[d.Delivery.Receiver]++
	}
	return n
}

// URL is where the agent listens.
func (a *agent) URL() string { return "http://" + a.server.listener.Addr().String() }

// Run runs every part until ctx ends or one of them fails.
func (a *agent) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.server.Run(ctx) })
	g.Go(func() error { return a.watch.Run(ctx) })
	g.Go(func() error { return a.watch.deliverer.Run(ctx) })
	g.Go(func() error { a.checkReceivers(ctx); return nil })
	if a.tailer != nil {
		g.Go(func() error { return a.tailer.Run(ctx) })
	}
	for _, stream := range a.streams {
		g.Go(func() error { return stream(ctx) })
	}
	return g.Wait()
}

// Close lets go of the port and the database.
func (a *agent) Close() error {
	var errs []error
	if a.server != nil {
		_ = a.server.listener.Close() // the server may have closed it
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	return errors.Join(errs...)
}

// receiverNames lists where alerts go, for people.
func (a *agent) receiverNames() string {
	if len(a.receivers) == 0 {
		return "nobody"
	}
	var names []string
	for _, r := range a.receivers {
		names = append(names, r.Name())
	}
	return strings.Join(names, ", ")
}

// tells reports whether alerts reach anything but the agent's own log.
func (a *agent) tells() bool {
	for _, r := range a.receivers {
		if _, isLog := r.(*logreceiver.Receiver); !isLog {
			return true
		}
	}
	return false
}
