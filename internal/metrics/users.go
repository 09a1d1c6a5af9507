package metrics

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// listedUsers counts the users whom the configuration lists.
type listedUsers struct {
	requests, tokens *prometheus.CounterVec

	setting sync.Mutex // lets one set run at a time
	series  atomic.Pointer[map[string]userSeries]
}

// SetUsers counts other users by name from now on. One who stays goes on counting, one who is new begins at 0, and the series of one
// who is gone end. The error is that of New; then the old ones stay.
func (m *Metrics) SetUsers(users []string) error {
	if err := checkUsers(users); err != nil {
		return err
	}
	m.calls.users.set(users)
	return nil
}

func checkUsers(users []string) error {
	switch {
	case len(users) > defaultMaxValues:
		return fmt.Errorf("metrics: %d users listed: at most %d", len(users), defaultMaxValues)
	case slices.Contains(users, ""):
		return errors.New("metrics: a user without a name is listed")
	}
	return nil
}

func (l *listedUsers) set(users []string) {
	l.setting.Lock()
	defer l.setting.Unlock()
	old, next := *l.series.Load(), map[string]userSeries{}
	for _, u := range users {
		s, ok := old[u]
		if !ok {
			s = userSeries{l.requests.WithLabelValues(clean(u)), newTokenCounters(l.tokens, clean(u))}
		}
		next[u] = s
	}
	l.series.Store(&next)
	for u := range old {
		if _, ok := next[u]; !ok {
			l.requests.DeletePartialMatch(prometheus.Labels{LabelUser: clean(u)})
			l.tokens.DeletePartialMatch(prometheus.Labels{LabelUser: clean(u)})
		}
	}
}

// of returns the counters of a user who is listed.
func (l *listedUsers) of(user string) (userSeries, bool) {
	s, ok := (*l.series.Load())[user]
	return s, ok
}
