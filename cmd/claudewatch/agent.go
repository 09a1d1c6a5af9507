package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/logreceiver"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
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
	group     *collector.Group // what sources commit to; it hands on to watch
	tailer    *tail.Tailer
	streams   []func(context.Context) error // standard input, where it is a source
	broken    []alerts.Fault                // what faults found last
	looked    time.Time                     // when it did
	force     atomic.Pointer[inForce]
	reloading reloading
	intake    handlerSlot // of the webhook
	api       handlerSlot // to alerts
	doorToken string      // of the commands of this machine; "" for none
	silences  *alerts.Silences
	digester  *alerts.Digester
	outlook   *outlook
	upkeep    *upkeep
	prices    *priceList
	door      bool // whether the commands of this machine find the agent
	server    *server
}

// agentOptions is what an agent gets from its surroundings.
type agentOptions struct {
	stdin io.Reader
	log   *slog.Logger
	tick  time.Duration // how often alerts are evaluated at least
	reloading
}

// newAgent wires the whole flow. It is straight-line on purpose: this is the one place that knows every part.
func newAgent(ctx context.Context, cfg *config.Config, o agentOptions) (_ *agent, err error) {
	a := &agent{log: o.log, reloading: o.reloading}
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
	if a.prices, err = newPriceList(cfg); err != nil {
		return nil, err
	}
	a.db, err = store.Open(ctx, store.Options{Path: a.database, LiveWindow: time.Duration(cfg.LiveWindow), Price: a.prices.cost})
	if err != nil {
		return nil, explainStore(err)
	}
	receivers, err := newReceivers(cfg, o.log)
	if err != nil {
		return nil, err
	}
	a.force.Store(&inForce{cfg: cfg, receivers: receivers})
	a.silences = alerts.NewSilences(a.db, nil)
	if err := a.silences.Load(ctx); err != nil {
		return nil, err
	}
	a.watch = &watch{db: a.db, log: o.log, now: time.Now, tick: o.tick, ticks: make(chan time.Duration, 1), changed: make(chan struct{}, 1)}
	w := a.watch
	w.applier, w.pacer = newApplier(w.take), newPacer(w.now)
	if a.group, err = collector.NewGroup(collector.GroupOptions{Sink: w, Broken: storeBroken}); err != nil {
		return nil, err
	}
	if w.tracker, err = limits.New(limits.Options{Limits: configuredLimits(cfg)}); err != nil {
		return nil, err
	}
	a.outlook = &outlook{db: a.db, levels: w.tracker.Levels, log: o.log, now: time.Now}
	a.upkeep = &upkeep{
		db: a.db, log: o.log, damaged: w.setDamaged, every: pruneEvery,
	}
	a.upkeep.setRetention(retention(cfg))
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), cacheGauge())
	if w.metrics, err = metrics.New(a.metricsOptions(registry, cfg)); err != nil {
		return nil, err
	}
	w.engine, err = alerts.New(alerts.EngineOptions{
		Store: a.db, Receivers: routes(cfg, receivers), Settings: alertSettings(cfg), Logger: o.log, Consumers: w.tracker.Consumers,
		Budgets: budgets(cfg), Ledger: a.db, Rules: customRules(cfg), Values: gathered(registry), Unsaved: a.cryOut, Forecast: a.outlook.alerts, Priced: true,
	})
	if err != nil {
		return nil, err
	}
	w.deliverer, err = alerts.NewDeliverer(alerts.DelivererOptions{
		Store: a.db, Receivers: receivers, Fallbacks: fallbacks(cfg), Logger: o.log, OnResult: w.metrics.Notification,
		Links: messageLinks(cfg, a.URL()+"/"), Silenced: a.silences.Silenced, Describe: describer(a.db, o.log, time.Now),
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
	w.faults = a.faults
	if err := a.setIntake(cfg); err != nil {
		return nil, err
	}
	page := func(ctx context.Context) (picture, error) {
		if err := w.applier.settled(ctx); err != nil {
			return picture{}, err
		}
		now := time.Now()
		p, err := assemble(ctx, a.db, w.tracker.Levels(now), now)
		return a.withLag(p), err
	}
	if err := a.addDigester(cfg); err != nil {
		return nil, err
	}
	a.openAPI(cfg)
	a.server = newServer(listener, parts{w.applier.before(metrics.Handler(registry)), &a.intake, pageHandler(page), &a.api, w.Ready, statusHandler(page)})
	return a, nil
}

// addSources sets up what is tailed.
func (a *agent) addSources(ctx context.Context, cfg *config.Config, o agentOptions) error {
	positions, err := a.db.Positions(ctx)
	if err != nil {
		return err
	}
	for _, src := range streamed(cfg) {
		a.addStream(src, o)
	}
	// Without sources too: a reload may bring some.
	a.tailer, err = tail.New(tail.Options{Sources: tailSources(cfg), Positions: positions, Sink: a.group, Logger: o.log, Notify: true})
	return err
}

// tailSources are the sources that follow files.
func tailSources(cfg *config.Config) []tail.Source {
	var out []tail.Source
	for _, src := range followed(cfg) {
		name := strings.Join(src.Tail, ", ")
		settings, _ := json.Marshal([]any{src.App, src.Workspace, src.Fields, src.Timezone}) // texts only
		out = append(out, tail.Source{
			Name: name, Globs: src.Tail, FromEnd: src.ReadFrom == config.End, Settings: string(settings), NewDecoder: decoderOf(src, name),
		})
	}
	return out
}

// setIntake has the webhook take calls as the configuration says.
func (a *agent) setIntake(cfg *config.Config) error {
	h, err := webhook.New(webhook.Options{
		Sink: a.group, NewDecoder: decoderOf(config.Source{}, "webhook"), Token: cfg.Webhook.Token.Reveal(), MaxBody: int64(cfg.Webhook.MaxBody), Logger: a.log,
	})
	if err == nil {
		a.intake.set(h)
	}
	return err
}

func (a *agent) addStream(src config.Source, o agentOptions) {
	a.streams = append(a.streams, func(ctx context.Context) error {
		err := tail.Stream(ctx, o.stdin, tail.StreamOptions{Name: "-", Sink: a.group, NewDecoder: decoderOf(src, "-"), Logger: o.log})
		if err == nil && ctx.Err() == nil { // the page, the metrics and the alerts of what was read are still wanted
			o.log.Info("standard input has ended and is stored; the agent goes on until it is interrupted", "source", "-")
		}
		return err
	})
}

// cacheGauge is to the C heap what the Go collector's gauges are to Go's.
func cacheGauge() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "claudewatch_store_cache_bytes", Help: "Memory that the pages of the database take.",
	}, func() float64 { return float64(store.CacheBytes()) })
}

