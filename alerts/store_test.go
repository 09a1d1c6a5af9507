package alerts

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// memory is a Store in memory that keeps the contract: each method all or nothing.
type memory struct {
	mu         sync.Mutex // protects what follows
	alerts     map[string]Alert
	episodes   map[string]Alert
	deliveries map[[2]string]Delivery
	saves      [][]Changed
	broken     bool
}

var (
	_         Store = (*memory)(nil)
	errBroken       = errors.New("disk I/O error")
)

func newMemory() *memory {
	return &memory{alerts: map[string]Alert{}, episodes: map[string]Alert{}, deliveries: map[[2]string]Delivery{}}
}

func (s *memory) breaks(b bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = b
}

func (s *memory) Alerts(context.Context) ([]Alert, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return nil, errBroken
	}
	return slices.Collect(maps.Values(s.alerts)), nil
}

func (s *memory) SaveAlerts(_ context.Context, changed []Changed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return errBroken
	}
	s.saves = append(s.saves, slices.Clone(changed))
	for _, c := range changed {
		if c.Alert.State == Inactive {
			delete(s.alerts, c.Alert.Fingerprint)
			continue
		}
		s.alerts[c.Alert.Fingerprint] = c.Alert
		s.episodes[c.Alert.Episode] = c.Alert
		for _, r := range c.Receivers {
			key := [2]string{c.Alert.Episode, r}
			d := s.deliveries[key]
			d.Episode, d.Receiver, d.Fingerprint = c.Alert.Episode, r, c.Alert.Fingerprint
			d.Desired = max(d.Desired, c.Alert.Revision)
			s.deliveries[key] = d
		}
		for key, d := range s.deliveries { // who was told goes on being told
			if key[0] == c.Alert.Episode && d.Delivered > 0 {
				d.Desired = max(d.Desired, c.Alert.Revision)
				s.deliveries[key] = d
			}
		}
	}
	return nil
}

func (s *memory) DueDeliveries(_ context.Context, now time.Time) ([]Due, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return nil, errBroken
	}
	var due []Due
	for _, d := range s.deliveries {
		if d.Desired > d.Delivered && !d.Dead && !d.NotBefore.After(now) {
			due = append(due, Due{Delivery: d, Alert: s.episodes[d.Episode]})
		}
	}
	slices.SortFunc(due, func(a, b Due) int { return a.Alert.FiredAt.Compare(b.Alert.FiredAt) })
	return due, nil
}

func (s *memory) StandingDeliveries(_ context.Context, since time.Time) ([]Due, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return nil, errBroken
	}
	var all []Due
	for _, d := range s.deliveries {
		a := s.episodes[d.Episode]
		now, kept := s.alerts[a.Fingerprint]
		if d.Delivered > 0 && !d.Dead && (!d.UpdatedAt.Before(since) || kept && now.Episode == d.Episode) {
			all = append(all, Due{Delivery: d, Alert: a})
		}
	}
	slices.SortFunc(all, func(a, b Due) int { return a.Alert.FiredAt.Compare(b.Alert.FiredAt) })
	return all, nil
}

func (s *memory) SaveDelivery(_ context.Context, d Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return errBroken
	}
	key := [2]string{d.Episode, d.Receiver}
	d.Desired = max(d.Desired, s.deliveries[key].Desired)
	s.deliveries[key] = d
	return nil
}

func (s *memory) Divert(_ context.Context, d Delivery, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return errBroken
	}
	key := [2]string{d.Episode, to}
	other := s.deliveries[key]
	other.Episode, other.Receiver, other.Fingerprint, other.Desired = d.Episode, to, d.Fingerprint, max(other.Desired, d.Desired)
	s.deliveries[key] = other
	return nil
}

// delivery returns the only delivery of a receiver.
func (s *memory) delivery(receiver string) Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, d := range s.deliveries {
		if key[1] == receiver {
			return d
		}
	}
	return Delivery{}
}

// posts returns how many revisions were made for receivers, by rule.
func (s *memory) posts() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[string]int64{}
	for _, d := range s.deliveries {
		n[s.episodes[d.Episode].Rule] += d.Desired
	}
	return n
}
