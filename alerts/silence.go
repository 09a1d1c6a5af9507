package alerts

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of a silence.
const (
	MaxSilence     = 90 * 24 * time.Hour // longer ones are rules to turn off
	maxMatchers    = 20
	maxSilenceText = 500 // characters of a value, an author or a comment
)

// ErrNoSilence is the error for a silence that does not exist or is over.
var ErrNoSilence = errors.New("no such silence")

// Silence mutes the alerts that all its matchers match, from its start until before its end. Muted alerts keep their state; when the
// silence ends, those that still fire are delivered.
type Silence struct {
	ID        string    `json:"id"`
	Matchers  []Matcher `json:"matchers"`
	StartsAt  time.Time `json:"starts_at"`
	EndsAt    time.Time `json:"ends_at"`
	CreatedAt time.Time `json:"created_at"`
	Author    string    `json:"author,omitempty"`
	Comment   string    `json:"comment,omitempty"`
}

// validate checks a silence that somebody wants.
func (s *Silence) validate() error {
	switch {
	case len(s.Matchers) == 0:
		return errors.New("silence: no matcher: it would mute everything; write rule=~.* if that is meant")
	case len(s.Matchers) > maxMatchers:
		return fmt.Errorf("silence: %d matchers, at most %d", len(s.Matchers), maxMatchers)
	case !s.EndsAt.After(s.StartsAt):
		return errors.New("silence: it ends before it starts")
	case s.EndsAt.Sub(s.StartsAt) > MaxSilence:
		return fmt.Errorf("silence: %s is longer than %s; turn the rule off instead", Span(s.EndsAt.Sub(s.StartsAt)), Span(MaxSilence))
	case unfitText(s.Author) || unfitText(s.Comment):
		return fmt.Errorf("silence: author or comment is longer than %d characters or holds control characters", maxSilenceText)
	}
	return nil
}

// SilenceStore keeps silences.
type SilenceStore interface {
	// Silences returns the silences that end after a time.
	Silences(ctx context.Context, after time.Time) ([]Silence, error)
	// SaveSilence keeps a silence, in the place of one of the same id.
	SaveSilence(ctx context.Context, s Silence) error
}

// Silences holds the mutes in force. Load them once; all methods may be used concurrently.
type Silences struct {
	store SilenceStore
	now   func() time.Time

	mu  sync.Mutex // protects all
	all []muting
}

// muting is a silence that is ready to be asked.
type muting struct {
	Silence
	matchers []matcher
}

// NewSilences returns silences that are kept in a store. now may be nil.
func NewSilences(store SilenceStore, now func() time.Time) *Silences {
	if now == nil {
		now = time.Now
	}
	return &Silences{store: store, now: now}
}

// Load reads the silences that are not over.
func (s *Silences) Load(ctx context.Context) error {
	kept, err := s.store.Silences(ctx, s.now())
	if err != nil {
		return fmt.Errorf("load silences: %w", err)
	}
	var all []muting
	for _, k := range kept {
		m, err := k.prepare()
		if err != nil {
			return fmt.Errorf("load silence %s: %w", k.ID, err)
		}
		all = append(all, m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = all
	return nil
}

func (s Silence) prepare() (muting, error) {
	m := muting{Silence: s}
	for _, x := range s.Matchers {
		c, err := x.compile()
		if err != nil {
			return m, err
		}
		m.matchers = append(m.matchers, c)
	}
	return m, nil
}

// Add mutes from now on, or from the silence's start where that is later, and returns the silence with its id.
func (s *Silences) Add(ctx context.Context, n Silence) (Silence, error) {
	now := s.now().UTC().Truncate(time.Second)
	n.ID, n.CreatedAt = strings.ToLower(rand.Text()[:12]), now
	if n.StartsAt.Before(now) {
		n.StartsAt = now
	}
	if err := n.validate(); err != nil {
		return n, err
	}
	m, err := n.prepare()
	if err != nil {
		return n, err
	}
	if err := s.store.SaveSilence(ctx, n); err != nil {
		return n, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(slices.DeleteFunc(s.all, func(o muting) bool { return !o.EndsAt.After(now) }), m)
	return n, nil
}

// End ends a silence now. The error wraps ErrNoSilence when there is none of that id, or it is over.
func (s *Silences) End(ctx context.Context, id string) (Silence, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now().UTC().Truncate(time.Second)
	i := slices.IndexFunc(s.all, func(m muting) bool { return m.ID == id && m.EndsAt.After(now) })
	if i < 0 {
		return Silence{}, fmt.Errorf("end silence %q: %w", clipped(id), ErrNoSilence)
	}
	over := s.all[i].Silence
	over.EndsAt = now
	if err := s.store.SaveSilence(ctx, over); err != nil {
		return Silence{}, err
	}
	s.all = slices.Delete(s.all, i, i+1)
	return over, nil
}

// List returns the silences that are not over, the one that ends next first.
func (s *Silences) List() []Silence {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	list := []Silence{}
	for _, m := range s.all {
		if m.EndsAt.After(now) {
			list = append(list, m.Silence)
		}
	}
	slices.SortFunc(list, func(a, b Silence) int { return cmp.Or(a.EndsAt.Compare(b.EndsAt), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Silenced reports whether an alert is muted at a time.
func (s *Silences) Silenced(a *Alert, now time.Time) bool {
	_, muted := s.By(a, now)
	return muted
}

// By returns the silence that mutes an alert at a time, if one does.
func (s *Silences) By(a *Alert, now time.Time) (Silence, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.all {
		if s.all[i].mutes(a, now) {
			return s.all[i].Silence, true
		}
	}
	return Silence{}, false
}

func (m *muting) mutes(a *Alert, now time.Time) bool {
	if now.Before(m.StartsAt) || !now.Before(m.EndsAt) {
		return false
	}
	for i := range m.matchers {
		if !m.matchers[i].matches(a) {
			return false
		}
	}
	return true
}