// metricsOptions tells the metrics where gauges come from.
func (a *agent) metricsOptions(registry *prometheus.Registry, cfg *config.Config) metrics.Options {
	b := readBuildInfo()
	return metrics.Options{
		Registerer: registry, Version: b.Version, Commit: b.Commit, Users: cfg.Metrics.Users,
		Levels:     func() []claude.Level { return a.watch.tracker.Levels(time.Now()) },
		Firing:     func() []metrics.Firing { return firingByRule(a.watch.engine) },
		Sources:    a.sources,
		Pending:    a.pending,
		StoreBytes: a.db.Bytes,
		Budgets:    func() []metrics.Budget { return budgetUses(a.watch.engine, time.Now()) },
		Forecasts:  a.outlook.metrics,
	}
}

// firingByRule counts the firing alerts of every rule, the quiet ones as 0.
func firingByRule(e *alerts.Engine) []metrics.Firing {
	n := map[[2]string]int{}
	for _, r := range e.RulesInForce() {
		n[[2]string{r.Name, string(r.Severity)}] = 0
	}
	for _, f := range e.Firing() {
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
	for _, s := range a.tailer.Status() {
		i, ok := at[s.Source]
		if !ok {
			i, out = len(out), append(out, metrics.Source{Name: s.Source})
			at[s.Source] = i
		}
		out[i].LagBytes = claude.Some(s.LagBytes)
	}
	return out
}

// faults tells what can't be read of the sources, one for each source. It looks at every file, so it does that a few times a minute.
// Only the evaluation of alerts calls it.
func (a *agent) faults() []alerts.Fault {
	now := time.Now()
	if now.Sub(a.looked) < evaluateTick/2 {
		return a.broken
	}
	a.broken, a.looked = nil, now
	for _, s := range a.tailer.Status() {
		if len(s.Errors) > 0 {
			a.broken = append(a.broken, alerts.Fault{Source: s.Source, Why: s.Errors[0].Err.Error()})
		}
	}
	return a.broken
}

// pending counts what waits to be delivered, for each receiver.
func (a *agent) pending() map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	n := map[string]int{}
	for _, r := range a.receivers() {
		n[r.Name()] = 0
	}
	due, err := a.db.DueDeliveries(ctx, time.Now().AddDate(100, 0, 0)) // whenever they may go
	if err != nil {
		return nil
	}
	for i, d := range due {
		if a.silences.Silenced(&due[i].Alert, time.Now()) { // it waits for its silence, not for the receiver
			continue
		}
		n[d.Delivery.Receiver]++
	}
	return n
}

// receivers are those that are told now.
func (a *agent) receivers() []alerts.Receiver { return a.force.Load().receivers }

// URL is where the agent listens.
func (a *agent) URL() string { return "http://" + a.server.listener.Addr().String() }

// Run runs every part until ctx ends or one of them fails. What stores goes on until the others have ended: they may have
// something to store yet, and senders of the webhook wait for their answers.
func (a *agent) Run(ctx context.Context) error {
	storing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group errgroup.Group
	group.Go(func() error {
		defer a.watch.applier.close()
		return a.group.Run(storing)
	})
	group.Go(func() error { a.watch.applier.Run(); return nil })
	err := a.runParts(ctx)
	stop()
	return errors.Join(err, group.Wait())
}

func (a *agent) runParts(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.server.Run(ctx) })
	g.Go(func() error { return a.watch.Run(ctx) })
	g.Go(func() error { return a.watch.deliverer.Run(ctx) })
	g.Go(func() error { a.checkReceivers(ctx); return nil })
	g.Go(func() error { return a.digester.Run(ctx) })
	g.Go(func() error { return a.outlook.Run(ctx) })
	g.Go(func() error { return a.upkeep.Run(ctx) })
	g.Go(func() error { return a.tailer.Run(ctx) })
	g.Go(func() error { return a.runReload(ctx) })
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
	if a.door {
		errs = append(errs, os.Remove(doorFile(a.database)))
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	return errors.Join(errs...)
}

// receiverNames lists where alerts go, for people.
func (a *agent) receiverNames() string {
	if len(a.receivers()) == 0 {
		return "nobody"
	}
	var names []string
	for _, r := range a.receivers() {
		names = append(names, r.Name())
	}
	return strings.Join(names, ", ")
}

// tells reports whether alerts reach anything but the agent's own log.
func (a *agent) tells() bool {
	for _, r := range a.receivers() {
		if _, isLog := r.(*logreceiver.Receiver); !isLog {
			return true
		}
	}
	return false
}
