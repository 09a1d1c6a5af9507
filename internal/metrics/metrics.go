package metrics

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
)

// defaultMaxValues is how many values a label may have before further ones become "other".
const defaultMaxValues = 200

// Options says where metrics are registered and where the gauges come from. A nil function leaves its metrics out.
type Options struct {
	Registerer prometheus.Registerer // required

	// The functions below are called at each scrape, possibly concurrently, and what they return is only read.
	Levels     func() []claude.Level
	Firing     func() []Firing
	Sources    func() []Source
	Pending    func() map[string]int // receiver to waiting notifications
	StoreBytes func() int64          // below 0 is unknown
	Budgets    func() []Budget
	Forecasts  func() []Forecast

	Version, Commit string
	MaxValues       int      // values per label; 0 means 200
	Users           []string // users that are counted by name
}

// Firing is a number of alerts of one rule that are firing. An N of 0 is exported.
type Firing struct {
	Rule     string
	Severity string
	N        int
}

// Source is how far the agent has got with one source.
type Source struct {
	Name     string
	LagBytes claude.Opt[int64] // unknown where a source has no size
	LastCall time.Time         // zero before the first
}

// Metrics is the exposition of one agent. Its methods may be called concurrently. Nothing runs between calls and scrapes.
type Metrics struct {
	calls  *calls
	intake *intake

	notifications *prometheus.CounterVec
	lastSuccess   *prometheus.GaugeVec
	reload        *prometheus.GaugeVec
	fold          *folder
}

// New registers the metrics. It returns an error for missing options and for names that are registered already.
func New(o Options) (*Metrics, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.MaxValues == 0 {
		o.MaxValues = defaultMaxValues
	}
	r := newRegistrar(o.Registerer)
	fold := newFolder(o.MaxValues, r.counter(LabelValuesFolded))
	m := &Metrics{
		fold:          fold,
		calls:         newCalls(r, fold, o),
		intake:        newIntake(r, fold),
		notifications: r.counter(Notifications),
		lastSuccess:   r.gauge(NotificationLastSuccess),
		reload:        r.gauge(ConfigReloadSuccessful),
	}
	r.gauge(BuildInfo).WithLabelValues(clean(o.Version), clean(o.Commit)).Set(1)
	m.Reloaded(true) // the agent would not have started otherwise
	r.register("limits", newLevels(r, fold, o.Levels))
	r.register("state", newState(r, fold, o))
	r.register("outlook", newOutlook(r, fold, o))
	if err := r.err(); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return m, nil
}

func (o *Options) validate() error {
	switch {
	case o.Registerer == nil:
		return errors.New("metrics: no registerer")
	case o.MaxValues < 0:
		return fmt.Errorf("metrics: max values %d: below 0", o.MaxValues)
	}
	return checkUsers(o.Users)
}

// Restore takes up what the counters stood at when the agent stopped. Call it once, before Apply and before the first
// scrape, with the tallies in the order in which the store first saw them, so that folded values fold as before.
func (m *Metrics) Restore(tallies []claude.Tally) {
	for i := range tallies {
		m.calls.add(&tallies[i])
	}
}

// Apply counts what a commit changed. Calls that were history when they were read move nothing.
func (m *Metrics) Apply(changes []claude.Change) { m.calls.apply(changes) }

// Notification counts one try to notify a receiver. With [ResultSent], at is when it got through.
func (m *Metrics) Notification(receiver, result string, at time.Time) {
	receiver = m.fold.fold(LabelReceiver, receiver)
	m.notifications.WithLabelValues(receiver, m.fold.fold(LabelResult, result)).Inc()
	if result == ResultSent {
		m.lastSuccess.WithLabelValues(receiver).Set(unixSeconds(at))
	}
}

// Reloaded tells whether the last reading of the configuration succeeded.
func (m *Metrics) Reloaded(ok bool) {
	v := 0.0
	if ok {
		v = 1
	}
	m.reload.WithLabelValues().Set(v)
}

// unixSeconds is a time in seconds, to the millisecond: what Prometheus itself keeps.
func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
