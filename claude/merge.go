package claude

import (
	"cmp"
	"slices"
	"time"
)

// Merge returns c with what another sighting of the same call adds: what c lacks is filled in, token counts keep the larger. The
// result has the same totals in whichever order the sightings come.
func (c Call) Merge(o Call) Call {
	if c.Undated && !o.Undated {
		c.Time, c.Undated = o.Time, false
	}
	c.Time = firstTime(c.Time, o.Time)
	for i, s := range c.texts() {
		*s = firstText(*s, *o.texts()[i])
	}
	c.Status = cmp.Or(c.Status, o.Status)
	c.RegainAt = firstTime(c.RegainAt, o.RegainAt)
	c.ServerTime = firstTime(c.ServerTime, o.ServerTime)
	c.DurationSeconds = c.DurationSeconds.fill(o.DurationSeconds)
	c.FirstTokenSeconds = c.FirstTokenSeconds.fill(o.FirstTokenSeconds)
	c.Stream = c.Stream.fill(o.Stream)
	c.Retry = larger(c.Retry, o.Retry)
	c.RetryAfterSeconds = c.RetryAfterSeconds.fill(o.RetryAfterSeconds)
	c.CostUSD = c.CostUSD.fill(o.CostUSD)
	c.Source = firstText(c.Source, o.Source)
	theirs := o.Usage.counts()
	for i, n := range c.Usage.counts() {
		*n.n = larger(*n.n, *theirs[i].n)
	}
	c.Usage.Iterations = c.Usage.Iterations.merge(o.Usage.Iterations)
	c.Readings = mergeReadings(slices.Clone(c.Readings), o.Readings)
	c.Sidechain = c.Sidechain && o.Sidechain
	c.Provenance = c.Provenance.merge(o.Provenance)
	return c
}

// SameMessage reports whether two sightings that name the same message are the same call. A transcript may lack the request id, and
// a side chain replays its parent's messages under a new one. Source: ccusage's rule for Claude Code transcripts.
func (c *Call) SameMessage(o *Call) bool {
	return c.MessageID != "" && c.MessageID == o.MessageID &&
		(c.RequestID == o.RequestID || c.RequestID == "" || o.RequestID == "" || c.Sidechain || o.Sidechain)
}

func mergeReadings(ours, theirs []Reading) []Reading {
	for _, r := range theirs {
		i := slices.IndexFunc(ours, func(q Reading) bool { return q.Limiter == r.Limiter })
		if i < 0 {
			ours = append(ours, r)
			continue
		}
		ours[i] = ours[i].fill(r)
	}
	return ours
}

func larger(a, b Opt[int64]) Opt[int64] {
	if a.known && b.known {
		return Some(max(a.value, b.value))
	}
	return a.fill(b)
}

func firstText(a, b string) string { return cmp.Or(a, b) }

func firstTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}
