package claude

import (
	"fmt"
	"time"
)

// Reading is what one call's headers say about one limiter. Limit and Remaining are in requests or tokens (tokens rounded to
// 1,000 by the API); Utilization is the used fraction, 0 to 1 and above when exceeded, and only unified windows have it. Reset is
// when the bucket is full again (1970-01-01 stands for an idle one), not when a retry will pass.
type Reading struct {
	Limiter     Limiter      `json:"limiter"`
	Limit       Opt[int64]   `json:"limit,omitzero"`
	Remaining   Opt[int64]   `json:"remaining,omitzero"`
	Utilization Opt[float64] `json:"utilization,omitzero"`
	Status      string       `json:"status,omitempty"`
	Reset       time.Time    `json:"reset,omitzero"`
}

// Exhausted reports that the limiter has nothing left.
func (r Reading) Exhausted() bool {
	n, ok := r.Remaining.Get()
	return ok && n <= 0 || r.Status == "rejected"
}

// maxReadings bounds how many limiters one call may speak of; the API has about a dozen.
const maxReadings = 32

// Validate refuses a reading that can't be true. The error names the limiter, the field and the value.
func (r Reading) Validate() error {
	if !r.Limiter.valid() {
		return fmt.Errorf("readings: limiter of %d bytes: not 1 to 40 of a-z, 0-9 and _", len(r.Limiter)) // its text may be anything
	}
	for i, opt := range [...]Opt[int64]{r.Limit, r.Remaining} {
		if n, ok := opt.Get(); ok && (n < 0 || n > maxLimit) {
			return fmt.Errorf("readings: %s.%s %d: out of range 0 to 1e15", r.Limiter, [...]string{"limit", "remaining"}[i], n)
		}
	}
	if f, ok := r.Utilization.Get(); ok && !(f >= 0 && f <= maxUtilization) {
		return fmt.Errorf("readings: %s.utilization %g: out of range 0 to 1000", r.Limiter, f)
	}
	if !r.Reset.IsZero() && !inYears(r.Reset, 1970) {
		return fmt.Errorf("readings: %s.reset %s: out of range 1970 to 2199", r.Limiter, r.Reset.Format(time.RFC3339))
	}
	return nil
}

// What is believed of a limit, and of a utilization: more is a broken record.
const (
	maxLimit       = 1e15
	maxUtilization = 1000
)

func (r Reading) fill(o Reading) Reading {
	r.Limit = r.Limit.fill(o.Limit)
	r.Remaining = r.Remaining.fill(o.Remaining)
	r.Utilization = r.Utilization.fill(o.Utilization)
	r.Status = firstText(r.Status, o.Status)
	r.Reset = firstTime(r.Reset, o.Reset)
	return r
}

// Observation is a reading together with the bucket that it is of and the time it was taken.
type Observation struct {
	Bucket  Bucket
	Reading Reading
	At      time.Time // when the response came
	Server  time.Time // the response's Date header; zero when unknown
}
