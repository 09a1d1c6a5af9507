package metrics

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// registrar makes metrics from their catalogue entries and registers them. It gathers the errors, so that a list of metrics
// reads as a list.
type registrar struct {
	to      prometheus.Registerer
	entries map[string]Metric
	errs    []error
}

func newRegistrar(to prometheus.Registerer) *registrar {
	r := &registrar{to: to, entries: map[string]Metric{}}
	for _, m := range Catalogue() {
		r.entries[m.Name] = m
	}
	return r
}

func (r *registrar) counter(name string) *prometheus.CounterVec {
	m := r.entry(name)
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
	r.register(name, vec)
	return vec
}

func (r *registrar) gauge(name string) *prometheus.GaugeVec {
	m := r.entry(name)
	vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.Labels)
	r.register(name, vec)
	return vec
}

// histogram has classic buckets for everybody and native ones for those who ask for them. 1.1 makes a native quantile
// true to about 5 %.
func (r *registrar) histogram(name string, buckets []float64) *prometheus.HistogramVec {
	m := r.entry(name)
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: m.Name, Help: m.Help, Buckets: buckets,
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  100,
		NativeHistogramMinResetDuration: time.Hour,
	}, m.Labels)
	r.register(name, vec)
	return vec
}

// desc makes the description of a gauge that a collector of our own exports.
func (r *registrar) desc(name string) *prometheus.Desc {
	m := r.entry(name)
	return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
}

func (r *registrar) register(name string, c prometheus.Collector) {
	if err := r.to.Register(c); err != nil {
		r.errs = append(r.errs, fmt.Errorf("register %s: %w", name, err))
	}
}

func (r *registrar) entry(name string) Metric {
	m, ok := r.entries[name]
	if !ok {
		r.errs = append(r.errs, fmt.Errorf("register %s: not in the catalogue", name))
	}
	return m
}

func (r *registrar) err() error { return errors.Join(r.errs...) }
