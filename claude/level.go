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
	Load2m    Opt[float64] `json:"load_2m,omitzero"`     // counted use over what the limit allows
	Load10m   Opt[float64] `json:"load_10m,omitzero"`    // the same over 10 minutes
	InUse     Opt[float64] `json:"in_use,omitzero"`      // tokens or requests in use of the current period
	Exhausted time.Time    `json:"exhaustion,omitzero"`  // when the bucket runs dry at this rate; zero when not approaching
	Derived   bool         `json:"derived,omitempty"`    // tokens beside known input and output: shown, never alerted on
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
