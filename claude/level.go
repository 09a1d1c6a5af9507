package claude

import "time"

// Level is how near one bucket is to its limit at one instant. Ratios are 0 to 1 and above; what can't be told is unknown.
type Level struct {
	Bucket    Bucket       `json:"bucket"`
	Limit     Opt[int64]   `json:"limit,omitzero"`       // per minute; unknown for unified windows
	From      LimitSource  `json:"limit_from,omitempty"` // where Limit comes from
	Remaining Opt[int64]   `json:"remaining,omitzero"`   // as last read
	Reset     time.Time    `json:"reset,omitzero"`       // the merged time at which the bucket is full again
	Observed  time.Time    `json:"observed,omitzero"`    // when a header of this bucket was last read
	Fill      Opt[float64] `json:"fill,omitzero"`        // from readings, decayed to now
	Load2m    Opt[float64] `json:"load_2m,omitzero"`     // use over what the limit allows: what was counted, or what readings prove if that is more
	Load10m   Opt[float64] `json:"load_10m,omitzero"`    // the same over 10 minutes
	InUse     Opt[float64] `json:"in_use,omitzero"`      // tokens or requests in use of the current period
	Exhausted time.Time    `json:"exhaustion,omitzero"`  // when the bucket runs dry at this rate; zero when not approaching
	Derived   bool         `json:"derived,omitempty"`    // tokens beside known input and output: shown, never alerted on

	Unattributed  Opt[float64] `json:"unattributed,omitzero"`   // share of the use of 10 minutes that no watched app explains, at least
	PeriodSeconds Opt[float64] `json:"period_seconds,omitzero"` // in which the bucket refills, as its readings tell; 60 is usual
	CacheShare    Opt[float64] `json:"cache_share,omitzero"`    // cache reads over all input tokens of 10 minutes
	PerCall       Opt[float64] `json:"per_call,omitzero"`       // part of the limit that a call of the last 10 minutes took on average
	Elapsed       Opt[float64] `json:"elapsed,omitzero"`        // part of a subscription window that is over
}

// usualPeriod is the time in which the API's buckets refill, in seconds, as its documentation says.
const usualPeriod = 60

// OddPeriod reports that the readings tell of a bucket that does not refill within a minute, give or take a tenth.
func (l *Level) OddPeriod() bool {
	p, ok := l.PeriodSeconds.Get()
	return ok && (p < 0.9*usualPeriod || p > 1.1*usualPeriod)
}

// leastElapsed is the part of a subscription window before which its pace says nothing: two calls would make it any number.
const leastElapsed = 0.02

// Pace is how fast a subscription window is used up, as the used over the elapsed part of it: at 1 it just lasts until its reset.
func (l *Level) Pace() Opt[float64] {
	used, ok := l.Fill.Get()
	elapsed, timed := l.Elapsed.Get()
	if !ok || !timed || elapsed < leastElapsed {
		return Opt[float64]{}
	}
	return Some(used / elapsed)
}

// LimitSource says where a limit comes from.
type LimitSource string

// The sources of a limit, the better ones first.
const (
	LimitFromHeaders LimitSource = "headers"
	LimitFromConfig  LimitSource = "config"
)

// Used is the figure that the 80 % alert, the metric and the dashboards go by: the larger of the fill and of the smaller of
// the two loads. It is unknown when neither is known.
func (l *Level) Used() Opt[float64] {
	used := l.Fill
	if a, ok := l.Load2m.Get(); ok {
		if b, ok := l.Load10m.Get(); ok {
			load := min(a, b)
			used = Some(max(load, used.Or(load)))
		}
	}
	return used
}

// Consumer is one user of a bucket in a window, and its part of what the agent counted there, 0 to 1.
type Consumer struct {
	App   string  `json:"app,omitempty"`
	User  string  `json:"user,omitempty"`
	Model string  `json:"model,omitempty"`
	Share float64 `json:"share"`
}
