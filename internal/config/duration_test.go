package config

import (
	"math"
	"testing"
	"testing/quick"
	"time"
)

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"10m": 10 * time.Minute, "30d": 720 * time.Hour, "1h30m": 90 * time.Minute, "2w": 336 * time.Hour, "1.5h": 90 * time.Minute,
		"1d12h": 36 * time.Hour, "500ms": 500 * time.Millisecond, "0": 0, "0s": 0, "1us": time.Microsecond, "1ns": 1,
	} {
		if got, err := ParseDuration(s); err != nil || got != Duration(want) {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "10", "m", "-1m", "1 h", "1h-", "1y", "1M", "1h 30m", "..h", "1e3s", "300000w", "+1h", "∞", "1.2.3h"} {
		if got, err := ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) = %v; want an error", s, got)
		}
	}
}

// What is shown reads as the same duration.
func TestDurationRoundTrip(t *testing.T) {
	same := func(n int64) bool {
		d := Duration(n & math.MaxInt64 >> 10) // a float64 holds every nanosecond of the first 104 days
		got, err := ParseDuration(d.String())
		return err == nil && got == d
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	for s, want := range map[string]Size{"16MiB": 16 << 20, "500kB": 500_000, "1048576": 1 << 20, "1_000": 1000, "0": 0, "7B": 7, "1 GiB": 1 << 30, "2gb": 2e9} {
		if got, err := ParseSize(s); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "MiB", "-1", "1.5MiB", "1TB", "9223372036854775807kB", "x"} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("ParseSize(%q) = %d; want an error", s, got)
		}
	}
	same := func(n int64) bool {
		s := Size(n & math.MaxInt64)
		got, err := ParseSize(s.String())
		return err == nil && got == s
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}
