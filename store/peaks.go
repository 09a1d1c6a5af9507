package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Peak is how much a limiter counted in the busy minutes of one UTC day: one minute in a hundred was busier.
type Peak struct {
	Bucket claude.Bucket
	Day    time.Time // midnight UTC
	Count  int64     // requests or tokens in a minute; above 0
}

const minutesPerDay = 24 * 60

// busier is how many minutes of a day are busier than the one that counts: 99 of 100 are not.
const busier = minutesPerDay / 100

// peakLimiters are those that a history can tell of: the others are limits of service tiers, which sums don't keep.
var peakLimiters = []claude.Limiter{claude.LimiterRequests, claude.LimiterInputTokens, claude.LimiterOutputTokens, claude.LimiterTokens}

// Peaks returns the peak of each bucket on each whole day from a time on, in the order of time; days without use are left out, and
// so is the day that is not over. It reads the sums by minute, which takes about a second per three million of them.
func (db *DB) Peaks(ctx context.Context, since time.Time) ([]Peak, error) {
	first := (since.Unix() + minutesPerDay*60 - 1) / (minutesPerDay * 60) * minutesPerDay
	end := db.now().Unix() / (minutesPerDay * 60) * minutesPerDay
	var p peaks
	err := each(ctx, db.reader, func(scan scanFunc) error {
		var m minuteSums
		err := scan(&m.minute, &m.bucket.Provider, &m.bucket.Organization, &m.bucket.Workspace, &m.bucket.Pool, &m.calls,
			&m.tokens.Input, &m.tokens.Output, &m.tokens.CacheRead, &m.tokens.CacheWrite5m, &m.tokens.CacheWrite1h)
		p.add(m)
		return err
	}, `SELECT m.start, s.provider, s.organization, s.workspace, s.pool, sum(m.calls), sum(m.input), sum(m.output), sum(m.cache_read),
		sum(m.write_5m), sum(m.write_1h)
		FROM minutes m JOIN scopes s ON s.id = m.scope WHERE m.start >= ? AND m.start < ? GROUP BY 1, 2, 3, 4, 5 ORDER BY 1`, first, end)
	if err != nil {
		return nil, wrap("read store", db.path, err)
	}
	p.close()
	return p.done, nil
}

// minuteSums are the calls of one minute of one pool.
type minuteSums struct {
	minute int64
	bucket claude.Bucket // without a limiter
	calls  int64
	tokens claude.Tokens
}

// peaks gathers the busiest minutes of one day after the other.
type peaks struct {
	day  int64
	open map[claude.Bucket]*busiest
	done []Peak
}

// busiest are the largest counts of a day, the smallest first.
type busiest []int64

func (b *busiest) add(n int64) {
	i, _ := slices.BinarySearch(*b, n)
	*b = slices.Insert(*b, i, n)
	if len(*b) > busier+1 {
		*b = (*b)[1:]
	}
}

func (p *peaks) add(m minuteSums) {
	if day := m.minute / minutesPerDay; day != p.day {
		p.close()
		p.day = day
	}
	for _, l := range peakLimiters {
		n := m.tokens.Counted(l, m.bucket.Pool)
		if l == claude.LimiterRequests {
			n = m.calls
		}
		if n == 0 {
			continue
		}
		b := m.bucket
		b.Limiter = l
		if p.open[b] == nil {
			if p.open == nil {
				p.open = map[claude.Bucket]*busiest{}
			}
			p.open[b] = &busiest{}
		}
		p.open[b].add(n)
	}
}

// close ends a day. A day with less use than its busy minutes has no peak: the minute that counts was idle.
func (p *peaks) close() {
	for _, b := range slices.SortedFunc(maps.Keys(p.open), claude.Bucket.Compare) {
		if all := *p.open[b]; len(all) > busier {
			p.done = append(p.done, Peak{Bucket: b, Day: time.Unix(p.day*minutesPerDay*60, 0).UTC(), Count: all[0]})
		}
	}
	p.open = nil
}
