package main

import (
	"context"
	"errors"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/store"
)

// evidence is what advice goes by.
type evidence struct {
	from, to    time.Time
	zone        *time.Location
	cfg         *config.Config
	first, last time.Time // of the hours with calls
	total       store.ReportSums

	models []store.ReportRow // by app and model
	hours  []store.ReportRow // by app and hour
	apps   []store.ReportRow // by app
	users  []store.ReportRow // by user
	pools  []store.ReportRow // by provider, organization, workspace and pool

	limits map[claude.Bucket]claude.Level // as they were last read, else as configured for a pool that was called
	peaks  map[claude.Bucket]int64        // of the busy minutes of the busiest whole day

	sampled int64 // calls that were looked at one by one, the newest
	facts   map[[2]string]*callFacts
	large   map[claude.Bucket]*largeCalls
}

// callFacts are what sums don't keep of an app's calls to a model.
type callFacts struct {
	calls, streamKnown, streamed, batch int64
}

// largeCalls are calls that took a third of their bucket and more.
type largeCalls struct {
	calls, of int64
	most      int64 // tokens of the largest
	app       map[string]int64
}

// gatherSums reads the sums that the finders want.
func (e *evidence) gatherSums(ctx context.Context, db *store.DB) error {
	for _, g := range []struct {
		to *[]store.ReportRow
		by []store.Dimension
	}{
		{&e.models, []store.Dimension{store.ByApp, store.ByModel}},
		{&e.hours, []store.Dimension{store.ByApp, store.ByHour}},
		{&e.apps, []store.Dimension{store.ByApp}},
		{&e.users, []store.Dimension{store.ByUser}},
		{&e.pools, []store.Dimension{store.ByProvider, store.ByOrganization, store.ByWorkspace, store.ByPool}},
	} {
		r, err := db.Report(ctx, store.ReportQuery{From: e.from, To: e.to, By: g.by, Zone: e.zone})
		if err != nil {
			return err
		}
		*g.to = r.Rows
		if g.to == &e.hours {
			e.total = r.Total
		}
	}
	for i := range e.hours {
		at, err := time.Parse(time.RFC3339, e.hours[i].Values[1])
		if err != nil {
			return err
		}
		if e.first.IsZero() || at.Before(e.first) {
			e.first = at
		}
		if end := at.Add(time.Hour); end.After(e.last) {
			e.last = end
		}
	}
	return nil
}

// gatherLimits reads the limits and how near to them the busy minutes were.
func (e *evidence) gatherLimits(ctx context.Context, db *store.DB) error {
	known, err := db.Observations(ctx, e.to.AddDate(0, 0, -historyDays))
	if err != nil {
		return err
	}
	e.limits, e.peaks = map[claude.Bucket]claude.Level{}, map[claude.Bucket]int64{}
	for _, l := range withKnown(e.configured(), known) {
		if l.Limit.Or(0) > 0 && !l.Bucket.Limiter.Unified() {
			e.limits[l.Bucket] = l
		}
	}
	peaks, err := db.Peaks(ctx, e.from)
	for _, p := range peaks {
		e.peaks[p.Bucket] = max(e.peaks[p.Bucket], p.Count)
	}
	return err
}

// configured returns the configured limits of the pools that were called.
func (e *evidence) configured() []claude.Level {
	var out []claude.Level
	for i := range e.cfg.Limits {
		l := &e.cfg.Limits[i]
		for _, row := range e.pools {
			if b := poolBucket(row.Values, l.Limiter); b.Pool == l.Pool {
				out = append(out, claude.Level{Bucket: b, Limit: claude.Some(l.PerMinute()), From: claude.LimitFromConfig})
			}
		}
	}
	return out
}

// poolBucket makes a bucket of a row of evidence.pools.
func poolBucket(values []string, l claude.Limiter) claude.Bucket {
	return claude.Bucket{Provider: values[0], Organization: values[1], Workspace: values[2], Pool: claude.Pool(values[3]), Limiter: l}
}

// mostSampled is about how many calls are looked at one by one: a fraction of a second's work.
const mostSampled = 50_000

var errSampled = errors.New("enough calls")

// gatherCalls looks at single calls: all of the span, or as many of the newest as there is time for.
func (e *evidence) gatherCalls(ctx context.Context, db *store.DB) error {
	e.facts, e.large = map[[2]string]*callFacts{}, map[claude.Bucket]*largeCalls{}
	err := db.Recent(ctx, e.sampleFrom(), func(c claude.Call) error {
		if !c.Time.Before(e.to) {
			return nil
		}
		if e.sampled++; e.sampled > 2*mostSampled {
			return errSampled
		}
		e.look(&c)
		return nil
	})
	if errors.Is(err, errSampled) {
		return nil
	}
	return err
}

// sampleFrom goes back from the end by hours until there are calls enough.
func (e *evidence) sampleFrom() time.Time {
	byHour := map[time.Time]int64{}
	for i := range e.hours {
		if at, err := time.Parse(time.RFC3339, e.hours[i].Values[1]); err == nil {
			byHour[at.UTC()] += e.hours[i].Calls
		}
	}
	sum, at := int64(0), e.last.UTC()
	for at.After(e.from) && sum < mostSampled {
		at = at.Add(-time.Hour)
		sum += byHour[at]
	}
	if at.Before(e.from) {
		return e.from
	}
	return at
}

// look notes what one call tells.
func (e *evidence) look(c *claude.Call) {
	k := [2]string{c.App, c.Model}
	f := e.facts[k]
	if f == nil {
		f = &callFacts{}
		e.facts[k] = f
	}
	f.calls++
	if stream, ok := c.Stream.Get(); ok {
		f.streamKnown++
		if stream {
			f.streamed++
		}
	}
	if c.Usage.ServiceTier == "batch" {
		f.batch++
		return // it has limits of its own
	}
	tokens := c.Usage.Tokens()
	for _, l := range []claude.Limiter{claude.LimiterInputTokens, claude.LimiterOutputTokens} {
		e.lookAtSize(c, c.Bucket(l), tokens.Counted(l, c.Pool))
	}
}

func (e *evidence) lookAtSize(c *claude.Call, b claude.Bucket, n int64) {
	limit := e.limits[b].Limit.Or(0)
	if n <= 0 || limit <= 0 {
		return
	}
	l := e.large[b]
	if l == nil {
		l = &largeCalls{app: map[string]int64{}}
		e.large[b] = l
	}
	l.of++
	if 3*n >= limit {
		l.calls++
		l.most = max(l.most, n)
		l.app[c.App]++
	}
}

// ownPrices returns the configured prices.
func ownPrices(cfg *config.Config) []claude.Price {
	var own []claude.Price
	for i := range cfg.Prices {
		own = append(own, cfg.Prices[i].Price())
	}
	return own
}
