package claude

// TallyKey is the set of labels that counters are kept by.
type TallyKey struct {
	Provider  string
	Workspace string
	App       string
	Model     string
	Status    int
	ErrorType string
	Cause     Cause
	Limiter   Limiter // the one that ran out, for a 429 whose readings show it
}

// Tally is what calls add up to under one key. The store adds tallies up in the commit's transaction and the metrics add the same
// ones afterwards, so that counters go on exactly across a restart.
type Tally struct {
	TallyKey
	Calls             int64
	RateLimited       int64
	Overloaded        int64
	Errors            int64
	Retries           int64
	Tokens            Tokens
	RetryDelaySeconds float64
	CostUSD           float64
	UnpricedTokens    int64 // of calls whose cost is unknown
}

// Tally returns what a change adds to the counters. A known call that now says more adds only the difference, under its present
// labels, and is not counted as a call again: counters never go back.
func (c *Change) Tally() Tally {
	a, b := &c.After, &c.Before
	t := Tally{TallyKey: a.tallyKey(), Tokens: a.Usage.Tokens()}
	if c.New {
		b = &Call{}
		t.Calls = 1
	}
	t.Tokens = t.Tokens.Sub(b.Usage.Tokens()).forward()
	t.RateLimited = rise(b.RateLimited(), a.RateLimited())
	t.Overloaded = rise(b.Overloaded(), a.Overloaded())
	t.Errors = rise(b.ErrorType != "", a.ErrorType != "")
	t.Retries = rise(b.Retry.Or(0) > 0, a.Retry.Or(0) > 0)
	t.RetryDelaySeconds = a.retryDelay() - b.retryDelay()
	t.CostUSD = max(a.CostUSD.Or(0)-b.CostUSD.Or(0), 0)
	t.UnpricedTokens = max(a.UnpricedTokens()-b.UnpricedTokens(), 0)
	return t
}

// UnpricedTokens is the number of tokens that the call's cost leaves out: all of them where it is unknown.
func (c *Call) UnpricedTokens() int64 {
	if c.CostUSD.Known() {
		return 0
	}
	return c.Usage.Tokens().Total()
}

// forward makes a difference of tokens one that counters can take. Cache writes of unknown time to live count as 5 minutes; when it
// turns out that they live for an hour they stay where they were counted, and the sum of both is right.
func (t Tokens) forward() Tokens {
	if t.CacheWrite5m < 0 {
		t.CacheWrite5m, t.CacheWrite1h = 0, t.CacheWrite1h+t.CacheWrite5m
	}
	return t
}

// retryDelay is the waiting that a refusal imposes. retry-after comes with some successes too, where it means nothing.
func (c *Call) retryDelay() float64 {
	if c.RateLimited() || c.Overloaded() {
		return c.RetryAfterSeconds.Or(0)
	}
	return 0
}

func (c *Call) tallyKey() TallyKey {
	k := TallyKey{Provider: c.Provider, Workspace: c.Workspace, App: c.App, Model: c.Model, Status: c.Status, ErrorType: c.ErrorType, Cause: c.Cause}
	if c.RateLimited() {
		k.Limiter, _ = c.exhausted()
	}
	return k
}

// Add adds another tally of the same key.
func (t *Tally) Add(o Tally) {
	t.Calls += o.Calls
	t.RateLimited += o.RateLimited
	t.Overloaded += o.Overloaded
	t.Errors += o.Errors
	t.Retries += o.Retries
	t.RetryDelaySeconds += o.RetryDelaySeconds
	t.CostUSD += o.CostUSD
	t.UnpricedTokens += o.UnpricedTokens
	t.Tokens = Tokens{
		t.Tokens.Input + o.Tokens.Input, t.Tokens.Output + o.Tokens.Output, t.Tokens.CacheRead + o.Tokens.CacheRead,
		t.Tokens.CacheWrite5m + o.Tokens.CacheWrite5m, t.Tokens.CacheWrite1h + o.Tokens.CacheWrite1h,
	}
}

func rise(before, after bool) int64 {
	if after && !before {
		return 1
	}
	return 0
}
