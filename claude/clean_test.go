package claude

import (
	"math/rand/v2"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// TestIsClean holds the quick look at eight bytes at a time to what is said of each letter.
func TestIsClean(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	letters := []string{"a", "Z", "~", " ", "\x1f", "\x7f", "\x80", "\xff", "ü", "\u0085", "�", "\x00", "x", "y", "z", "-"}
	clean := 0
	for range 40000 {
		s := ""
		odd := rnd.IntN(2) == 0
		for range rnd.IntN(30) {
			if i := rnd.IntN(len(letters)); odd || letters[i] >= " " && letters[i] <= "~" && len(letters[i]) == 1 {
				s += letters[i]
			}
		}
		want := true
		for _, r := range s {
			want = want && !unicode.IsControl(r) && r != utf8.RuneError
		}
		if got := isClean(s); got != want {
			t.Fatalf("isClean(%q) = %v; want %v", s, got, want)
		}
		if want {
			clean++
		}
	}
	if clean < 5000 || clean > 35000 {
		t.Errorf("%d of 40000 texts were clean; want a mix", clean)
	}
}

func TestInYears(t *testing.T) {
	far := time.FixedZone("far", 14*3600)
	for _, c := range []struct {
		at    time.Time
		first int
		want  bool
	}{
		{time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC), 2000, true},
		{time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), 2000, false},
		{time.Date(2000, 1, 1, 0, 0, 0, 0, far), 2000, true},
		{time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), 1970, true},
		{time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), 1970, false},
		{time.Date(2199, 12, 31, 23, 0, 0, 0, time.UTC), 2000, true},
		{time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), 2000, false},
		{time.Date(292277026596, 1, 1, 0, 0, 0, 0, time.UTC), 2000, false},
	} {
		if got := inYears(c.at, c.first); got != c.want {
			t.Errorf("inYears(%v, %d) = %v; want %v", c.at, c.first, got, c.want)
		}
	}
}

// TestUsageBounds holds that each count is judged.
func TestUsageBounds(t *testing.T) {
	var u Usage
	for i := range u.counts() {
		for _, n := range []int64{-1, maxTokens + 1} {
			var u Usage
			*u.counts()[i].n = Some(n)
			if err := u.Validate(); err == nil {
				t.Errorf("Validate(%s %d) = nil; want an error", u.counts()[i].name, n)
			}
		}
	}
}
