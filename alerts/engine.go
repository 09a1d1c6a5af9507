package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// saveEvery is how often a firing alert is saved when nothing but its value has changed: that keeps its clocks across a crash.
const saveEvery = 15 * time.Second

// Keeper is the part of the store that the engine needs.
type Keeper interface {
	// Alerts returns what Store.Alerts returns.
	Alerts(ctx context.Context) ([]Alert, error)
	// SaveAlerts does what Store.SaveAlerts does.
	SaveAlerts(ctx context.Context, changed []Changed) error
}

// EngineOptions is what an engine is made of. Store is required.
type EngineOptions struct {
	Store     Keeper
	Receivers []Route
	Settings  Settings
	Logger    *slog.Logger // default: none
	// Consumers returns the top consumers of a bucket in the window that ends at a time; nil for none.
	Consumers func(claude.Bucket, time.Time) []claude.Consumer
	Budgets   []Budget     // watched through Ledger
	Ledger    Ledger       // nil: no budget is watched
	Rules     []CustomRule // watched through Values
	// Values returns the present samples of metrics, for the users' own rules; nil: those are not watched.
	Values func(ctx context.Context, metrics []string) (map[string][]Sample, error)
	// Forecast returns when limits will be reached; nil: upgrade_due does not exist.
	Forecast func(now time.Time) []Forecast
	// Priced says that calls have a cost wherever their model has a price; without it model_unpriced does not exist.
	Priced bool
	// Unsaved is told of an alert that fires and can't be saved, once: the agent is blind because its store is broken, and what is
	// in no store is delivered by nobody. nil is nobody.
	Unsaved func(ctx context.Context, a Alert)
	// MinHistory is how long a source must have delivered before its silence means anything. Default: 24 hours.
	MinHistory time.Duration
}

// View is the live picture that one tick judges.
type View struct {
	Now     time.Time
	Levels  []claude.Level
	Sources []claude.SourceActivity
	Blind   string // why the agent can't observe; "" when it can
	Faults  []Fault
}

// Fault is a part of what should be watched that can't be read, as a log file without permission.
type Fault struct {
	Source string
	Why    string
}

// Engine holds all alerts: it asks the rules, steps the state machine and saves what changed. Load it once, then Observe changes
// and Evaluate views; all methods may be used concurrently. What is not saved is asked for again at the next tick.
type Engine struct {
	store      Keeper
	log        *slog.Logger
	consumers  func(claude.Bucket, time.Time) []claude.Consumer
	minHistory time.Duration
	feeds      []Feed
	forecast   func(time.Time) []Forecast
	unsaved    func(context.Context, Alert)

	evaluating sync.Mutex // lets one Evaluate run at a time and protects started, observing and loaded
	started    time.Time  // the first tick
	observing  time.Time  // since when nothing kept the agent from watching
	loaded     map[string]bool
	told       map[string]bool // episodes that could not be saved, and that Unsaved was told of
	ledger     Ledger
	values     func(context.Context, []string) (map[string][]Sample, error)

	mu        sync.Mutex // protects what follows
	rules     []rule
	routes    []Route
	alerts    map[string]kept
	forecasts []Forecast
	remembered
	desk
}

// Configuration is what can be changed while an engine runs.
type Configuration struct {
	Settings  Settings
	Receivers []Route
	Budgets   []Budget
	Rules     []CustomRule
}

// kept is an alert as it was last saved, or as it would be: saved tells when.
type kept struct {
	Alert
	saved   time.Time
	unsaved bool // it changed and could not be saved
}

// New returns an engine. Errors say which setting is wrong.
func New(o EngineOptions) (*Engine, error) {
	if o.Store == nil {
		return nil, errors.New("alert engine: no store")
	}
	e := &Engine{
		store: o.Store, log: o.Logger, consumers: o.Consumers, minHistory: o.MinHistory, forecast: o.Forecast, unsaved: o.Unsaved,
		loaded: map[string]bool{}, told: map[string]bool{}, ledger: o.Ledger, values: o.Values,
		alerts: map[string]kept{}, remembered: newMemories(), desk: desk{at: map[string]int{}, of: map[string][]string{}, identities: identities{}},
	}
	if o.Forecast != nil {
		e.feeds = append(e.feeds, FeedForecast)
	}
	if o.Priced {
		e.feeds = append(e.feeds, FeedPrices)
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.minHistory <= 0 {
		e.minHistory = 24 * time.Hour
	}
	return e, e.Configure(Configuration{o.Settings, o.Receivers, o.Budgets, o.Rules})
}

// Configure puts another configuration in force from the next tick on. After an error the old one stays.
func (e *Engine) Configure(c Configuration) error {
	all, err := c.rules(e.feeds)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rules, e.routes = all, slices.Clone(c.Receivers)
	e.budgets.configure(c.Budgets)
	e.custom.configure(c.Rules)
	return nil
}

// Load takes up the alerts of the last run. The first tick moves them over the gap.
func (e *Engine) Load(ctx context.Context) error {
	alerts, err := e.store.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("load alerts: %w", err)
	}
	e.evaluating.Lock()
	defer e.evaluating.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listed = false
	for _, a := range alerts {
		e.alerts[a.Fingerprint] = kept{Alert: a}
		e.loaded[a.Fingerprint] = true
		recallSpends(e.spends, &a)
		recallUnpriced(e.unpriced, &a)
	}
	return nil
}

