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
	var t Tally
	t.Of(c)
	return t
}

// Of makes an empty tally that of a change, as Change.Tally does.
func (t *Tally) Of(c *Change) {
	t.set(&c.After)
	if !c.New {
		t.since(c.Before)
	}
}

// set makes it the tally of a call that was not known.
func (t *Tally) set(c *Call) {
	t.Provider, t.Workspace, t.App, t.Model = c.Provider, c.Workspace, c.App, c.Model
	t.Status, t.ErrorType, t.Cause = c.Status, c.ErrorType, c.Cause
	t.Calls = 1
	t.Tokens = c.Usage.Tokens()
	t.CostUSD = max(c.CostUSD.Or(0), 0)
	if !c.CostUSD.Known() {
		t.UnpricedTokens = t.Tokens.Total()
	}
	if c.Retry.Or(0) > 0 {
		t.Retries = 1
	}
	if c.Status == 200 && c.ErrorType == "" { // as most are
		return
	}
	if c.RateLimited() {
		t.RateLimited = 1
		t.Limiter, _ = c.exhausted()
	}
	t.Overloaded, t.Errors = rise(false, c.Overloaded()), rise(false, c.ErrorType != "")
	t.RetryDelaySeconds = c.retryDelay()
}

// since takes away what was counted when less was known of the call.
func (t *Tally) since(b *Call) {
	var was Tally
	was.set(b)
	t.Calls = 0
	t.Tokens = t.Tokens.Sub(was.Tokens).forward()
	t.RateLimited = max(t.RateLimited-was.RateLimited, 0)
	t.Overloaded = max(t.Overloaded-was.Overloaded, 0)
	t.Errors = max(t.Errors-was.Errors, 0)
	t.Retries = max(t.Retries-was.Retries, 0)
	t.RetryDelaySeconds -= was.RetryDelaySeconds
	t.CostUSD = max(t.CostUSD-was.CostUSD, 0)
	t.UnpricedTokens = max(t.UnpricedTokens-was.UnpricedTokens, 0)
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
