package claude

import "time"

// Change is what one stored sighting changed: a call that was not known, or one that was and now says more. Only changes move
// a metric, a window or an alert.
type Change struct {
	Before *Call // the call as it was; nil if New. It is only read
	After  Call
	New    bool
	// Live says that the call was young enough when it was read to count in the live metrics and alerts; older ones are history.
	Live bool
}

// Same reports that the sighting told nothing that was not known.
func (c *Change) Same() bool {
	b, a := c.Before, &c.After
	return !c.New && b.Status == a.Status && b.Usage == a.Usage && len(b.Readings) == len(a.Readings) &&
		b.ErrorType == a.ErrorType && b.Cause == a.Cause && b.Bucket("") == a.Bucket("") && b.App == a.App && b.User == a.User &&
		b.Model == a.Model && b.Retry == a.Retry && b.RetryAfterSeconds == a.RetryAfterSeconds &&
		b.DurationSeconds == a.DurationSeconds && b.CostUSD == a.CostUSD
}

// Traffic counts the calls of one minute of one organization, for baselines.
type Traffic struct {
	Minute       time.Time
	Provider     string
	Organization string
	Calls        int64
	RateLimited  int64
	Overloaded   int64
}
