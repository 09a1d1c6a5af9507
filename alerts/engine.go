package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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

// Route says which alerts a receiver hears of; no severities means all.
type Route struct {
	Name       string
	Severities []Severity
}

// EngineOptions is what an engine is made of. Store is required.
type EngineOptions struct {
	Store     Keeper
	Receivers []Route
	Settings  Settings
	Logger    *slog.Logger // default: none
	// Consumers returns the top consumers of a bucket in the window that ends at a time; nil for none.
	Consumers func(claude.Bucket, time.Time) []claude.Consumer
	// MinHistory is how long a source must have delivered before its silence means anything. Default: 24 hours.
	MinHistory time.Duration
}

// View is the live picture that one tick judges.
type View struct {
	Now     time.Time
	Levels  []claude.Level
	Sources []claude.SourceActivity
	Blind   string // why the agent can't observe; "" when it can
}

// Engine holds all alerts: it asks the rules, steps the state machine and saves what changed. Load it once, then Observe changes
// and Evaluate views; all methods may be used concurrently. What is not saved is asked for again at the next tick.
type Engine struct {
	store      Keeper
	log        *slog.Logger
	consumers  func(claude.Bucket, time.Time) []claude.Consumer
	minHistory time.Duration

	evaluating sync.Mutex // lets one Evaluate run at a time and protects started, observing and loaded
	started    time.Time  // the first tick
	observing  time.Time  // since when nothing kept the agent from watching
	loaded     map[string]bool

	mu      sync.Mutex // protects what follows
	rules   []rule
	routes  []Route
	alerts  map[string]kept
	refused map[origin]*spike
	spends  map[spendKey]*spend
}

// kept is an alert as it was last saved, or as it would be: saved tells when.
type kept struct {
	Alert
	saved time.Time
}

// New returns an engine. Errors say which setting is wrong.
func New(o EngineOptions) (*Engine, error) {
	if o.Store == nil {
		return nil, errors.New("alert engine: no store")
	}
	e := &Engine{
		store: o.Store, log: o.Logger, consumers: o.Consumers, minHistory: o.MinHistory,
		loaded: map[string]bool{}, alerts: map[string]kept{},
		refused: map[origin]*spike{}, spends: map[spendKey]*spend{},
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.minHistory <= 0 {
		e.minHistory = 24 * time.Hour
	}
	return e, e.Configure(o.Settings, o.Receivers)
}

// Configure puts other settings and receivers in force from the next tick on. After an error the old ones stay.
func (e *Engine) Configure(s Settings, receivers []Route) error {
	rules, err := s.apply(rules())
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rules, e.routes = rules, slices.Clone(receivers)
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
	for _, a := range alerts {
		e.alerts[a.Fingerprint] = kept{Alert: a}
		e.loaded[a.Fingerprint] = true
		recallSpends(e.spends, &a)
	}
	return nil
}

// Seed makes stored minutes the baseline of the spike rules. They should end 15 minutes before the calls that are observed
// later begin, so that no call counts twice and a spike under way is not learnt.
func (e *Engine) Seed(traffic []claude.Traffic) {
	e.mu.Lock()
	defer e.mu.Unlock()
	seed(e.refused, traffic)
}

// Observe notes what the store said is new, in memory only; history is left out.
func (e *Engine) Observe(changes []claude.Change, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range changes {
		c := &changes[i]
		if !c.Live {
			continue
		}
		observeRefused(e.refused, c, now)
		observeSpend(e.spends, c, now)
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
	next, changed := e.tick(v)
	if len(changed) > 0 {
		if err := e.store.SaveAlerts(ctx, changed); err != nil {
			return fmt.Errorf("save %d alerts: %w", len(changed), err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for fp, k := range next {
		e.report(e.alerts[fp].Alert, k.Alert)
		if k.State == Inactive && len(k.Fires) == 0 {
			delete(e.alerts, fp)
			continue
		}
		e.alerts[fp] = k
	}
	clear(e.loaded)
	return nil
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
func (e *Engine) routed(s Severity) []string {
	var names []string
	for _, r := range e.routes {
		if len(r.Severities) == 0 || slices.Contains(r.Severities, s) {
			names = append(names, r.Name)
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

// sortedKeys returns a map's keys in order, so that a tick does the same in each run.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
