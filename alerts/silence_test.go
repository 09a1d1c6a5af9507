package alerts

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// shelf keeps silences in memory.
type shelf map[string]Silence

func (s shelf) Silences(_ context.Context, after time.Time) ([]Silence, error) {
	var all []Silence
	for _, x := range s {
		if x.EndsAt.After(after) {
			all = append(all, x)
		}
	}
	return all, nil
}

func (s shelf) SaveSilence(_ context.Context, x Silence) error {
	s[x.ID] = x
	return nil
}

func mutable() *Alert {
	return &Alert{Rule: "limit_usage_high", Severity: Warning, Labels: map[string]string{"pool": "sonnet-5", "workspace": "test-eu"}}
}

func TestMatchers(t *testing.T) {
	for text, want := range map[string]bool{
		"rule=limit_usage_high": true, "rule = limit_usage_high": true, `rule="limit_usage_high"`: true, "rule=limit_usage": false,
		"severity=warning": true, "severity!=warning": false, "pool!=opus-4.x": true, "app=": true, "app!=": false,
		"workspace=~test-.*": true, "workspace=~test": false, "workspace=~.*eu|x": true, "workspace!~test-.*": false, "app=~.*": true, "app!~.+": true,
	} {
		m, err := ParseMatcher(text)
		if err != nil {
			t.Errorf("ParseMatcher(%q) = %v; want nil", text, err)
			continue
		}
		c, err := m.compile()
		if err != nil || c.matches(mutable()) != want {
			t.Errorf("%q matches: %v, %v; want %v", text, c.matches(mutable()), err, want)
		}
		if again, err := ParseMatcher(m.String()); err != nil || again != m {
			t.Errorf("ParseMatcher(%q) = %v, %v; want the same matcher", m, again, err)
		}
	}
	for _, text := range []string{"", "rule", "=x", "rule=~[", "rule=~(", "1x=y", "rule=" + strings.Repeat("x", 501), "rule=a\x00b", "rule<5"} {
		if m, err := ParseMatcher(text); err == nil {
			t.Errorf("ParseMatcher(%q) = %v; want an error", text, m)
		}
	}
}

func TestSilencesLife(t *testing.T) {
	now := t0
	kept := shelf{}
	s := NewSilences(kept, func() time.Time { return now })
	add := func(from, to time.Duration, matchers ...Matcher) Silence {
		n, err := s.Add(t.Context(), Silence{Matchers: matchers, StartsAt: now.Add(from), EndsAt: now.Add(to), Author: "ops", Comment: "backfill"})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := add(0, time.Hour, Matcher{"pool", "=", "sonnet-5"}, Matcher{"rule", "=", "limit_usage_high"})
	add(2*time.Hour, 3*time.Hour, Matcher{"pool", "=", "sonnet-5"})
	add(0, 5*time.Hour, Matcher{"pool", "=", "opus-4.x"})
	for _, c := range []struct {
		at   time.Duration
		want bool
	}{{-time.Second, false}, {0, true}, {time.Hour - 1, true}, {time.Hour, false}, {2 * time.Hour, true}, {3 * time.Hour, false}} {
		if got := s.Silenced(mutable(), t0.Add(c.at)); got != c.want {
			t.Errorf("Silenced() after %s = %v; want %v", c.at, got, c.want)
		}
	}
	now = t0.Add(10 * time.Minute)
	restarted := NewSilences(kept, func() time.Time { return now })
	if err := restarted.Load(t.Context()); err != nil || len(restarted.List()) != 3 || !restarted.Silenced(mutable(), now) {
		t.Errorf("Load() = %v with %v; want all three, in force", err, restarted.List())
	}
	if _, err := restarted.End(t.Context(), first.ID); err != nil || restarted.Silenced(mutable(), now) {
		t.Errorf("End() = %v; want the silence over", err)
	}
	if _, err := restarted.End(t.Context(), first.ID); !errors.Is(err, ErrNoSilence) {
		t.Errorf("End() again = %v; want ErrNoSilence", err)
	}
	if got := kept[first.ID].EndsAt; !got.Equal(now) {
		t.Errorf("kept end = %s; want %s", got, now)
	}
}

func TestSilenceErrors(t *testing.T) {
	s := NewSilences(shelf{}, func() time.Time { return t0 })
	m := []Matcher{{"rule", "=", "x"}}
	for want, n := range map[string]Silence{
		"no matcher":   {EndsAt: t0.Add(time.Hour)},
		"before it":    {Matchers: m, EndsAt: t0.Add(-time.Hour)},
		"longer than":  {Matchers: m, EndsAt: t0.Add(MaxSilence + time.Hour)},
		"characters":   {Matchers: m, EndsAt: t0.Add(time.Hour), Comment: "a\nb"},
		"no valid reg": {Matchers: []Matcher{{"rule", "=~", "["}}, EndsAt: t0.Add(time.Hour)},
		"want a label": {Matchers: []Matcher{{"rule", ">", "1"}}, EndsAt: t0.Add(time.Hour)},
	} {
		if _, err := s.Add(t.Context(), n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Add(%+v) = %v; want an error with %q", n, err, want)
		}
	}
	if len(s.List()) != 0 {
		t.Errorf("List() = %v; want none", s.List())
	}
}
