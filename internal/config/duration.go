package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time, written as in "10m", "1h30m" or "30d". A day is 24 hours and a week is 7 days.
type Duration time.Duration

const day = Duration(24 * time.Hour)

// unit is a unit of time as it is written.
type unit struct {
	name string
	size Duration
}

// durationUnits are the units that durations are written in, the longest first.
func durationUnits() []unit {
	return []unit{
		{"w", 7 * day},
		{"d", day},
		{"h", Duration(time.Hour)},
		{"m", Duration(time.Minute)},
		{"s", Duration(time.Second)},
		{"ms", Duration(time.Millisecond)},
		{"us", Duration(time.Microsecond)},
		{"ns", Duration(time.Nanosecond)},
	}
}

// ParseDuration reads "10m", "1h30m", "1.5h", "30d", "2w" or "0". The error is an [*Error] without a place.
func ParseDuration(s string) (Duration, error) {
	if s == "0" {
		return 0, nil
	}
	var total float64
	rest := s
	for first := true; first || rest != ""; first = false {
		n := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		value, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil {
			return 0, noDuration(s)
		}
		rest = rest[n:]
		n = len(rest) - len(strings.TrimLeft(rest, "wdhmsun"))
		size, ok := unitSize(rest[:n])
		if !ok {
			return 0, noDuration(s)
		}
		total += value * float64(size)
		rest = rest[n:]
	}
	if total >= math.MaxInt64 {
		return 0, wrong("", "%s is too long, at most 292 years", show(s))
	}
	return Duration(math.Round(total)), nil
}

func unitSize(name string) (Duration, bool) {
	for _, u := range durationUnits() {
		if u.name == name {
			return u.size, true
		}
	}
	return 0, false
}

func noDuration(s string) error {
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.HasPrefix(s, "-") {
		return wrong("write 30s, 10m, 1h30m or 30d", "%s has no unit", show(s))
	}
	return wrong("write 30s, 10m, 1h30m or 30d", "%s is no duration", show(s))
}

// String returns the duration as ParseDuration reads it, in days and smaller units, as in "1d12h".
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if d < 0 { // never read, but a value made by arithmetic should still be readable
		return time.Duration(d).String()
	}
	for _, u := range durationUnits()[1:] {
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.size
		}
	}
	return b.String()
}

// MarshalText writes what String returns.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration reads; flags use it.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
