package applog

import "testing"

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"1": 1, "64kB": 64_000, "500MB": 500_000_000, "1.5gb": 1_500_000_000} {
		if got, err := ParseSize(s); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "much", "-1", "0", "1e30GB", "NaN"} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("ParseSize(%q) = %d, nil; want an error", s, got)
		}
	}
}
