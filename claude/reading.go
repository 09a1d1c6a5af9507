package claude

import "time"

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
