package limits

import (
	"cmp"
	"slices"
)

// marks are what the readings of the last minute gave, by second and limit.
type marks struct {
	list   []mark // sorted
	merged mark   // of the last seconds, as long as it is fresh
	fresh  bool
}

// mark is the largest T that the readings of one second and limit gave.
type mark struct {
	second int64
	limit  int64   // 0 if unknown
	full   instant // T, at the latest
	least  instant // T, at the earliest
	reset  instant
}

const (
	// mergeSeconds is how far back of the newest reading others count. What is estimated when a request starts may be refunded
	// when it ends, so a T that no reading of the last 10 seconds confirms is given up.
	mergeSeconds = 10
	// markSeconds is how long marks are kept, for the slope.
	markSeconds = 60
	// marksPerSecond bounds how many limits one second may show; the tokens limiter has two by nature.
	marksPerSecond = 4
)

// note merges a mark into the list. Mostly it is of the newest second.
func (l *marks) note(n mark) {
	i, found := len(l.list)-1, false
	if i < 0 || !l.list[i].same(&n) {
		if i, found = l.find(&n); !found {
			l.insert(i, n)
			return
		}
	}
	m := &l.list[i]
	if n.full > m.full || n.least > m.least || n.reset > m.reset {
		m.full, m.least, m.reset = max(m.full, n.full), max(m.least, n.least), max(m.reset, n.reset)
		l.fresh = false
	}
}

func (m *mark) same(o *mark) bool { return m.second == o.second && m.limit == o.limit }

// find returns where a mark of that second and limit is or belongs: the newest are at the end.
func (l *marks) find(n *mark) (int, bool) {
	i := len(l.list)
	for i > 0 && cmp.Or(cmp.Compare(l.list[i-1].second, n.second), cmp.Compare(l.list[i-1].limit, n.limit)) >= 0 {
		i--
	}
	return i, i < len(l.list) && l.list[i].same(n)
}

func (l *marks) insert(i int, n mark) {
	l.fresh = false
	l.list = slices.Insert(l.list, i, n)
	l.thin(i, n.second)
	old := l.list[len(l.list)-1].second - markSeconds
	gone := 0
	for l.list[gone].second < old {
		gone++
	}
	if gone > 0 {
		l.list = slices.Delete(l.list, 0, gone)
	}
}

// thin keeps the largest limits of a second, one of whose marks is at i.
func (l *marks) thin(i int, second int64) {
	first, end := i, i
	for first > 0 && l.list[first-1].second == second {
		first--
	}
	for end < len(l.list) && l.list[end].second == second {
		end++
	}
	if n := end - first; n > marksPerSecond {
		l.list = slices.Delete(l.list, first, first+n-marksPerSecond)
	}
}

// newest returns the merged mark: the largest T of the last seconds under the newest limit.
func (l *marks) newest() (mark, bool) {
	if len(l.list) == 0 {
		return mark{}, false
	}
	if l.fresh {
		return l.merged, true
	}
	last := l.list[len(l.list)-1]
	for i := len(l.list) - 1; i >= 0 && l.list[i].second >= last.second-mergeSeconds; i-- {
		m := &l.list[i]
		if last.limit == 0 {
			last.limit = m.limit
		}
		if m.limit == last.limit || m.limit == 0 {
			last.full, last.least, last.reset = max(last.full, m.full), max(last.least, m.least), max(last.reset, m.reset)
		}
	}
	l.merged, l.fresh = last, true
	return last, true
}
