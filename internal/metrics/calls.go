package metrics

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
)

// setsPerValue bounds the sets of call labels to this many times the values of one label: 2,000 by default. Without it four
// labels in bounds could still make 200 to the power of 4 series.
const setsPerValue = 10

// labelCombination is what the folded counter calls a set of call labels that was folded.
const labelCombination = "combination"

// calls holds the metrics of calls, by their labels.
type calls struct {
	fold    *folder
	maxSets int
	users   listedUsers

	requests, hits, overloaded, errors, tokens, cost, unpriced, retries, retryDelay *prometheus.CounterVec
	duration, firstToken                                                            *prometheus.HistogramVec

	applying sync.Mutex // guards sums
	sums     sums

	mu    sync.Mutex // guards sets and plain
	sets  map[callSet]*callSeries
	plain map[callSet]*callSeries // by the labels of the calls, those that are shown as they are
}

// callSet is one set of values of the call labels, folded.
type callSet struct{ provider, workspace, app, model string }

// callSeries is what each set of call labels has from its first call on, at 0: a counter that appears at 1 has no rate.
type callSeries struct {
	labels                                    []string
	overloaded, unpriced, retries, retryDelay prometheus.Counter
	tokens                                    tokenCounters
	answered                                  prometheus.Counter // requests with status 200, which most have
	cost                                      lazy[prometheus.Counter]
	duration, firstToken                      lazy[prometheus.Observer]
	refusals                                  map[[2]string]struct{} // causes and limiters seen; guarded by calls.mu
}

// tokenCounters are by type, in the order of tokenTypes.
type tokenCounters [5]prometheus.Counter

// userSeries counts a user whom the configuration lists. It has no call labels, so that nothing is counted twice in a sum.
type userSeries struct {
	requests prometheus.Counter
	tokens   tokenCounters
}

// latencyBuckets suit answers of language models: from a short answer to the API's limit of ten minutes.
func latencyBuckets() []float64 {
	return []float64{0.25, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 600}
}

func newCalls(r *registrar, fold *folder, o Options) *calls {
	c := &calls{
		fold: fold, maxSets: setsPerValue * o.MaxValues, sets: map[callSet]*callSeries{}, plain: map[callSet]*callSeries{},
		requests: r.counter(Requests), hits: r.counter(RateLimitHits), overloaded: r.counter(Overloaded), errors: r.counter(Errors),
		tokens: r.counter(Tokens), cost: r.counter(CostUSD), unpriced: r.counter(UnpricedTokens), retries: r.counter(Retries), retryDelay: r.counter(RetryDelaySeconds),
		duration: r.histogram(RequestDuration, latencyBuckets()), firstToken: r.histogram(FirstToken, latencyBuckets()),
	}
	c.users.requests, c.users.tokens = r.counter(UserRequests), r.counter(UserTokens)
	c.users.series.Store(&map[string]userSeries{})
	c.users.set(o.Users)
	return c
}

// apply counts what a batch of changes moves.
func (c *calls) apply(changes []claude.Change) {
	c.applying.Lock()
	defer c.applying.Unlock()
	for i := range changes {
		if ch := &changes[i]; ch.Live {
			t := ch.Tally()
			c.observe(ch, &t, c.count(&t))
		}
	}
	c.flush()
}

// add adds a tally to the counters and returns the series of its set.
func (c *calls) add(t *claude.Tally) *callSeries {
	s, _ := c.find(t.TallyKey)
	c.move(s, t)
	return s
}

// move adds a tally to the counters of its set.
func (c *calls) move(s *callSeries, t *claude.Tally) {
	switch {
	case t.Calls > 0 && t.Status == 200:
		s.answered.Add(float64(t.Calls))
	case t.Calls > 0:
		c.requests.WithLabelValues(s.with(c.status(t.Status))...).Add(float64(t.Calls))
	}
	if t.RateLimited > 0 {
		c.hits.WithLabelValues(s.with(c.refusal(s, t)...)...).Add(float64(t.RateLimited))
	}
	if t.Errors > 0 {
		c.errors.WithLabelValues(s.with(c.fold.fold(LabelType, t.ErrorType))...).Add(float64(t.Errors))
	}
	rise(s.overloaded, float64(t.Overloaded))
	rise(s.retries, float64(t.Retries))
	rise(s.retryDelay, t.RetryDelaySeconds)
	if t.CostUSD > 0 { // an unknown cost must not stand there as 0
		rise(s.cost.get(func() prometheus.Counter { return c.cost.WithLabelValues(s.labels...) }), t.CostUSD)
	}
	rise(s.unpriced, float64(t.UnpricedTokens))
	s.tokens.add(t.Tokens)
}

