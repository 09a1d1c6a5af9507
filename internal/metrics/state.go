package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// state exports what other parts of the agent hold, as it is at the scrape: firing alerts, sources, waiting notifications
// and the size of the store. What folds into the same labels is joined, so that one scrape never holds a series twice.
type state struct {
	firing     func() []Firing
	sources    func() []Source
	pending    func() map[string]int
	storeBytes func() int64
	fold       *folder

	firingDesc, lag, lastCall, pendingDesc, bytes *prometheus.Desc
}

func newState(r *registrar, fold *folder, o Options) *state {
	return &state{
		firing: o.Firing, sources: o.Sources, pending: o.Pending, storeBytes: o.StoreBytes, fold: fold,
		firingDesc: r.desc(AlertsFiring), lag: r.desc(SourceLagBytes), lastCall: r.desc(SourceLastCall),
		pendingDesc: r.desc(NotificationsPending), bytes: r.desc(StoreBytes),
	}
}

// Describe implements prometheus.Collector.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.firingDesc, s.lag, s.lastCall, s.pendingDesc, s.bytes} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	if s.firing != nil {
		s.collectFiring(ch)
	}
	if s.sources != nil {
		s.collectSources(ch)
	}
	if s.pending != nil {
		s.collectPending(ch)
	}
	if s.storeBytes != nil {
		if n := s.storeBytes(); n >= 0 {
			ch <- prometheus.MustNewConstMetric(s.bytes, prometheus.GaugeValue, float64(n))
		}
	}
}

func (s *state) collectFiring(ch chan<- prometheus.Metric) {
	sums := map[[2]string]int{}
	for _, f := range s.firing() {
		sums[[2]string{s.show(LabelRule, f.Rule), s.show(LabelSeverity, f.Severity)}] += f.N
	}
	for l, n := range sums {
		ch <- prometheus.MustNewConstMetric(s.firingDesc, prometheus.GaugeValue, float64(n), l[:]...)
	}
}

func (s *state) collectSources(ch chan<- prometheus.Metric) {
	lags, last := map[string]int64{}, map[string]time.Time{}
	for _, src := range s.sources() {
		name := s.show(LabelSource, src.Name)
		if n, ok := src.LagBytes.Get(); ok {
			lags[name] += n
		}
		if src.LastCall.After(last[name]) {
			last[name] = src.LastCall
		}
	}
	for name, n := range lags {
		ch <- prometheus.MustNewConstMetric(s.lag, prometheus.GaugeValue, float64(n), name)
	}
	for name, t := range last {
		ch <- prometheus.MustNewConstMetric(s.lastCall, prometheus.GaugeValue, unixSeconds(t), name)
	}
}

func (s *state) collectPending(ch chan<- prometheus.Metric) {
	sums := map[string]int{}
	for receiver, n := range s.pending() {
		sums[s.show(LabelReceiver, receiver)] += n
	}
	for receiver, n := range sums {
		ch <- prometheus.MustNewConstMetric(s.pendingDesc, prometheus.GaugeValue, float64(n), receiver)
	}
}

// show folds without counting: the same few configured names come with every scrape.
func (s *state) show(label, value string) string {
	value, _ = s.fold.show(label, value)
	return value
}
