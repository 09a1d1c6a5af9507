package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// history is a simulated one: lognormal noise, quiet weekends, a few outliers, growth and a step.
type history struct {
	noise, weekend, outliers float64
	weekly                   float64 // growth
	step                     float64 // what the load is multiplied by from stepAt on
	stepAt                   int
}

// monday is where simulated histories begin.
var monday = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func (h history) days(n int, r *rand.Rand) []Day {
	days := make([]Day, n)
	for i := range days {
		y := math.Log(0.2) + h.noise*r.NormFloat64() + float64(i)/7*math.Log1p(h.weekly)
		date := monday.AddDate(0, 0, i)
		if d := date.Weekday(); d == time.Saturday || d == time.Sunday {
			y += math.Log(1 - h.weekend)
		}
		if r.Float64() < h.outliers {
			y += math.Log(2)
		}
		if h.step > 0 && i >= h.stepAt {
			y += math.Log(h.step)
		}
		days[i] = Day{date, math.Exp(y)}
	}
	return days
}

// TestBacktest holds the interval to what it promises and the forecast to being better than the seasonal-naive one.
func TestBacktest(t *testing.T) {
	const runs, ahead = 20, 14
	for _, window := range []int{28, 56} {
		for _, tt := range []struct {
			name string
			h    history
		}{
			{"flat", history{}},
			{"+3 % a week", history{weekly: 0.03}},
			{"+10 % a week", history{weekly: 0.10}},
			{"step of +49 %", history{step: 1.49, stepAt: window - 10}},
		} {
			tt.h.noise, tt.h.weekend, tt.h.outliers = 0.18, 0.5, 0.03
			var s Score
			for seed := range uint64(runs) {
				days := tt.h.days(window+ahead+7, rand.New(rand.NewPCG(seed, 1)))
				s.Add(Backtest(days, window, 7, ahead))
			}
			t.Logf("%d days, %-14s coverage %.3f, skill %.3f (%d forecasts, seeds 0 to %d)", window, tt.name, s.Coverage(), s.Skill(), s.Forecasts, runs-1)
			if c := s.Coverage(); c < 0.75 || c > 0.88 {
				t.Errorf("%d days, %s: the 80 %% interval covers %.3f; want 0.75 to 0.88", window, tt.name, c)
			}
			if !(s.Skill() > 0) {
				t.Errorf("%d days, %s: skill %.3f; want above 0", window, tt.name, s.Skill())
			}
		}
	}
}

// TestReaches checks dates against a history without noise, which can be worked out.
func TestReaches(t *testing.T) {
	days := history{weekly: 0.10}.days(56, rand.New(rand.NewPCG(1, 1)))
	f := New(days)
	if f.Unknown != "" || math.Abs(f.Weekly-0.10) > 1e-9 {
		t.Fatalf("New = %+v; want a growth of 10 %% a week", f)
	}
	now := days[len(days)-1].Load
	// Within the two weeks before the trend is damped: ln(1.15)/ln(1.10)*7 = 10.26 days, so on the 11th.
	d := f.Reaches(now * 1.15)
	want := days[len(days)-1].Date.AddDate(0, 0, 11)
	if !d.Mid.Equal(want) || d.Low.After(d.Mid) || d.High.Before(d.Mid) {
		t.Errorf("Reaches(%.3f) = %v; want the middle on %s", now*1.15, d, want.Format(time.DateOnly))
	}
	if d := f.Reaches(1e6); d != (Dates{}) {
		t.Errorf("Reaches(1e6) = %v; want nothing within the horizon", d)
	}
}

// TestUnknown checks that no date is given from too little.
func TestUnknown(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	days := history{noise: 0.1}.days(60, r)
	idle := append([]Day(nil), days[:25]...)
	for i := 5; i < 12; i++ {
		idle[i].Load = 0 // a week without use is no history
	}
	shifted := history{noise: 0.1, step: 3, stepAt: 48}.days(60, r)
	for _, tt := range []struct {
		days []Day
		want string
	}{
		{nil, "0 days with use, 21 are needed"},
		{days[:20], "20 days with use, 21 are needed"},
		{idle, "18 days with use, 21 are needed"},
		{shifted, "the level changed by +1"},
		{days[:21], ""},
	} {
		f := New(tt.days)
		if !strings.HasPrefix(f.Unknown, tt.want) || tt.want == "" && f.Unknown != "" {
			t.Errorf("New(%d days).Unknown = %q; want %q", len(tt.days), f.Unknown, tt.want)
		}
		if d := f.Reaches(0.001); tt.want != "" && d != (Dates{}) {
			t.Errorf("Reaches with %q = %v; want no date", f.Unknown, d)
		}
		if f.Wide != (f.Days < FullDays && f.Days >= MinDays) {
			t.Errorf("New(%d days).Wide = %v", f.Days, f.Wide)
		}
	}
}

// TestShift finds the day of a change of level and its size.
func TestShift(t *testing.T) {
	found := 0
	for seed := range uint64(50) {
		days := history{noise: 0.18, weekend: 0.5, outliers: 0.03, step: 2, stepAt: 44}.days(56, rand.New(rand.NewPCG(seed, 2)))
		f := New(days)
		if off := f.Shift.Sub(days[44].Date).Hours() / 24; !f.Shift.IsZero() && math.Abs(off) <= 2 && f.Step > 1.5 && f.Step < 2.7 {
			found++
		}
	}
	if found < 45 {
		t.Errorf("the change was found in %d of 50 histories; want 45", found)
	}
	calm := 0
	for seed := range uint64(50) {
		if f := New(history{noise: 0.18, weekend: 0.5, outliers: 0.03}.days(56, rand.New(rand.NewPCG(seed, 3)))); f.Shift.IsZero() {
			calm++
		}
	}
	if calm < 48 {
		t.Errorf("no change was seen in %d of 50 histories without one; want 48", calm)
	}
}

func ExampleForecast_Reaches() {
	f := New(history{weekly: 0.10}.days(28, rand.New(rand.NewPCG(1, 1))))
	fmt.Println(f.Reaches(0.35).Mid.Format(time.DateOnly))
	// Output: 2026-07-13
}
