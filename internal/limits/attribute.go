package limits

import (
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// row is one bucket of the picture with what it is made of.
type row struct {
	bucket claude.Bucket
	gauge  *gauge   // nil for one that only the configuration knows
	usages []*usage // that count towards it
	counts []column
	// input and output are the rows of the same calls' input and output tokens, -1 for none; for the tokens limiter only.
	input, output int
}

// counted reports whether the calls told anything that the limiter counts.
func (r *row) counted() bool {
	return slices.ContainsFunc(r.usages, func(u *usage) bool { return u.counted(r.counts) })
}

// attribute says whose use counts towards which bucket, sorted by bucket. Calls feed the bucket that is named as they are. Calls that lack an
// identity (a log without headers often knows no organization) feed the only bucket of their pool that does not contradict
// what they do say; where there are several, none, because that would be a guess. Where headers say nothing at all, the
// configured limit of the pool makes a bucket. It depends only on which buckets and callers there are, never on what came first, and is
// kept until one comes or goes.
func (t *Tracker) attribute() []row {
	if t.rows != nil {
		return t.rows
	}
	of := map[claude.Bucket]*row{}
	index := map[poolLimiter][]claude.Bucket{}
	for _, g := range t.groups {
		for _, have := range g.gauges {
			b := g.who.bucket(have.limiter)
			of[b] = &row{bucket: b, gauge: have}
			key := poolLimiter{b.Pool, b.Limiter}
			index[key] = append(index[key], b)
		}
	}
	for _, g := range t.groups {
		for k := range classes {
			if g.usages[k] != nil {
				t.feed(of, index, g, k)
			}
		}
	}
	t.rows = sorted(of)
	return t.rows
}

func (t *Tracker) feed(of map[claude.Bucket]*row, index map[poolLimiter][]claude.Bucket, g *group, k class) {
	for _, l := range limitersOf(k) {
		b := g.who.bucket(l)
		if r := of[b]; r == nil || r.gauge == nil {
			var ok bool
			if b, ok = t.target(b, index); !ok {
				continue
			}
		}
		if of[b] == nil {
			of[b] = &row{bucket: b}
		}
		of[b].usages = append(of[b].usages, g.usages[k])
	}
}

// target returns the bucket that calls feed whose own has no readings.
func (t *Tracker) target(b claude.Bucket, index map[poolLimiter][]claude.Bucket) (claude.Bucket, bool) {
	key := poolLimiter{b.Pool, b.Limiter}
	var only claude.Bucket
	fits := 0
	for _, g := range index[key] {
		if fit(b.Provider, g.Provider) && fit(b.Organization, g.Organization) && fit(b.Workspace, g.Workspace) {
			only, fits = g, fits+1
		}
	}
	if fits == 1 && b.Pool != "" {
		return only, true
	}
	_, configured := t.configured[key]
	return b, configured
}

// fit reports whether a call that says s of itself may belong to a bucket of which known is known.
func fit(s, known string) bool { return s == "" || s == known }

func sorted(of map[claude.Bucket]*row) []row {
	rows := make([]row, 0, len(of))
	for _, r := range of {
		r.counts = counts(r.bucket.Limiter)
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b row) int { return a.bucket.Compare(b.bucket) })
	for i := range rows {
		r := &rows[i]
		r.input, r.output = -1, -1
		if r.bucket.Limiter == claude.LimiterTokens {
			in, out := r.bucket, r.bucket
			in.Limiter, out.Limiter = claude.LimiterInputTokens, claude.LimiterOutputTokens
			r.input, r.output = rowOf(rows, in), rowOf(rows, out)
		}
	}
	return rows
}

// rowOf returns where a bucket is in sorted rows, -1 if it is not.
func rowOf(rows []row, b claude.Bucket) int {
	i, found := slices.BinarySearchFunc(rows, b, func(r row, b claude.Bucket) int { return r.bucket.Compare(b) })
	if !found {
		return -1
	}
	return i
}
