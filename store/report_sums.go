package store

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// ReportSums is what calls add up to. Sums are over what is known; Measured, Priced and Timed say of how many calls that is.
type ReportSums struct {
	Calls       int64
	RateLimited int64
	Overloaded  int64
	Retries     int64
	RetryDelay  time.Duration // that refusals imposed
	Measured    int64         // calls whose usage is known
	Tokens      claude.Tokens
	Priced      int64 // calls with a known cost
	Unpriced    int64 // tokens of calls without one

	cost    int64 // 1e-9 USD
	latency sketch
}

// summed are the columns of the tables of sums that a report reads, in the order of columns.
const summed = "calls, rate_limited, overloaded, retries, retry_delay, measured, input, output, cache_read, write_5m, write_1h, priced, cost, unpriced"

const summedColumns = 14

// addColumns adds the columns named in summed.
func (s *ReportSums) addColumns(c *[summedColumns]int64) {
	s.Calls += c[0]
	s.RateLimited += c[1]
	s.Overloaded += c[2]
	s.Retries += c[3]
	s.RetryDelay += time.Duration(c[4]) * time.Microsecond
	s.Measured += c[5]
	s.Tokens.Input += c[6]
	s.Tokens.Output += c[7]
	s.Tokens.CacheRead += c[8]
	s.Tokens.CacheWrite5m += c[9]
	s.Tokens.CacheWrite1h += c[10]
	s.Priced += c[11]
	s.cost += c[12]
	s.Unpriced += c[13]
}

// Add adds other sums. Whole numbers throughout, so the order does not matter.
func (s *ReportSums) Add(o *ReportSums) {
	s.addColumns(&[summedColumns]int64{
		o.Calls, o.RateLimited, o.Overloaded, o.Retries, o.RetryDelay.Microseconds(), o.Measured, o.Tokens.Input, o.Tokens.Output,
		o.Tokens.CacheRead, o.Tokens.CacheWrite5m, o.Tokens.CacheWrite1h, o.Priced, o.cost, o.Unpriced,
	})
	s.latency.merge(&o.latency)
}

// CostUSD returns what the calls with a known cost cost, or unknown when there is none of those.
func (s *ReportSums) CostUSD() claude.Opt[float64] {
	if s.Priced == 0 {
		return claude.Opt[float64]{}
	}
	return claude.Some(float64(s.cost) / 1e9)
}

// CacheShare returns the cache reads' part of all input tokens, 0 to 1, or unknown without any.
func (s *ReportSums) CacheShare() claude.Opt[float64] {
	t := &s.Tokens
	all := t.Input + t.CacheRead + t.CacheWrite()
	if all == 0 {
		return claude.Opt[float64]{}
	}
	return claude.Some(float64(t.CacheRead) / float64(all))
}

// Seconds returns the duration that a part of the calls, 0 to 1, did not exceed, within 2 %; unknown when no duration is known.
func (s *ReportSums) Seconds(part float64) claude.Opt[float64] { return s.latency.quantile(part) }
