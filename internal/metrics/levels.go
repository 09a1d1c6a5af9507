package metrics

import (
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
)

// levels exports the limits as they are at the scrape. It keeps no series: a bucket that is no longer told is gone, and what is
// unknown of one is left out.
type levels struct {
	read func() []claude.Level
	fold *folder

	limit, remaining, reset, observed, used, fill, load, exhaustion, tokens *prometheus.Desc

	mu    sync.Mutex                     // guards shown
	shown map[claude.Bucket]bucketLabels // of the last scrape, so that a bucket is folded once
}

// bucketLabels are the values of the bucket labels, in their order.
type bucketLabels [5]string

func newLevels(r *registrar, fold *folder, read func() []claude.Level) *levels {
	return &levels{
		read: read, fold: fold,
		limit: r.desc(Limit), remaining: r.desc(Remaining), reset: r.desc(ResetTimestamp), observed: r.desc(ObservedTimestamp),
		used: r.desc(UsedRatio), fill: r.desc(FillRatio), load: r.desc(LoadRatio), exhaustion: r.desc(ExhaustionTimestamp),
		tokens: r.desc(TokensUsed),
	}
}

// Describe implements prometheus.Collector.
func (c *levels) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.limit, c.remaining, c.reset, c.observed, c.used, c.fill, c.load, c.exhaustion, c.tokens} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *levels) Collect(ch chan<- prometheus.Metric) {
	if c.read == nil {
		return
	}
	all := c.read()
	labels := c.label(all)
	fullest := make(map[bucketLabels]int, len(all))
	for i, l := range labels {
		// Of buckets that share their labels because some were folded, the fullest stands for them all.
		if j, ok := fullest[l]; !ok || all[i].Used().Or(-1) > all[j].Used().Or(-1) {
			fullest[l] = i
		}
	}
	for i, l := range labels {
		if fullest[l] == i {
			c.send(ch, &all[i], labels[i][:])
		}
	}
}

// label returns the label values of each level.
func (c *levels) label(all []claude.Level) []bucketLabels {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := make(map[claude.Bucket]bucketLabels, len(all))
	labels := make([]bucketLabels, len(all))
	for i := range all {
		b := all[i].Bucket
		l, ok := c.shown[b]
		if !ok {
			l = bucketLabels{
				c.fold.fold(LabelProvider, b.Provider), c.fold.fold(LabelOrganization, b.Organization),
				c.fold.fold(LabelWorkspace, b.Workspace), c.fold.fold(LabelPool, string(b.Pool)), c.fold.fold(LabelLimiter, string(b.Limiter)),
			}
		}
		next[b], labels[i] = l, l
	}
	c.shown = next
	return labels
}

func (c *levels) send(ch chan<- prometheus.Metric, l *claude.Level, labels []string) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if n, ok := l.Limit.Get(); ok {
		gauge(c.limit, float64(n), labels...)
	}
	if n, ok := l.Remaining.Get(); ok {
		gauge(c.remaining, float64(n), labels...)
	}
	if l.Reset.Unix() > 0 { // the API says 1970-01-01 for an idle bucket, which is no time to show
		gauge(c.reset, unixSeconds(l.Reset), labels...)
	}
	if !l.Observed.IsZero() {
		gauge(c.observed, unixSeconds(l.Observed), labels...)
	}
	if !l.Exhausted.IsZero() {
		gauge(c.exhaustion, unixSeconds(l.Exhausted), labels...)
	}
	// In use is in what the limiter counts: only the limiters of tokens belong here.
	if n, ok := l.InUse.Get(); ok && strings.HasSuffix(string(l.Bucket.Limiter), "tokens") {
		gauge(c.tokens, n, labels...)
	}
	c.sendRatios(gauge, l, labels)
}

func (c *levels) sendRatios(gauge func(*prometheus.Desc, float64, ...string), l *claude.Level, labels []string) {
	if v, ok := l.Used().Get(); ok {
		gauge(c.used, v, labels...)
	}
	if v, ok := l.Fill.Get(); ok {
		gauge(c.fill, v, labels...)
	}
	if v, ok := l.Load2m.Get(); ok {
		gauge(c.load, v, append(slices.Clip(labels), Window2m)...)
	}
	if v, ok := l.Load10m.Get(); ok {
		gauge(c.load, v, append(slices.Clip(labels), Window10m)...)
	}
}
