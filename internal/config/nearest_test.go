package config

import (
	"testing"
	"testing/quick"
)

func TestDidYouMean(t *testing.T) {
	valid := []string{"listen", "receivers", "resolve"}
	for written, want := range map[string]string{
		"receivres": `did you mean "receivers"?`, "Listen": `did you mean "listen"?`, "lisetn": `did you mean "listen"?`,
		"resolvee": `did you mean "resolve"?`, "colour": "valid are listen, receivers, resolve",
	} {
		if got := didYouMean(written, valid); got != want {
			t.Errorf("didYouMean(%q) = %q; want %q", written, got, want)
		}
	}
	if got := didYouMean("x", nil); got != "" {
		t.Errorf("didYouMean(x, none) = %q; want nothing", got)
	}
}

// The distance is 0 for the same word only, the same both ways, and never more than the longer word.
func TestDistance(t *testing.T) {
	holds := func(a, b string) bool {
		a, b = a[:min(len(a), 40)], b[:min(len(b), 40)]
		d := distance(a, b)
		return d == distance(b, a) && (d == 0) == (a == b) && d <= max(len(a), len(b))
	}
	if err := quick.Check(holds, nil); err != nil {
		t.Error(err)
	}
}