// Seed makes stored minutes the baseline of the spike rules. They should end 15 minutes before the calls that are observed
// later begin, so that no call counts twice and a spike under way is not learnt.
func (e *Engine) Seed(traffic []claude.Traffic) {
	e.mu.Lock()
	defer e.mu.Unlock()
	seed(e.refused, traffic, rateLimitedOf)
	seed(e.overloaded, traffic, overloadedOf)
}

// Observe notes what the store said is new, in memory only; history only counts towards budgets.
func (e *Engine) Observe(changes []claude.Change, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range changes {
		c := &changes[i]
		e.budgets.observe(c)
		if c.Live {
			e.note(c, now)
		}
	}
}

// Firing returns the alerts that are firing, by rule and then the time they fired.
func (e *Engine) Firing() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	var firing []Alert
	for _, a := range e.alerts {
		if a.Active() {
			firing = append(firing, a.Alert)
		}
	}
	slices.SortFunc(firing, byRule)
	return firing
}

// RulesInForce returns the rules as they are set now.
func (e *Engine) RulesInForce() []RuleInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	var infos []RuleInfo
	for _, r := range e.rules {
		infos = append(infos, r.RuleInfo)
	}
	return infos
}

// Evaluate judges one view and saves, in one transaction, what it changed. After an error nothing has changed.
func (e *Engine) Evaluate(ctx context.Context, v View) error {
	e.evaluating.Lock()
	defer e.evaluating.Unlock()
	e.watch(v)
	e.refresh(ctx, v.Now)
	next, changed := e.tick(v)
	if len(changed) > 0 {
		if err := e.store.SaveAlerts(ctx, changed); err != nil {
			for _, a := range e.keepUnsaved(next) {
				e.unsaved(ctx, a)
			}
			return fmt.Errorf("save %d alerts: %w", len(changed), err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range next {
		fp := k.Fingerprint
		e.report(e.alerts[fp].Alert, k.Alert)
		if k.State == Inactive && len(k.Fires) == 0 {
			delete(e.alerts, fp)
			e.listed = false
			continue
		}
		k.unsaved = false
		e.alerts[fp] = k
	}
	clear(e.loaded)
	return nil
}

// keepUnsaved keeps in memory what only matters while nothing can be saved, that the agent is blind, and returns what nobody has been
// told of yet.
func (e *Engine) keepUnsaved(next []kept) []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	var untold []Alert
	for _, k := range next {
		if k.Rule != agentBlindRule().Name {
			continue
		}
		fp := k.Fingerprint
		e.report(e.alerts[fp].Alert, k.Alert)
		k.unsaved = true
		e.alerts[fp] = k
		if k.Active() && !e.told[k.Episode] && e.unsaved != nil {
			e.told[k.Episode] = true
			untold = append(untold, k.Alert)
		}
	}
	return untold
}

// refresh asks for what rules look at and the engine does not see itself. What can't be had now is asked for again at the next tick;
// until then the rules that need it go by what is known, or stand still.
func (e *Engine) refresh(ctx context.Context, now time.Time) {
	if e.ledger != nil {
		e.refreshBudgets(ctx, now)
	}
	if e.values != nil {
		e.refreshValues(ctx, now)
	}
	if e.forecast != nil {
		f := e.forecast(now)
		e.mu.Lock()
		e.forecasts = f
		e.mu.Unlock()
	}
}

// watch notes since when the agent has been watching.
func (e *Engine) watch(v View) {
	if e.started.IsZero() {
		e.started = v.Now
	}
	if e.observing.IsZero() || v.Blind != "" {
		e.observing = v.Now
	}
}

// report logs what became of an alert, for debugging: telling people is the receivers' part. The labels are untrusted and stay
// values.
func (e *Engine) report(before, after Alert) {
	if before.State == after.State {
		return
	}
	e.log.Debug("alert changed", "rule", after.Rule, "state", string(after.State),
		"reason", after.Reason, "labels", after.Labels, "value", after.Value, "peak", after.Peak)
}

// routed returns the receivers that hear of an alert.
func (e *Engine) routed(a *Alert) []string {
	var names []string
	for i := range e.routes {
		if e.routes[i].Takes(a) {
			names = append(names, e.routes[i].Name)
		}
	}
	return names
}

func byRule(a, b Alert) int {
	if a.Rule != b.Rule {
		if a.Rule < b.Rule {
			return -1
		}
		return 1
	}
	return a.FiredAt.Compare(b.FiredAt)
}
