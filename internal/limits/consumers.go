package limits

import (
	"cmp"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// roll counts use by consumer, minute by minute, for 10 minutes back and 10 on.
type roll [rollMinutes]minute

type minute struct {
	index int64
	by    map[consumer]int32 // where in sums a consumer's are
	sums  []amounts
	last  consumer // of by, whose sums are
	sum   *amounts // those at this place; nil for none
	rest  amounts  // of those that came when there was no more room for names
}

type consumer struct{ app, user, model string }

const (
	rollMinutes = 32
	// consumerMinutes is the window that consumers are named for.
	consumerMinutes = 10
	// maxConsumers bounds how many names are held in all: one per consumer, minute and group of callers.
	maxConsumers = 20_000
	// topConsumers is how many are named.
	topConsumers = 3
)

// add counts a call of a minute and returns by how much the number of names grew. Without room a new name counts with the rest, so
// that the shares of the others stay true.
func (r *roll) add(c *claude.Call, index int64, n *amounts, sign int64, room bool) (grown int) {
	m := &r[index%rollMinutes]
	if index > m.index {
		if sign < 0 {
			return 0
		}
		grown = -len(m.by)
		names := 0
		if before := &r[(index+rollMinutes-1)%rollMinutes]; before.index == index-1 {
			names = len(before.by) // as many as will come, roughly
		}
		*m = minute{index: index, by: make(map[consumer]int32, names), sums: make([]amounts, 0, names)}
	}
	if index < m.index || m.by == nil { // too late, or expired
		return 0
	}
	sum := m.of(consumer{c.App, c.User, c.Model})
	if sum == nil {
		if !room || sign < 0 {
			m.rest.add(n, sign)
			return grown
		}
		sum = m.name(consumer{c.App, c.User, c.Model})
		grown++
	}
	sum.add(n, sign)
	return grown
}

// of returns what a consumer used, nil for one that has no name here. Calls come in runs of one.
func (m *minute) of(who consumer) *amounts {
	if m.sum == nil || m.last != who {
		m.last, m.sum = who, nil
		if at, ok := m.by[who]; ok {
			m.sum = &m.sums[at]
		}
	}
	return m.sum
}

func (m *minute) name(who consumer) *amounts {
	m.by[who] = int32(len(m.sums)) //nolint:gosec // at most maxConsumers
	m.sums = append(m.sums, amounts{})
	m.last, m.sum = who, &m.sums[len(m.sums)-1]
	return m.sum
}

// expire forgets the minutes that have left the window that ends in one and returns how many names are left.
func (r *roll) expire(now int64) int {
	names := 0
	for i := range r {
		if r[i].index <= now-consumerMinutes && r[i].by != nil {
			r[i] = minute{index: r[i].index}
		}
		names += len(r[i].by)
	}
	return names
}

// Consumers returns the top 3 consumers of a bucket in the last 10 minutes, by what its limiter counts, with their shares of all
// that the agent counted there. It returns none for limiters that count nothing, as subscription windows.
func (t *Tracker) Consumers(b claude.Bucket, now time.Time) []claude.Consumer {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := t.attribute()
	i := rowOf(rows, b)
	if i < 0 {
		return nil
	}
	var total int64
	by := map[consumer]int64{}
	newest := at(now).minute()
	for _, u := range rows[i].usages {
		for _, m := range &u.consumers {
			if m.index <= newest-consumerMinutes || m.index > newest {
				continue
			}
			total += max(m.rest.sum(rows[i].counts), 0)
			for who, at := range m.by {
				n := m.sums[at].sum(rows[i].counts)
				by[who] += n
				total += n
			}
		}
	}
	return top(by, total)
}

func top(by map[consumer]int64, total int64) []claude.Consumer {
	var best []claude.Consumer // the largest first
	for who, n := range by {
		c := claude.Consumer{App: who.app, User: who.user, Model: who.model, Share: float64(n) / float64(total)}
		if n <= 0 || len(best) == topConsumers && !larger(&c, &best[topConsumers-1]) {
			continue
		}
		i := len(best)
		for i > 0 && larger(&c, &best[i-1]) {
			i--
		}
		best = slices.Insert(best, i, c)
		best = best[:min(len(best), topConsumers)]
	}
	return best
}

// larger reports whether a consumer comes before another: it used more, or as much and its names come first.
func larger(a, b *claude.Consumer) bool {
	if a.Share != b.Share {
		return a.Share > b.Share
	}
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.User, b.User), cmp.Compare(a.Model, b.Model)) < 0
}
