package claude

import (
	"testing"
	"time"
)

func TestLimiterWindow(t *testing.T) {
	for l, want := range map[Limiter]time.Duration{
		"unified_5h": 5 * time.Hour, "unified_7d": 7 * 24 * time.Hour, "unified_7d_opus": 7 * 24 * time.Hour, "unified_30m": 30 * time.Minute,
		"unified_overage": 0, "unified_": 0, "unified_d": 0, "unified_99999999d": 0, "input_tokens": 0, "unified_5y": 0,
	} {
		if got := l.Window(); got != want {
			t.Errorf("%s.Window() = %v; want %v", l, got, want)
		}
	}
}

func TestPace(t *testing.T) {
	for _, c := range []struct {
		used, elapsed float64
		want          Opt[float64]
	}{
		{0.57, 0.85, Some(0.57 / 0.85)},
		{0.9, 0.5, Some(1.8)},
		{0.01, 0.01, Opt[float64]{}}, // two calls at the beginning of a window are no pace
	} {
		l := Level{Fill: Some(c.used), Elapsed: Some(c.elapsed)}
		if got := l.Pace(); got != c.want {
			t.Errorf("Pace() of %v in %v = %v; want %v", c.used, c.elapsed, got, c.want)
		}
	}
	if got := (&Level{Fill: Some(0.5)}).Pace(); got.Known() {
		t.Errorf("Pace() of a window without a reset = %v; want unknown", got)
	}
}

func TestOddPeriod(t *testing.T) {
	for p, want := range map[float64]bool{60: false, 54.5: false, 65: false, 53: true, 67: true, 1: true} {
		if got := (&Level{PeriodSeconds: Some(p)}).OddPeriod(); got != want {
			t.Errorf("OddPeriod() of %v s = %v; want %v", p, got, want)
		}
	}
	if (&Level{}).OddPeriod() {
		t.Error("OddPeriod() of an unknown period; want false")
	}
}
