package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, written as in "16MiB", "500kB" or "1048576".
type Size int64

// sizeUnits are the units that sizes are shown in, the largest first.
func sizeUnits() []struct {
	name string
	size int64
} {
	return []struct {
		name string
		size int64
	}{
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"GB", 1e9},
		{"MB", 1e6},
		{"kB", 1e3},
		{"B", 1},
	}
}

// ParseSize reads a number of bytes with or without a unit: B, kB, MB, GB in thousands, KiB, MiB, GiB in 1024s. The error is an
// [*Error] without a place.
func ParseSize(s string) (Size, error) {
	number, factor := s, int64(1)
	for _, u := range sizeUnits() {
		if n, ok := cutSuffixFold(s, u.name); ok {
			number, factor = strings.TrimSpace(n), u.size
			break
		}
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(number, "_", ""), 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, wrong("write 500kB, 16MiB or a number of bytes", "%s is no size", show(s))
	}
	return Size(n * factor), nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	i := len(s) - len(suffix)
	if i < 0 || !strings.EqualFold(s[i:], suffix) {
		return s, false
	}
	return s[:i], true
}

// String returns the size as ParseSize reads it, in the largest unit that shows it exactly.
func (s Size) String() string {
	for _, u := range sizeUnits() {
		if s != 0 && int64(s)%u.size == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.size, u.name)
		}
	}
	return "0B"
}

// MarshalText writes what String returns.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what ParseSize reads; flags use it.
func (s *Size) UnmarshalText(text []byte) error {
	v, err := ParseSize(string(text))
	if err != nil {
		return err
	}
	*s = v
	return nil
}