// refusal returns the labels of a refused call. Their combinations are bounded for each set, as the values are for each label.
func (c *calls) refusal(s *callSeries, t *claude.Tally) []string {
	l := [2]string{c.fold.fold(LabelCause, string(t.Cause)), c.fold.fold(LabelLimiter, string(t.Limiter))}
	if l[0] == "" {
		l[0] = ValueUnknown
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := s.refusals[l]; !known && len(s.refusals) >= narrow {
		c.fold.folded.WithLabelValues(labelCombination).Inc()
		return []string{ValueOther, ValueOther}
	}
	s.refusals[l] = struct{}{}
	return l[:]
}

// observe takes up what the sets of call labels do not hold or a tally does not: the user, and durations that were not known before.
func (c *calls) observe(ch *claude.Change, t *claude.Tally, s *callSeries) {
	var before claude.Call
	if !ch.New {
		before.DurationSeconds, before.FirstTokenSeconds = ch.Before.DurationSeconds, ch.Before.FirstTokenSeconds
	}
	if d, ok := news(before.DurationSeconds, ch.After.DurationSeconds); ok {
		s.duration.get(func() prometheus.Observer { return c.duration.WithLabelValues(s.labels...) }).Observe(d)
	}
	if d, ok := news(before.FirstTokenSeconds, ch.After.FirstTokenSeconds); ok {
		s.firstToken.get(func() prometheus.Observer { return c.firstToken.WithLabelValues(s.labels...) }).Observe(d)
	}
	if u, ok := c.users.of(ch.After.User); ok {
		rise(u.requests, float64(t.Calls))
		u.tokens.add(t.Tokens)
	}
}

// news returns a value that a change made known.
func news(before, after claude.Opt[float64]) (float64, bool) {
	v, ok := after.Get()
	return v, ok && !before.Known() && !math.IsNaN(v)
}

// find returns the series of a call's labels, and whether it shows them as they are. Folding is looked at anew for labels that are
// folded, so that it is counted each time.
func (c *calls) find(k claude.TallyKey) (s *callSeries, plain bool) {
	raw := callSet{k.Provider, k.Workspace, k.App, k.Model}
	c.mu.Lock()
	s = c.plain[raw]
	c.mu.Unlock()
	if s != nil {
		return s, true
	}
	s = c.series(c.set(k))
	plain = callSet{s.labels[0], s.labels[1], s.labels[2], s.labels[3]} == raw
	if plain {
		c.mu.Lock()
		c.plain[raw] = s
		c.mu.Unlock()
	}
	return s, plain
}

// lazy is a series that is only there from when it has something to tell.
type lazy[S any] struct {
	known atomic.Pointer[S]
}

func (l *lazy[S]) get(series func() S) S {
	if s := l.known.Load(); s != nil {
		return *s
	}
	s := series()
	l.known.Store(&s)
	return s
}

func (c *calls) set(k claude.TallyKey) callSet {
	return callSet{
		c.fold.fold(LabelProvider, k.Provider), c.fold.fold(LabelWorkspace, k.Workspace),
		c.fold.fold(LabelApp, k.App), c.fold.fold(LabelModel, k.Model),
	}
}

func (c *calls) status(status int) string {
	if status == 0 {
		return ValueUnknown
	}
	return c.fold.fold(LabelStatus, strconv.Itoa(status))
}

// series returns the series of a set, made on its first call.
func (c *calls) series(set callSet) *callSeries {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.sets[set]; ok {
		return s
	}
	if len(c.sets) >= c.maxSets {
		c.fold.folded.WithLabelValues(labelCombination).Inc()
		set = callSet{ValueOther, ValueOther, ValueOther, ValueOther}
		if s, ok := c.sets[set]; ok {
			return s
		}
	}
	s := c.newSeries(set)
	c.sets[set] = s
	return s
}

func (c *calls) newSeries(set callSet) *callSeries {
	l := []string{set.provider, set.workspace, set.app, set.model}
	s := &callSeries{
		labels: l, refusals: map[[2]string]struct{}{}, overloaded: c.overloaded.WithLabelValues(l...), retries: c.retries.WithLabelValues(l...),
		retryDelay: c.retryDelay.WithLabelValues(l...), unpriced: c.unpriced.WithLabelValues(l...), tokens: newTokenCounters(c.tokens, l...),
	}
	s.answered = c.requests.WithLabelValues(s.with("200")...)
	// The refusals that matter most start at 0 too, so that the first burst of them has a rate.
	for _, status := range []string{"429", "529"} {
		c.requests.WithLabelValues(s.with(status)...)
	}
	c.hits.WithLabelValues(s.with(string(claude.CauseRateLimit), "")...)
	for _, l := range []claude.Limiter{claude.LimiterRequests, claude.LimiterInputTokens, claude.LimiterOutputTokens} {
		c.hits.WithLabelValues(s.with(string(l), string(l))...)
	}
	return s
}

// with returns the set's label values followed by further ones.
func (s *callSeries) with(more ...string) []string {
	return append(slices.Clip(s.labels), more...)
}

// tokenTypes are the values of the type label of tokens.
func tokenTypes() [5]string {
	return [5]string{TypeInput, TypeOutput, TypeCacheRead, TypeCacheWrite5m, TypeCacheWrite1h}
}

func newTokenCounters(vec *prometheus.CounterVec, labels ...string) tokenCounters {
	var c tokenCounters
	for i, t := range tokenTypes() {
		c[i] = vec.WithLabelValues(append(slices.Clip(labels), t)...)
	}
	return c
}

func (c *tokenCounters) add(t claude.Tokens) {
	for i, n := range [5]int64{t.Input, t.Output, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h} {
		rise(c[i], float64(n))
	}
}

// rise adds what is above 0: a counter never goes back, whatever a record says.
func rise(c prometheus.Counter, v float64) {
	if v > 0 && !math.IsInf(v, 1) {
		c.Add(v)
	}
}
