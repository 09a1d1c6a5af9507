package limits

import "github.com/claudewatch/claudewatch/claude"

// attribute says whose use counts towards which bucket. Calls feed the bucket that is named as they are. Calls that lack an
// identity (a log without headers often knows no organization) feed the only bucket of their pool that does not contradict
// what they do say; where there are several, none, because that would be a guess. Where headers say nothing at all, the
// configured limit of the pool makes a bucket. It is worked out anew each time, so it never depends on what came first.
func (t *Tracker) attribute() map[claude.Bucket][]*usage {
	of := map[claude.Bucket][]*usage{}
	index := t.byPool()
	for k, u := range t.callers {
		for _, l := range limitersOf(k.class) {
			if b, ok := t.target(k.bucket(l), index); ok {
				of[b] = append(of[b], u)
			}
		}
	}
	return of
}

func (t *Tracker) byPool() map[poolLimiter][]claude.Bucket {
	index := map[poolLimiter][]claude.Bucket{}
	for b := range t.gauges {
		key := poolLimiter{b.Pool, b.Limiter}
		index[key] = append(index[key], b)
	}
	return index
}

func (t *Tracker) target(b claude.Bucket, index map[poolLimiter][]claude.Bucket) (claude.Bucket, bool) {
	if _, ok := t.gauges[b]; ok {
		return b, true
	}
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
